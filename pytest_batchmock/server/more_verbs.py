"""More commands that talk to a running server: logs, seed, fault, timeline, events. See `verbs`."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.seeding import documents
from pytest_batchmock.server.client import ControlClient, Members, Refused

_ENDED: Final = ("SUCCEEDED", "FAILED")
_FOLLOW_SECONDS: Final = 0.5
_LARGEST_SEED: Final = 700_000
"""Bytes of one request: the server takes 1 MiB."""


def _logs(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    job, query = quote(given.job_id, safe=""), {"attempt": given.attempt, "container": given.container}
    if not given.follow:
        answer = client.get(f"logs/{job}", **query)
        return answer, "\n".join(answer["lines"]) or "Nothing is written yet."
    if given.json:
        raise Refused("--follow prints lines as they come; leave --json out.")
    return _followed(client, job, query), ""


def _followed(client: ControlClient, job: str, query: Members) -> Members:
    """Print lines until the job has ended."""
    seen = 0
    while True:
        ended = client.get(f"jobs/{job}")["status"] in _ENDED  # before the lines: none is missed
        try:
            lines = client.get(f"logs/{job}", skip=seen, **query)["lines"]
        except Refused:
            if ended:
                raise
            lines = []  # no container of it has run yet
        for line in lines:
            print(line, flush=True)
        seen += len(lines)
        if ended:
            return {}
        time.sleep(_FOLLOW_SECONDS)


def _seed(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    parameters = dict(_pair(text) for text in given.parameter or ())
    try:
        found = documents.load(given.files)
    except MockUsageError as error:
        raise Refused(str(error).removeprefix("seed: ")) from None
    answer: Members = {"created": {}, "left_out": []}
    for part in batches(found):
        got = client.post("seed", documents=part, parameters=parameters, keep_arns=given.keep_arns)
        for kind, names in got["created"].items():
            answer["created"].setdefault(kind, []).extend(names)
        answer["left_out"] += got["left_out"]
    lines = [f"{kind}: {', '.join(names)}" for kind, names in answer["created"].items()]
    lines += [f"left out: {text}" for text in answer["left_out"]]
    return answer, "\n".join(lines) or "There was nothing to create."


def batches(found: list[tuple[str, list[documents.Document]]]) -> list[Members]:
    """The documents in requests that a server takes; dumps of definitions alone are parted.

    Raises:
        Refused: One of them is too large as it is.
    """
    whole = {name: list(parts) for name, parts in found}
    if len(json.dumps(whole)) <= _LARGEST_SEED:
        return [whole]
    first: Members = {}
    definitions: list[tuple[str, Any]] = []
    for name, parts in found:
        for part in parts:
            rest = {key: value for key, value in part.items() if key != "jobDefinitions"}
            if "jobDefinitions" in part and "Resources" not in part:
                definitions += [(name, entry) for entry in part["jobDefinitions"]]
            if rest:
                first.setdefault(name, []).append(rest)
    definitions.sort(key=lambda pair: (pair[1]["jobDefinitionName"], pair[1]["revision"]))
    requests: list[Members] = [first] if first else []
    size = _LARGEST_SEED
    for name, entry in definitions:
        length = len(json.dumps(entry))
        if size + length > _LARGEST_SEED:
            requests.append({})
            size = 0
        requests[-1].setdefault(name, {"jobDefinitions": []})["jobDefinitions"].append(entry)
        size += length
    if any(len(json.dumps(request)) > _LARGEST_SEED * 1.4 for request in requests):
        raise Refused("seed: the files are too large for one request; seed them one after another.")
    return requests


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"{text!r}: give it as NAME=VALUE.")
    return name, value


def number_or_text(text: str) -> int | float | str:
    """A number, if the text is one: durations may be either."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _fault(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    if given.kind == "list":
        answer = client.get("faults")
        return answer, "\n".join(map(_fault_text, answer["faults"])) or "No faults are planned."
    if given.kind == "clear":
        return client.delete("faults"), "All faults are forgotten."
    members: Members = {"kind": given.kind, "operations": given.operations}
    for name in ("times", "probability"):
        if getattr(given, name) is not None:
            members[name] = getattr(given, name)
    if given.processed:
        members["processed"] = True
    answer = client.post("faults", **members)
    return answer, f"Planned: {given.kind} of {', '.join(given.operations) or 'all operations'}."


def _fault_text(fault: Members) -> str:
    left = "until cleared" if fault["left"] is None else f"{fault['left']} left"
    share = "" if fault["probability"] is None else f", probability {fault['probability']:g}"
    return f"{fault['kind']} of {', '.join(fault['operations']) or 'all operations'}: {left}{share}"


