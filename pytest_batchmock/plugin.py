"""The pytest plugin: fixture, marker, options and their ini twins, the report of a failing test.

It is loaded in every test run of whoever has it installed, so nothing here imports more than it
must, and nothing is patched before a test asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_batchmock.errors import BatchError, MockUsageError, NotModelledError, StalledError
from pytest_batchmock.options import Options
from pytest_batchmock.transports import dormant

if TYPE_CHECKING:
    from pytest_batchmock.mock import BatchMock
    from pytest_batchmock.server.fixture import BatchServer

_MARKER = "batchmock"
_PACKAGE = Path(__file__).parent
_ABOUT_THE_TEST = (BatchError, MockUsageError, NotModelledError, StalledError)
_HELP = {
    "clock": "who moves virtual time: autojump (default), manual or real",
    "rate": "virtual seconds per wall second of the real clock (default 1)",
    "start": "virtual time at the start, ISO 8601 (default now)",
    "seed": "seed of every id and random choice (default 0)",
    "region": "region of clients that name none (default us-east-1)",
    "account_id": "account in ARNs (default 123456789012)",
    "default_duration": "how long a job without an outcome rule runs, e.g. 60 or 5m (default 60)",
    "runner": "what does a job without an outcome rule: scripted (default), process, docker or swarm",
    "docker_allow": "what containers may have that reaches this machine, comma-separated: privileged, "
    "host_paths, devices, host_network, host_ipc, host_pid, or paths of folders",
    "docker_pull": "when images are pulled: missing (default), always or never",
    "docker_parallel": "how many jobs have containers at a time (default twice the CPUs)",
    "docker_images": 'images to take instead, a JSON object: {"pattern": "image"}',
    "docker_secrets": 'values of secrets, a JSON object: {"valueFrom": "value"}',
    "docker_endpoints": 'URLs for containers, a JSON object: {"AWS_ENDPOINT_URL_S3": "http://…"}',
    "swarm_nodes": 'labels of the nodes for a compute environment, JSON: {"spot-ce": {"pool": "spot"}}',
    "latency_scale": "factor for how long the stages take that nobody scripts (default 1)",
    "resource_latency": "how long resources stay CREATING, UPDATING, DELETING (default: not at all)",
    "stale_reads": "how far lists, resources and figures lag behind (default: not at all)",
    "virtual_sleep": "which sleeps are virtual: polling (default), all or off",
    "stall_after": "how often the same may be asked when nothing can change (default 100)",
    "autojump_batching": "whether one jump may pass several changes of a large crowd (default true)",
    "enforce_quotas": "whether account quotas are enforced (default false)",
    "multinode_refused_at": "when a multi-node job no environment can run is refused: never or submit",
    "report_timeline": "whether a failing test's report shows the timeline too (default false)",
    "unmanaged": "what unmanaged environments offer by themselves: empty (default) or boundless",
    "subnet_zones": "the availability zones of subnets, e.g. subnet-1=us-east-1a,subnet-2=us-east-1b",
}
_UNUSED_RULES = ("ignore", "warn", "error")
_UNUSED_RULES_HELP = (
    "what becomes of a passing test with outcome rules that have decided nothing: ignore (default), "
    "warn or error; of the fixture batchmock alone"
)
_has_failed: pytest.StashKey[bool] = pytest.StashKey()
_mock_of_item: pytest.StashKey[BatchMock] = pytest.StashKey()
_options_of_run: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer every option on the command line and in the ini file."""
    group = parser.getgroup("batchmock", "AWS Batch mock")
    for name in Options.names():
        text = _HELP[name]
        group.addoption(
            f"--batchmock-{name.replace('_', '-')}", dest=f"batchmock_{name}", default=None, help=text
        )
        parser.addini(f"batchmock_{name}", text, default=None)
    group.addoption(
        "--batchmock-unused-rules", dest="batchmock_unused_rules", default=None, help=_UNUSED_RULES_HELP
    )
    parser.addini("batchmock_unused_rules", _UNUSED_RULES_HELP, default="ignore")
    parser.addini(
        "batchmock_server_environment",
        "whether batchmock_server sets its variables for the session, so that every process that a "
        "test starts uses it (default false)",
        type="bool",
        default=False,
    )
    parser.addini(
        "batchmock_seed_files",
        "files with resources that every mock begins with: describe-… dumps, templates, states",
        type="paths",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the options, make the marker known, and hook botocore's sessions from now on."""
    try:
        config.stash[_options_of_run] = _configured(config)
        _known_way(_of_unused_rules(config))
    except MockUsageError as error:
        raise pytest.UsageError(f"batchmock: {error}") from error
    config.addinivalue_line(
        "markers",
        "batchmock(**options): mock AWS Batch in this test, with options of pytest_batchmock.BatchMock; "
        "the fixture 'batchmock' is used even if the test does not name it.",
    )
    dormant.install()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the options that the command line or the ini file changed."""
    given = config.stash[_options_of_run]
    if not given:
        return None
    return "batchmock: " + ", ".join(f"{name}={value}" for name, value in given.items())


def pytest_itemcollected(item: pytest.Item) -> None:
    """A marker alone pulls the fixture in: before the other fixtures of a test, after wider ones."""
    names = getattr(item, "fixturenames", None)
    if names is not None and item.get_closest_marker(_MARKER) is not None and _MARKER not in names:
        definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]  # of a Function
        wider = 0
        while wider < len(names) and _is_wider(definitions.get(names[wider])):
            wider += 1
        # A list of its own: pytest shares one between the parameter sets of a function.
        item.fixturenames = [*names[:wider], _MARKER, *names[wider:]]  # type: ignore[attr-defined]  # likewise


def _is_wider(definitions: Sequence[Any] | None) -> bool:
    """Whether a fixture lives longer than one test; pytest has sorted those to the front."""
    return bool(definitions) and definitions[-1].scope != "function"  # type: ignore[index]  # it has entries


@pytest.fixture
def batchmock(request: pytest.FixtureRequest) -> Iterator[BatchMock]:
    """A mock of AWS Batch, active for this test: every boto3 Batch call of the process is answered."""
    mock = _mock_for(request.node)
    request.node.stash[_mock_of_item] = mock
    with mock:
        yield mock
    if mock.unused_rules and not request.node.stash.get(_has_failed, False):  # else the report has them
        _tell_unused_rules(request.node, mock.unused_rules)


def _tell_unused_rules(item: pytest.Item, rules: list[str]) -> None:
    how = _marked(item).get("unused_rules", _of_unused_rules(item.config))
    text = (
        "batchmock: outcome rules have decided nothing (no attempt matched, or a later rule won): "
        + "; ".join(rules)
    )
    if how == "error":
        raise pytest.fail.Exception(text, pytrace=False)
    if how == "warn":
        item.warn(pytest.PytestWarning(text))


def _of_unused_rules(config: pytest.Config) -> str:
    """What the command line says, else the ini file."""
    return str(config.getoption("batchmock_unused_rules") or config.getini("batchmock_unused_rules"))


def _known_way(how: object) -> None:
    if how not in _UNUSED_RULES:
        choices = ", ".join(map(repr, _UNUSED_RULES))
        raise MockUsageError(f"unused_rules={how!r}: choose one of {choices}.")


@pytest.fixture(scope="session")
def batchmock_server(request: pytest.FixtureRequest) -> Iterator[BatchServer]:
    """AWS Batch on a free port, one for each test process: for programs in processes of their own."""
    try:
        from pytest_batchmock.server.fixture import BatchServer
    except ImportError as error:
        text = f"batchmock_server: {error}; pip install 'pytest-batchmock[server]'"
        raise pytest.fail.Exception(text, pytrace=False) from None
    with BatchServer(**request.config.stash[_options_of_run]) as server:
        try:
            _seed(server.mock, request.config)
        except MockUsageError as error:
            raise pytest.fail.Exception(f"batchmock_server: {error}", pytrace=False) from None
        with pytest.MonkeyPatch.context() as patch:
            if request.config.getini("batchmock_server_environment"):
                for name, value in server.environment.items():
                    patch.setenv(name, value)
            yield server


def _seed(mock: BatchMock, config: pytest.Config) -> None:
    """Let a mock begin with the resources that the ini file names."""
    files = config.getini("batchmock_seed_files")
    if files:
        mock.seed(*files)


def _mock_for(item: pytest.Item) -> BatchMock:
    from pytest_batchmock.mock import BatchMock

    try:
        marked = _marked(item)
        _known_way(marked.pop("unused_rules", "ignore"))
        mock = BatchMock(**(item.config.stash[_options_of_run] | marked))
        _seed(mock, item.config)
        return mock
    except MockUsageError as error:
        path, line, _ = item.reportinfo()
        text = f"{path}:{(line or 0) + 1}: batchmock: {error}"
    raise pytest.fail.Exception(text, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the jobs to the report of a test that fails, and end a mistake's traceback at its line."""
    if call.excinfo is not None:
        _end_at_the_test(call.excinfo)
    report = yield
    mock = item.stash.get(_mock_of_item, None)
    if report.failed:
        item.stash[_has_failed] = True
    if mock is not None and report.failed:
        from pytest_batchmock.observe.report import failure_report

        report.sections.append(("batchmock", failure_report(mock)))
        if mock.options.report_timeline:
            report.sections.append(("batchmock timeline", str(mock.timeline)))
    return report


def _end_at_the_test(found: pytest.ExceptionInfo[BaseException]) -> None:
    """Have pytest hide this package's own frames where the error is about the test."""
    if not _is_about_the_test(found):
        return
    for entry in found.traceback:
        if _PACKAGE in Path(entry.path).parents:
            entry.frame.f_globals["__tracebackhide__"] = _is_about_the_test


def _is_about_the_test(found: pytest.ExceptionInfo[BaseException] | None) -> bool:
    return found is not None and isinstance(found.value, _ABOUT_THE_TEST)


def _marked(item: pytest.Item) -> dict[str, Any]:
    """The keywords of all markers of the item, the closest winning."""
    options: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers(_MARKER))):
        if marker.args:
            raise MockUsageError(
                f"the marker takes keywords only, got {', '.join(map(repr, marker.args))}; "
                f"options are: {', '.join(Options.names())}."
            )
        options.update(marker.kwargs)
    return options


