"""The AWS SDK for JavaScript v3, unmodified, runs a whole scenario."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parent / "scenario.mjs"


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDK in it: that of BATCHMOCK_NODE_MODULES, else npm fetches it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no node and npm on the PATH")
    folder = tmp_path_factory.mktemp("javascript")
    given = os.environ.get("BATCHMOCK_NODE_MODULES")
    if given:
        (folder / "node_modules").symlink_to(given)
        return folder
    if os.environ.get("BATCHMOCK_DOWNLOADS") != "1":
        pytest.skip("set BATCHMOCK_DOWNLOADS=1 to let npm fetch the SDK, or BATCHMOCK_NODE_MODULES")
    (folder / "package.json").write_text("{}")
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "@aws-sdk/client-batch"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm cannot install @aws-sdk/client-batch: {done.stderr[-300:]}")
    return folder


def test_a_whole_scenario(sdk, environment, mock):
    mock.on("bad").fails(exit_code=3)
    mock.on("stuck").hangs()
    shutil.copy(SCENARIO, sdk)
    done = subprocess.run(
        ["node", SCENARIO.name],
        cwd=sdk,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = {k: v for line in done.stdout.splitlines() for k, v in json.loads(line).items()}
    assert told == {
        "revisions": [3, 2, 1],
        "tags": {"b": "2"},
        "good": ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"],
        "bad": ["FAILED", 3, True],
        "stuck": "enough",
        "failed": ["bad", "stuck"],
        "error": ["ClientException", 400, "client"],
    }
