"""The commands that say something to a running server: outcome, reclaim, fault, advance, seed, reset."""

from __future__ import annotations

import argparse
import shlex

from pytest_batchmock.cli import kinds
from pytest_batchmock.control.faults import VERBS
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.seeding import documents
from pytest_batchmock.server.remote.client import ControlClient, Members, Refused
from pytest_batchmock.server.remote.documents import batches


def outcome(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Say what will happen to jobs."""
    if not given.name:
        raise argparse.ArgumentTypeError("name: give a pattern of job names, such as 'report-*'.")
    if given.attempt is not None and len(given.attempts) > 1:
        raise argparse.ArgumentTypeError(
            f"--attempt {given.attempt} names one attempt, and {len(given.attempts)} outcomes are "
            "given: leave --attempt out, or give one."
        )
    for name in ("definition", "index", "node", "container") if given.service else ():
        if getattr(given, name) is not None:
            raise argparse.ArgumentTypeError(
                f"--{name}: a service job has none; leave it or --service out."
            )
    rule: Members = {"name": given.name, "attempts": [_parsed(text) for text in given.attempts]}
    for name in ("queue", "definition", "attempt", "index", "node", "container"):
        if getattr(given, name) is not None:
            rule[name] = getattr(given, name)
    if given.tag:
        rule["tags"] = dict(_pair(text) for text in given.tag)
    if given.service:
        rule["service"] = True
    answer = client.post("outcomes", **rule)
    return answer, f"Jobs {given.name!r}: {', then '.join(given.attempts)}."


def _parsed(text: str) -> Members:
    """One outcome from ``reclaimed after=4m``."""
    try:
        kind, *members = shlex.split(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no outcome: give one like succeeds, or 'fails exit_code=3'."
        ) from None
    outcome: Members = {"kind": kind}
    for name, value in map(_pair, members):
        outcome[name] = {"true": True, "false": False}.get(value, value)
        if name == "after":
            outcome[name] = kinds.duration(value)
        if name == "exit_code":
            outcome[name] = kinds.number_or_text(value)
    return outcome


def outcome_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock outcome`."""
    parser.add_argument("name", help="a pattern of job names, such as 'report-*'")
    parser.add_argument(
        "attempts",
        nargs="+",
        metavar="OUTCOME",
        help="succeeds, fails, out_of_memory, reclaimed, host_lost, service_error, cannot_pull or "
        "hangs, each with after=, exit_code=, reason=, log=, while_starting= where it takes them",
    )
    parser.add_argument("--queue", help="only in that queue")
    parser.add_argument("--definition", help="only of that definition: NAME or NAME:REVISION")
    parser.add_argument("--tag", action="append", metavar="NAME=VALUE", help="only with that tag")
    parser.add_argument(
        "--attempt", metavar="N", type=kinds.count, help="only that attempt, 1 for the first"
    )
    parser.add_argument("--index", metavar="N", type=int, help="only that child of an array")
    parser.add_argument("--node", metavar="N", type=int, help="only that node of a multi-node job")
    parser.add_argument("--container", help="only that container of a job of several")
    parser.add_argument("--service", action="store_true", help="service jobs instead of container jobs")


def reclaim(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Reclaim Spot capacity."""
    if sum(it is not None for it in (given.job_id, given.instance, given.fraction)) != 1:
        raise argparse.ArgumentTypeError("give one of JOB_ID, --instance ID and --fraction N.")
    members = {name: getattr(given, name) for name in ("instance", "fraction", "notice")}
    members["job"] = given.job_id
    answer = client.post("spot/reclaim", **{k: v for k, v in members.items() if v is not None})
    return answer, f"Reclaimed: {', '.join(answer['hosts']) or 'nothing, for nothing is on Spot'}."


def reclaim_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock reclaim`."""
    parser.add_argument(
        "job_id", nargs="?", metavar="JOB_ID", help="a job, child or node: its whole host is reclaimed"
    )
    parser.add_argument("--instance", metavar="ID", help="an EC2 instance instead")
    parser.add_argument("--fraction", type=kinds.share, metavar="N", help="so much of all hosts instead")
    parser.add_argument(
        "--notice",
        metavar="DURATION",
        type=kinds.duration,
        help="how long the jobs go on (default 2m); 0: not at all",
    )


def fault(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Plan a fault, list what is planned, or clear it."""
    if given.kind in ("list", "clear"):
        said = given.operations + [
            f"--{name}" for name in ("times", "probability", "processed") if getattr(given, name)
        ]
        if said:
            raise argparse.ArgumentTypeError(f"{given.kind} is about all faults: leave {said[0]} out.")
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
    done = ", processed" if fault["processed"] else ""
    return (
        f"{fault['kind']} of {', '.join(fault['operations']) or 'all operations'}: {left}{share}{done}"
    )


def fault_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock fault`."""
    parser.add_argument(
        "kind",
        choices=(*VERBS.values(), "list", "clear"),
        help="what goes wrong; or list what is planned, or clear it",
    )
    parser.add_argument(
        "operations", nargs="*", metavar="OPERATION", help="such as SubmitJob; none: all"
    )
    parser.add_argument(
        "--times",
        metavar="N",
        type=kinds.count,
        help="how many attempts it hits (default: all until cleared)",
    )
    parser.add_argument(
        "--probability", metavar="P", type=kinds.share, help="hit an attempt with that probability"
    )
    parser.add_argument(
        "--processed",
        action="store_true",
        help="time_out, drop_connection: the work is done, the answer is lost",
    )


def advance(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Let virtual time pass."""
    if given.duration == "idle":
        answer = client.post("clock/run-until-idle")
    else:
        answer = client.post("clock/advance", duration=kinds.duration(given.duration))
    return answer, f"It is {answer['now']} now."


def advance_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock advance`."""
    parser.add_argument(
        "duration", help="such as 90, 5m or 1h30m; 'idle': until nothing changes by itself"
    )


def seed(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Create what files hold."""
    parameters = dict(_pair(text) for text in given.parameter or ())
    try:
        found = documents.load(given.files)
    except MockUsageError as error:
        raise Refused(str(error)) from None
    answer: Members = {"created": {}, "left_out": []}
    for part in batches(found):
        got = client.post("seed", documents=part, parameters=parameters, keep_arns=given.keep_arns)
        for kind, names in got["created"].items():
            answer["created"].setdefault(kind, []).extend(names)
        answer["left_out"] += got["left_out"]
    lines = [f"{kind}: {', '.join(names)}" for kind, names in answer["created"].items()]
    lines += [f"left out: {text}" for text in answer["left_out"]]
    return answer, "\n".join(lines) or "There was nothing to create."


def seed_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock seed`."""
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


def reset(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Forget all."""
    answer = client.post("reset")
    return answer, f"Reset: {answer['reset']}."


def reset_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock reset`."""


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: give it as NAME=VALUE.")
    return name, value
