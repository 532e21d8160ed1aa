"""Every example of the README and of the documentation runs, as a reader would run it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3  # these two before any page: what is imported in a page is forgotten after it
import pytest
import requests  # noqa: F401 - see boto3's

from pytest_batchmock.api.dispatch import BY_METHOD
from pytest_batchmock.cli import main as batchmock_command
from pytest_batchmock.options import Options

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[a-z]*)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class CodeBlock:
    """One fenced block: where it stands, its language, and the file name in its title, if any."""

    page: Path
    line: int
    language: str
    title: str | None
    text: str

    @property
    def name(self) -> str:
        """A name that leads back to the block, and is a module name."""
        page = re.sub(r"\W", "_", str(self.page.relative_to(ROOT).with_suffix("")))
        return f"{page}_line_{self.line}"

    @property
    def holds_tests(self) -> bool:
        """Whether pytest has to run it."""
        return re.search(r"^\s*(async )?def test_", self.text, re.MULTILINE) is not None


def blocks_of(page: Path) -> Iterator[CodeBlock]:
    """The fenced blocks of `page`, in order."""
    source = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(source):
        indent = len(match["indent"])
        text = "".join(line[indent:] or "\n" for line in match["text"].splitlines(keepends=True))
        line = source.count("\n", 0, match.start()) + 1
        yield CodeBlock(page, line, match["language"], match["title"], text)


BARE_MACHINE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
PYTHON_PAGES = [page for page in PAGES if any(b.language == "python" for b in blocks_of(page))]
SHELL_LANGUAGES = {"bash", "console", "sh", "shell"}
KNOWN_LANGUAGES = SHELL_LANGUAGES | {"python", "ini", "toml", "text", "mermaid"}


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def python_blocks(page: Path) -> list[CodeBlock]:
    return [block for block in blocks_of(page) if block.language == "python"]


def shell_lines() -> list[str]:
    """The commands that the pages tell a reader to type."""
    lines = []
    for page in PAGES:
        for block in blocks_of(page):
            if block.language in SHELL_LANGUAGES:
                joined = block.text.replace("\\\n", " ")
                lines += [line.removeprefix("$ ") for line in joined.splitlines() if line.strip()]
    return lines


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in `folder` as on a machine without credentials, region or configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= BARE_MACHINE | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def lay_out(page: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Write the page's blocks to files; returns the names of test files and of scripts."""
    tests, scripts = [], []
    for block in python_blocks(page):
        if block.title:
            (folder / block.title).write_text(block.text)
            if block.holds_tests:
                tests.append(block.title)
        elif block.holds_tests:
            (folder / f"test_{block.name}.py").write_text(block.text)
            tests.append(f"test_{block.name}.py")
        else:
            (folder / f"{block.name}.py").write_text(block.text)
            scripts.append(f"{block.name}.py")
    return tests, scripts


@pytest.mark.parametrize("page", PYTHON_PAGES, ids=page_id)
def test_every_python_block_runs(
    page: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pytester.path
    tests, scripts = lay_out(page, folder)
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n"
        "asyncio_default_fixture_loop_scope = function\n"
    )
    for script in scripts:
        done = run(folder, script)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    if tests:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in BARE_MACHINE.items():
            monkeypatch.setenv(name, value)
        monkeypatch.syspath_prepend(folder)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        for test in tests:  # a test of ours may have the same name
            monkeypatch.delitem(sys.modules, Path(test).stem, raising=False)
        # In this process: a process for each page would spend most of its time with imports.
        ran = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-q", *tests)
        outcomes = ran.parseoutcomes()
        assert outcomes.keys() <= {"passed", "warning", "warnings"}, ran.stdout.str()
        assert ran.ret == 0
        assert outcomes["passed"] >= len(tests)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_block_names_a_language_that_is_checked(page: Path) -> None:
    unknown = [(b.line, b.language) for b in blocks_of(page) if b.language not in KNOWN_LANGUAGES]

    assert unknown == []


def test_every_batchmock_command_exists(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [shlex.split(part) for line in shell_lines() for part in line.split("&&")]
    ours = {tuple(words[1:]) for words in commands if words and words[0] == "batchmock"}
    assert ours

    for words in sorted(ours):
        with pytest.raises(SystemExit) as ended:
            batchmock_command([*[word for word in words if word[0] != "-"], "--help"])
        told = capsys.readouterr()
        assert ended.value.code == 0, f"batchmock {' '.join(words)}\n{told.err}"
        for option in (word.split("=")[0] for word in words if word.startswith("-")):
            assert option in told.out, f"batchmock {' '.join(words)}: no option {option}"


def test_every_option_of_pytest_that_the_pages_name_exists() -> None:
    help_text = run(ROOT, "-m", "pytest", "--help").stdout
    named = {
        name
        for page in PAGES
        for name in re.findall(r"--batchmock-[a-z-]+|\bbatchmock_[a-z_]+", page.read_text("utf-8"))
    } - {"batchmock_server"}  # the fixture
    assert named

    missing = sorted(name for name in named if not re.search(rf"{name}(?![a-z_-])", help_text))
    assert missing == []


def test_the_readme_lists_every_option_with_its_default() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", readme, re.MULTILINE))

    assert table == {name: repr(getattr(Options(), name)).replace("'", '"') for name in Options.names()}


def test_the_readme_counts_the_operations() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    row = re.search(r"^\| Batch operations of 48 \| (\d+) \|", readme, re.MULTILINE)

    assert row is not None
    assert int(row[1]) == len(BY_METHOD)


def test_ci_runs_the_two_commands_of_the_readme_word_for_word() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    script = (ROOT / ".ci" / "run").read_text("utf-8")

    for name in ("demo", "tests"):
        assert re.search(rf"^<!-- {name} -->\n```bash\n[^\n]+\n```$", readme, re.MULTILINE)
        assert f'bash -c "$(readme_command {name})"' in script
