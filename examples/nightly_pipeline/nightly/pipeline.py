"""The run: split the readings, fan out, merge, watch, publish, and leave nothing behind on failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from . import batch, report, storage
from .settings import Settings

Jobs = list[dict[str, Any]]
OnProgress = Callable[[Jobs], None]

CLEAN_UP_ROUNDS = 20
MAX_REASON = 200
MOVING = ("STARTING", "RUNNING")


class RunFailed(Exception):
    """The night has no report, and the message says why."""


@dataclass(frozen=True)
class Shard:
    """One worker's part: what it reads and what it writes."""

    number: int
    text: str
    source: str
    target: str


def run(settings: Settings, on_progress: OnProgress = lambda jobs: None) -> str:
    """Make the report of one day and return its text.

    Args:
        settings: What to run and where.
        on_progress: Called with the jobs, as DescribeJobs shows them, at each look.

    Raises:
        RunFailed: A job failed or nothing moves; all jobs of the day have been ended.
    """
    batch.terminate(batch.unfinished(settings), "superseded by a new run of the same day")
    try:
        merged, job_ids = submit(settings)
        watch(settings, job_ids, on_progress)
    except (Exception, KeyboardInterrupt) as error:
        told = str(error) or type(error).__name__
        clean_up(settings, f"the run failed: {told}"[:MAX_REASON])
        raise
    return publish(settings, merged)


def split(settings: Settings) -> list[Shard]:
    """Cut the readings into shards.

    The names hold a digest of the content: a result found under such a name is of these very readings.
    """
    shards = []
    texts = report.split(
        storage.read_text(settings.bucket, settings.readings_key), settings.stations_per_shard
    )
    for number, text in enumerate(texts):
        stem = f"{number:03}-{sha256(text.encode()).hexdigest()[:12]}"
        source, target = settings.work_key(f"{stem}.csv"), settings.work_key(f"{stem}.json")
        shards.append(Shard(number, text, source, target))
    return shards


def submit(settings: Settings) -> tuple[str, list[str]]:
    """Submit a worker for each shard and the merges behind them.

    Returns:
        The key of the final result, and the ids of all jobs.
    """
    shards = split(settings)
    if not shards:
        raise RunFailed(f"s3://{settings.bucket}/{settings.readings_key} holds no readings.")
    done = storage.keys(settings.bucket, settings.work_key("")) if settings.resume else set()
    job_ids: list[str] = []
    parts: list[tuple[str, str | None]] = []
    for shard in shards:
        job_id = None
        if shard.target not in done:
            storage.write_text(settings.bucket, shard.source, shard.text, "text/csv")
            arguments = ["summarise", shard.source, shard.target]
            job_id = batch.submit(settings, f"shard-{shard.number:03}", arguments)
            job_ids.append(job_id)
        parts.append((shard.target, job_id))
    merged, merge_ids = submit_merges(settings, parts)
    return merged, job_ids + merge_ids


def submit_merges(
    settings: Settings, parts: Sequence[tuple[str, str | None]], level: int = 1
) -> tuple[str, list[str]]:
    """Submit a tree of merges, because one job may depend on twenty others only.

    Args:
        settings: The run.
        parts: The key of each partial result with the job that writes it, or None if it is there.
        level: How far from the leaves of the tree these merges are.
    """
    groups = list(batch.chunks(parts, batch.MAX_DEPENDENCIES))
    merged = []
    for number, group in enumerate(groups):
        name = "merge" if len(groups) == 1 else f"merge-{level}-{number:02}"
        target = settings.work_key(f"{name}.json")
        arguments = ["merge", target, *(key for key, _ in group)]
        waits_for = [job_id for _, job_id in group if job_id is not None]
        merged.append((target, batch.submit(settings, name, arguments, waits_for)))
    job_ids = [job_id for _, job_id in merged]
    if len(merged) == 1:
        return merged[0][0], job_ids
    final, later_ids = submit_merges(settings, merged, level + 1)
    return final, job_ids + later_ids


def watch(settings: Settings, job_ids: Sequence[str], on_progress: OnProgress) -> None:
    """Look at the jobs again and again until all have succeeded.

    Raises:
        RunFailed: One failed, or nothing has moved for `patience_seconds` and no job is running.
    """
    before: dict[str, str] = {}
    quiet_seconds = 0.0
    while True:
        jobs = batch.describe(job_ids)
        on_progress(jobs)
        failed = [job for job in jobs if job["status"] == "FAILED"]
        if failed:
            raise RunFailed(explain(failed))
        statuses = {job["jobId"]: job["status"] for job in jobs}
        if len(jobs) == len(job_ids) and set(statuses.values()) == {"SUCCEEDED"}:
            return
        still = statuses == before and not any(status in MOVING for status in statuses.values())
        quiet_seconds = quiet_seconds + settings.poll_seconds if still else 0.0
        if quiet_seconds >= settings.patience_seconds:
            raise RunFailed(stuck(jobs, quiet_seconds))
        before = statuses
        time.sleep(settings.poll_seconds)


def explain(failed: Jobs) -> str:
    """Name the jobs that failed by themselves, not those that only depended on them."""
    causes = [job for job in failed if job.get("statusReason") != "Dependent Job failed"]
    return ", ".join(f"{job['jobName']} ({batch.why(job)})" for job in causes or failed)


def stuck(jobs: Jobs, seconds: float) -> str:
    """Say what waits, and what Batch says of it."""
    waiting = [job for job in jobs if job["status"] not in batch.ENDED]
    told = sorted({job["statusReason"] for job in waiting if job.get("statusReason")})
    text = f"{len(waiting)} jobs have been waiting for {seconds / 60:.0f} minutes and nothing runs"
    return f"{text}: {', '.join(told)}" if told else text


def clean_up(settings: Settings, reason: str) -> None:
    """End what is left of the day, and wait a while until it has ended."""
    for _ in range(CLEAN_UP_ROUNDS):
        left = batch.unfinished(settings)
        if not left:
            return
        batch.terminate(left, reason)
        time.sleep(settings.poll_seconds)


def publish(settings: Settings, merged: str) -> str:
    """Write the report beside the readings, for programs and for people."""
    summary = storage.read_json(settings.bucket, merged)
    text = report.render(settings.date, summary)
    storage.write_json(settings.bucket, settings.report_key("json"), summary)
    storage.write_text(settings.bucket, settings.report_key("txt"), text)
    return text
