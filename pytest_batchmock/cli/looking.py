"""The commands that look at a running server: jobs, explain, logs, timeline, events."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from pytest_batchmock.cli.kinds import count
from pytest_batchmock.server.remote.client import ControlClient, Members, Refused

_ENDED: Final = ("SUCCEEDED", "FAILED")
_FOLLOW_SECONDS: Final = 0.5


def jobs(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """List jobs."""
    answer = client.get(
        "jobs",
        name=given.name,
        queue=given.queue,
        status=given.status,
        service="true" if given.service else None,
        limit=given.limit,
    )
    rows = [
        (job["name"], job["id"], job["queue"], job["status"], _outcome_of(job)) for job in answer["jobs"]
    ]
    if not rows:
        return answer, "No jobs."
    text = _table(("NAME", "ID", "QUEUE", "STATUS", "WHY"), rows)
    left_out = answer["total"] - len(rows)
    older = "1 older one is" if left_out == 1 else f"{left_out} older ones are"
    return answer, f"… {older} left out\n{text}" if left_out else text


def _outcome_of(job: Members) -> str:
    parts = []
    if job["exit_code"] is not None:
        before = "" if job["status"] in _ENDED else f"attempt {len(job['attempts'])} ended with "
        parts.append(f"{before}exit code {job['exit_code']}")
    if job["status_reason"]:
        parts.append(job["status_reason"])
    parts += [f"{count} {status}" for status, count in job.get("children", {}).items()]
    return ", ".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )


def jobs_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock jobs`."""
    parser.add_argument("--name", help="a pattern of job names, such as 'report-*'")
    parser.add_argument("--queue", help="the name of a queue")
    parser.add_argument("--service", action="store_true", help="service jobs instead of container jobs")
    parser.add_argument("--status", help="such as RUNNING", type=str.upper)
    parser.add_argument(
        "--limit", metavar="N", type=count, default=100, help="the newest so many (default %(default)s)"
    )


def explain(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Say why a job, or all that have not ended, are where they are."""
    if given.job_id is not None:
        job = client.get(f"jobs/{quote(given.job_id, safe='')}")
        return job, "\n".join([job["explanation"], *_history(job)])
    answer = client.get("jobs")
    answer["jobs"] += client.get("jobs", service="true")["jobs"]
    answer["jobs"] = [job for job in answer["jobs"] if job["status"] not in ("SUCCEEDED", "FAILED")]
    lines = [job["explanation"] for job in answer["jobs"]]
    return answer, "\n".join(lines) or "Every job has ended."


def _history(job: Members) -> list[str]:
    lines = [f"  {entry['at']}  {entry['status']}" for entry in job["history"]]
    for attempt in job["attempts"]:
        why = [attempt["status_reason"] or "", attempt["reason"] or ""]
        if attempt["exit_code"] is not None:
            why.insert(0, f"exit code {attempt['exit_code']}")
        told = ", ".join(part for part in why if part)
        lines.append(f"  attempt {attempt['number']} in {attempt['compute_environment']}: {told}")
    return lines


def explain_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock explain`."""
    parser.add_argument(
        "job_id",
        nargs="?",
        help="a job, service job, child or node; without it, all that have not ended",
    )


def logs(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Print what a job has written."""
    job, query = quote(given.job_id, safe=""), {"attempt": given.attempt, "container": given.container}
    if not given.follow:
        answer = client.get(f"logs/{job}", **query)
        return answer, "\n".join(answer["lines"]) or "Nothing is written yet."
    if given.json:
        raise argparse.ArgumentTypeError("--follow prints lines as they come; leave --json out.")
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


def logs_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock logs`."""
    parser.add_argument("job_id", help="a job, child or node")
    parser.add_argument(
        "--follow", "-f", action="store_true", help="print lines until the job has ended"
    )
    parser.add_argument("--attempt", metavar="N", type=count, help="which attempt (default: the last)")
    parser.add_argument("--container", help="which container of several (default: all)")


def timeline(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """Draw what happened."""
    form = "text"
    if given.output is not None:
        form = given.output.rpartition(".")[2].lower()
        if form not in ("svg", "html"):
            text = f"{given.output}: name a file that ends with .svg or .html."
            raise argparse.ArgumentTypeError(text)
    answer = client.get("timeline", form=form)
    if given.output is None:
        return answer, answer["timeline"].rstrip("\n")
    try:
        with open(given.output, "w", encoding="utf-8") as file:
            file.write(answer["timeline"])
    except OSError as error:
        raise Refused(f"{given.output} cannot be written: {error.strerror}.") from None
    return {"written": given.output}, f"Written: {given.output}"


def timeline_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock timeline`."""
    parser.add_argument("--output", "-o", metavar="FILE", help="write a .svg or .html file instead")


def events(client: ControlClient, given: argparse.Namespace) -> tuple[Members, str]:
    """List what EventBridge would be told."""
    answer = client.get("events", pattern=given.pattern, since=given.since, limit=given.limit)
    lines = [
        "  ".join([event["time"], event["detail-type"], *map(str, _of_detail(event["detail"]))])
        for event in answer["events"]
    ]
    return answer, "\n".join(lines) or "No events."


def _of_detail(detail: Members) -> list[Any]:
    return [detail[name] for name in ("jobName", "jobId", "status") if name in detail]


def events_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `batchmock events`."""
    parser.add_argument("--pattern", help="a pattern of EventBridge's, as JSON")
    parser.add_argument("--since", help="an ISO 8601 date and time")
    parser.add_argument(
        "--limit", metavar="N", type=count, default=100, help="the newest so many (default %(default)s)"
    )
