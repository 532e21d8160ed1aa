"""``python -m benchmarks server``: requests over HTTP to this server and to moto's, in one run.

One client for all, of the standard library and with kept connections, so that what differs is the
servers. Each is a process of its own, and they are asked for small blocks in turn.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.contenders import PLAIN, Moto, dummy_credentials
from benchmarks.table import machine

AIM = 3.0
_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=dummy/20260301/us-east-1/batch/aws4_request, "
    "SignedHeaders=host, Signature=00"
)


class Client:
    """One kept connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=60)

    def ask(self, path: str, members: Any, **headers: str) -> Any:
        """Send a request; anything but a 200 is an error."""
        given = {"Content-Type": "application/json", "Authorization": _SIGNED, **headers}
        self._connection.request("POST", path, json.dumps(members).encode(), given)
        response = self._connection.getresponse()
        body = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{path}: {response.status} {body[:500]!r}")
        return json.loads(body)


@contextmanager
def batchmock(*arguments: str) -> Iterator[str]:
    """`batchmock serve` with a queue and a definition; the value is its URL."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "url"
        command = [sys.executable, "-m", "benchmarks.serve", "--port", "0", "--url-file", str(file)]
        with _process([*command, "--clock", "manual", "--quiet", *arguments]):
            while not file.exists():
                time.sleep(0.05)
            url = file.read_text().strip()
            client = Client(url)
            for operation, members in _resources():
                client.ask(f"/v1/{operation.lower()}", members)
            yield url


@contextmanager
def moto() -> Iterator[str]:
    """moto's server without Docker, with a queue and a definition; the value is its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with _process([sys.executable, "-m", "moto.server", "-p", str(port)]):
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        Client(url).ask("/moto-api/config", {"batch": {"use_docker": False}})
        os.environ["AWS_ENDPOINT_URL"] = url
        try:
            Moto().make_resources()
        finally:
            del os.environ["AWS_ENDPOINT_URL"]
        yield url


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _resources() -> Iterator[tuple[str, dict[str, Any]]]:
    from pytest_batchmock.control.defaults import WantedDefaults, make_defaults

    made: list[tuple[str, dict[str, Any]]] = []
    wanted = WantedDefaults(
        name="default",
        spot=False,
        fargate=True,
        max_vcpus=256,
        vcpus=1,
        memory=2048,
        image="busybox",
        command=["true"],
        retries=None,
        timeout_seconds=None,
    )

    def note(operation: str, members: dict[str, Any]) -> dict[str, Any]:
        made.append((operation, members))
        return {}

    make_defaults(wanted, note, lambda: None)
    yield from made


def measure(urls: dict[str, str], blocks: int, calls: int) -> dict[str, dict[str, list[float]]]:
    """Seconds of each request, by operation and server; the first block warms up."""
    clients = {name: Client(url) for name, url in urls.items()}
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for block in range(-1, blocks):
        for name, client in clients.items():
            for _ in range(calls):
                began = time.perf_counter()
                job = client.ask("/v1/submitjob", PLAIN)
                submitted = time.perf_counter()
                client.ask("/v1/describejobs", {"jobs": [job["jobId"]]})
                described = time.perf_counter()
                if block >= 0:
                    samples["SubmitJob"][name].append(submitted - began)
                    samples["DescribeJobs"][name].append(described - submitted)
    return samples


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks server", description=__doc__)
    parser.add_argument("--blocks", type=int, default=20, help="turns each server takes")
    parser.add_argument("--calls", type=int, default=25, help="jobs in one turn")
    given = parser.parse_args(arguments)
    dummy_credentials()
    with ExitStack() as stack:
        urls = {"batchmock": stack.enter_context(batchmock())}
        if _has_journal():
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            journal = batchmock("--state", str(Path(folder) / "state"))
            urls["batchmock, journal"] = stack.enter_context(journal)
        urls["moto"] = stack.enter_context(moto())
        samples = measure(urls, given.blocks, given.calls)
    print(machine(), "\n")
    print(f"{'':14}{'':22}{'requests/s':>11}{'p50':>10}{'p99':>10}{'than moto':>11}   aim {AIM:g} x")
    for operation, by_name in samples.items():
        slowest = statistics.median(by_name["moto"])
        for name, seconds in by_name.items():
            median, p99 = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
            rate = len(seconds) / sum(seconds)
            print(
                f"{operation:14}{name:22}{rate:>11.0f}{median * 1e3:>7.2f} ms{p99 * 1e3:>7.2f} ms"
                f"{slowest / median:>9.1f} x"
            )


def _has_journal() -> bool:
    from pytest_batchmock.cli import serve

    return "--state" in serve._parser().format_help()
