"""Kill -9 under load: rounds in which a real server is killed amid submits, and started again.

``python -m tests.journal.killing --rounds 50`` prints what came of it. Each round: four clients submit
jobs, each under a name of its own, as fast as they are answered; the server is killed once so many are
answered; the next server, with the same state file, must have each answered job, once.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

_CLIENTS: Final = 4
_PATIENCE_SECONDS: Final = 60.0


class ServerProcess:
    """One server with a state file, until it is killed or stopped."""

    def __init__(self, state: Path) -> None:
        url_file = state.with_name("url")
        url_file.unlink(missing_ok=True)
        code = "import sys; from pytest_batchmock.cli import main; sys.exit(main(sys.argv[1:]))"
        began = time.monotonic()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-c", code, "serve", "--quiet", "--port", "0"),
                *("--state", str(state), "--snapshot-every", "100", "--url-file", str(url_file)),
            ],
            stdout=subprocess.DEVNULL,
        )
        while not url_file.exists():
            if self.process.poll() is not None or time.monotonic() > began + _PATIENCE_SECONDS:
                raise AssertionError(f"The server did not start: {self.process.poll()}")
            time.sleep(0.01)
        self.started_in = time.monotonic() - began
        self.port = int(url_file.read_text().strip().rpartition(":")[2])

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_PATIENCE_SECONDS)


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    """One request: the members of its answer."""
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    members = json.loads(answer.read())
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer.status} {members}")
    return members


def set_up(port: int) -> None:
    """An environment, a queue and a definition, all called ``d``."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    resources = {"type": "EC2", "maxvCpus": 64, "minvCpus": 0, "instanceTypes": ["optimal"]}
    resources |= {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"], "instanceRole": "r"}
    environment = {"computeEnvironmentName": "d", "type": "MANAGED", "computeResources": resources}
    ask(connection, "POST", "/v1/createcomputeenvironment", environment)
    order = [{"order": 1, "computeEnvironment": "d"}]
    queue = {"jobQueueName": "d", "priority": 1, "computeEnvironmentOrder": order}
    ask(connection, "POST", "/v1/createjobqueue", queue)
    container = {"image": "busybox", "vcpus": 1, "memory": 512}
    definition = {"jobDefinitionName": "d", "type": "container", "containerProperties": container}
    ask(connection, "POST", "/v1/registerjobdefinition", definition)
    connection.close()


class Load:
    """Clients that submit until the server is gone; what they were answered."""

    def __init__(self, port: int, prefix: str, enough: int) -> None:
        self.answered: dict[str, str] = {}
        self.enough = threading.Event()
        self._port, self._prefix, self._wanted = port, prefix, enough
        self._threads = [threading.Thread(target=self._submit, args=(n,)) for n in range(_CLIENTS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until every client has seen the server go."""
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)
            if thread.is_alive():
                raise AssertionError("A client still waits for the server that was killed.")

    def _submit(self, client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        number = 0
        try:
            while True:
                name = f"{self._prefix}-{client}-{number}"
                job = {"jobName": name, "jobQueue": "d", "jobDefinition": "d"}
                self.answered[name] = ask(connection, "POST", "/v1/submitjob", job)["jobId"]
                number += 1
                if len(self.answered) >= self._wanted:
                    self.enough.set()
        except (OSError, http.client.HTTPException, ValueError):
            pass  # killed
        finally:
            connection.close()


def check(port: int, answered: dict[str, str]) -> int:
    """How many jobs there are; each answered one must be there under its id, and no name twice."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    jobs = ask(connection, "GET", "/_batchmock/v1/jobs?limit=10000000")["jobs"]
    connection.close()
    twice = [name for name, count in Counter(job["name"] for job in jobs).items() if count > 1]
    found = {job["name"]: job["id"] for job in jobs}
    lost = {name: job_id for name, job_id in answered.items() if found.get(name) != job_id}
    if twice or lost:
        raise AssertionError(f"lost or under another id: {lost}; twice: {twice}")
    return len(jobs)


def rounds(count: int, state: Path, seed: int = 0) -> dict[str, Any]:
    """Kill the server `count` times under load; what was answered, found and how long starts took."""
    draw = random.Random(seed)
    answered: dict[str, str] = {}
    starts = []
    server = ServerProcess(state)
    try:
        set_up(server.port)
        for number in range(count):
            load = Load(server.port, f"r{number}", draw.randint(20, 150))
            if not load.enough.wait(_PATIENCE_SECONDS):
                raise AssertionError("The load was not answered.")
            server.kill()
            load.join()
            answered |= load.answered
            server = ServerProcess(state)
            starts.append(server.started_in)
            found = check(server.port, answered)
    finally:
        server.kill()
    return {
        "rounds": count,
        "answered": len(answered),
        "found": found,
        "unanswered_but_there": found - len(answered),
        "last_start_seconds": round(starts[-1], 2),
        "state_bytes": sum(it.stat().st_size for it in state.parent.glob(f"{state.name}*")),
    }


def main() -> None:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.journal.killing")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(rounds(given.rounds, Path(folder) / "state", given.seed), indent=1))


if __name__ == "__main__":
    main()