def _reclaim(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    members = {name: getattr(given, name) for name in ("instance", "fraction", "notice")}
    members["job"] = given.job_id
    if given.notice is not None:
        members["notice"] = number_or_text(given.notice)
    answer = client.post("spot/reclaim", **{k: v for k, v in members.items() if v is not None})
    return answer, f"Reclaimed: {', '.join(answer['hosts']) or 'nothing, for nothing is on Spot'}."


def _timeline(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    form = "text"
    if given.output is not None:
        form = given.output.rpartition(".")[2].lower()
        if form not in ("svg", "html"):
            raise Refused(f"{given.output}: name a file that ends with .svg or .html.")
    answer = client.get("timeline", form=form)
    if given.output is None:
        return answer, answer["timeline"].rstrip("\n")
    try:
        with open(given.output, "w", encoding="utf-8") as file:
            file.write(answer["timeline"])
    except OSError as error:
        raise Refused(f"{given.output} cannot be written: {error.strerror}.") from None
    return {"written": given.output}, f"Written: {given.output}"


def _events(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    answer = client.get("events", pattern=given.pattern, since=given.since, limit=given.limit)
    lines = [
        "  ".join([event["time"], event["detail-type"], *map(str, _of_detail(event["detail"]))])
        for event in answer["events"]
    ]
    return answer, "\n".join(lines) or "No events."


def _of_detail(detail: Members) -> list[Any]:
    return [detail[name] for name in ("jobName", "jobId", "status") if name in detail]


def _logs_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job_id", help="a job, child or node")
    parser.add_argument(
        "--follow", "-f", action="store_true", help="print lines until the job has ended"
    )
    parser.add_argument("--attempt", type=int, help="which attempt (default: the last)")
    parser.add_argument("--container", help="which container of several (default: all)")


def _seed_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a dump of 'aws batch describe-…', a CloudFormation or CDK template, or a Terraform state",
    )
    parser.add_argument(
        "--parameter", action="append", metavar="NAME=VALUE", help="the value of a template's parameter"
    )
    parser.add_argument(
        "--keep-arns", action="store_true", help="leave account and region as the files have them"
    )


def _fault_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "kind",
        choices=("throttle", "server_error", "drop_connection", "list", "clear"),
        help="what goes wrong; or list what is planned, or clear it",
    )
    parser.add_argument(
        "operations", nargs="*", metavar="OPERATION", help="such as SubmitJob; none: all"
    )
    parser.add_argument(
        "--times", type=int, help="how many attempts it hits (default: all until cleared)"
    )
    parser.add_argument("--probability", type=float, help="hit an attempt with that probability")
    parser.add_argument(
        "--processed", action="store_true", help="drop_connection: the work is done, the answer is lost"
    )


def _reclaim_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job_id", nargs="?", help="a job, child or node: its whole host is reclaimed")
    parser.add_argument("--instance", metavar="ID", help="an EC2 instance instead")
    parser.add_argument("--fraction", type=float, metavar="N", help="so much of all hosts instead")
    parser.add_argument(
        "--notice", metavar="D", help="how long the jobs go on (default 2m); 0: not at all"
    )


def _timeline_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", "-o", metavar="FILE", help="write a .svg or .html file instead")


def _events_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pattern", help="a pattern of EventBridge's, as JSON")
    parser.add_argument("--since", help="an ISO 8601 date and time")
    parser.add_argument(
        "--limit", type=int, default=100, help="the newest so many (default %(default)s)"
    )


Arguments = Callable[[argparse.ArgumentParser], None]
Run = Callable[[ControlClient, argparse.Namespace], tuple[Members, str]]

MORE: Final[dict[str, tuple[str, Arguments, Run]]] = {
    "logs": ("print what a job has written", _logs_arguments, _logs),
    "timeline": (
        "draw what happened: in the terminal, or as SVG or HTML",
        _timeline_arguments,
        _timeline,
    ),
    "events": ("list what EventBridge would be told", _events_arguments, _events),
    "seed": ("load the resources of a real account", _seed_arguments, _seed),
    "reclaim": ("reclaim Spot capacity", _reclaim_arguments, _reclaim),
    "fault": ("plan what goes wrong between client and service", _fault_arguments, _fault),
}
"""As `verbs.COMMANDS`."""

EXAMPLES: Final = {
    "jobs": "batchmock jobs --status RUNNING",
    "logs": "batchmock logs JOB_ID --follow",
    "explain": "batchmock explain",
    "timeline": "batchmock timeline -o night.html",
    "events": "batchmock events --since 2026-01-01",
    "outcome": "batchmock outcome 'import-*' 'fails exit_code=3'",
    "reclaim": "batchmock reclaim --fraction 0.3",
    "fault": "batchmock fault throttle SubmitJob --times 3",
    "advance": "batchmock advance 5m",
    "seed": "batchmock seed queues.json template.yaml",
    "reset": "batchmock reset",
    "serve": "batchmock serve --port 0 --url-file url",
    "demo": "batchmock demo",
    "simulate": "batchmock simulate workload.yaml",
    "rules": "batchmock rules --operation SubmitJob",
    "replay": "batchmock replay state.sqlite",
}
"""One example a command, for the help."""
