"""The run: two arrays side by side, a merge behind them, and a second try for what failed.

Child i of the array that calls waits for child i of the array that aligns, and for no other (N_TO_N):
a small chromosome is done while a large one is still aligned.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import batch, storage
from .settings import Settings

OnProgress = Callable[[list[dict[str, Any]]], None]

DEPENDENCY_FAILED = "Dependent Job failed"


class RunFailed(Exception):
    """There are no variants, and the message says why."""


@dataclass(frozen=True)
class Stages:
    """The ids of the jobs of a run."""

    align: str
    call: str
    merge: str


def run(settings: Settings, on_progress: OnProgress = lambda jobs: None) -> str:
    """Find the variants of a sample and return them.

    Raises:
        RunFailed: A chromosome failed twice, or too many failed.
    """
    chromosomes = storage.chromosomes(settings.bucket)
    if not chromosomes:
        raise RunFailed(f"s3://{settings.bucket}/{storage.REFERENCE} holds no reference.")
    stages = submit(settings, len(chromosomes))
    if not watch(settings, [stages.align, stages.call, stages.merge], on_progress):
        rerun(settings, stages, chromosomes, on_progress)
    return storage.read(settings.bucket, settings.result)


def submit(settings: Settings, count: int) -> Stages:
    """Submit the arrays and the merge; one chromosome makes single jobs: no array is so small."""
    if count == 1:
        align = batch.submit(settings, "align", index=0)
        call = batch.submit(settings, "call", index=0, depends_on=[{"jobId": align}])
    else:
        align = batch.submit(settings, "align", size=count)
        pairs = [{"jobId": align, "type": "N_TO_N"}]
        call = batch.submit(settings, "call", size=count, depends_on=pairs)
    merge = batch.submit(settings, "merge", depends_on=[{"jobId": call}])
    return Stages(align, call, merge)


def watch(settings: Settings, job_ids: list[str], on_progress: OnProgress) -> bool:
    """Look at the jobs until all have ended; returns whether all succeeded.

    An array that has a failed child still runs its others: they need not be done again.
    """
    try:
        while True:
            jobs = batch.describe(*job_ids)
            on_progress(jobs)
            if all(job["status"] in batch.ENDED for job in jobs):
                return all(job["status"] == "SUCCEEDED" for job in jobs)
            time.sleep(settings.poll_seconds)
    except BaseException as error:
        batch.terminate(job_ids, f"the run was left: {type(error).__name__}")
        raise


def rerun(settings: Settings, stages: Stages, chromosomes: list[str], on_progress: OnProgress) -> None:
    """Do again what failed, and nothing else.

    Raises:
        RunFailed: Too much failed, or it failed again.
    """
    aligned, called = _failed(stages.align, chromosomes), _failed(stages.call, chromosomes)
    if len(called) > settings.rerun_at_most:
        raise RunFailed(f"{len(called)} of {len(chromosomes)} chromosomes failed: {_reasons(called)}")
    jobs: list[str] = []
    calls: list[str] = []
    for index in sorted(called):
        waits = []
        if index in aligned:
            jobs.append(batch.submit(settings, "align", index=index))
            waits = [{"jobId": jobs[-1]}]
        calls.append(batch.submit(settings, "call", index=index, depends_on=waits))
    merge = batch.submit(settings, "merge", depends_on=[{"jobId": job_id} for job_id in calls])
    jobs += [*calls, merge]
    if not watch(settings, jobs, on_progress):
        raise RunFailed("failed again: " + _reasons(dict(enumerate(jobs))))


def _failed(job_id: str, chromosomes: list[str]) -> dict[int, str]:
    """The ids of the jobs that failed in a stage, by the index of the chromosome."""
    if len(chromosomes) > 1:
        return batch.failed_children(job_id)
    return {0: job_id} if batch.describe(job_id)[0]["status"] == "FAILED" else {}


def _reasons(job_ids: dict[int, str]) -> str:
    """Why jobs failed by themselves, not because of another; each reason once."""
    failed = [job for job in batch.describe(*job_ids.values()) if job["status"] == "FAILED"]
    causes = [job for job in failed if job.get("statusReason") != DEPENDENCY_FAILED]
    told = {f"{job['jobName']}: {batch.why(job)}" for job in causes}
    return ", ".join(sorted(told)) or "what they depend on failed"