def _configured(config: pytest.Config) -> dict[str, Any]:
    """What the command line says, else the ini file."""
    options: dict[str, Any] = {}
    for field in fields(Options):
        if not field.init:
            continue
        text = config.getoption(f"batchmock_{field.name}")
        if text is None:
            text = config.getini(f"batchmock_{field.name}")
        if text not in (None, ""):
            options[field.name] = _value(field.name, field.default, str(text))
    if options:
        Options.of(**options)
    return options


def _value(name: str, default: Any, text: str) -> Any:
    if isinstance(default, bool):
        if text.lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
            raise MockUsageError(f"{name}={text!r}: give true or false.")
        return text.lower() in ("true", "1", "yes", "on")
    try:
        if name in ("seed", "stall_after", "docker_parallel"):
            return int(text)
        if name in ("rate", "latency_scale"):
            return float(text)
    except ValueError as error:
        raise MockUsageError(f"{name}={text!r} is no number.") from error
    if name in ("docker_images", "docker_secrets", "docker_endpoints", "swarm_nodes"):
        return _json_object(name, text)
    if name == "docker_allow":
        return tuple(entry.strip() for entry in text.split(","))
    if name in ("default_duration", "resource_latency", "stale_reads", "start"):
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _json_object(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise MockUsageError(f"{name}={text!r} is no JSON object: {error}.") from error
