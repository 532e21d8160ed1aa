"""What the share identifiers of each queue use of vCPUs, now and lately.

Past use fades exponentially with the policy's decay time as its time constant (inferred: the real
curve is not published), as a function of time: nothing has to happen for it to fade.
"""

from __future__ import annotations

from math import exp

from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.job_queue import JobQueue


class _Share:
    __slots__ = ("at_ms", "past", "running")

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms
        self.running = 0  # thousandths of a vCPU in use
        self.past = 0.0  # its average over the decay time

    def at(self, now_ms: int, decay_ms: int) -> float:
        """The average over the decay time, as of now."""
        kept = exp(-(now_ms - self.at_ms) / decay_ms)
        return self.past * kept + self.running * (1 - kept)


class Shares:
    """By queue and share identifier, what is used."""

    def __init__(self) -> None:
        self._shares: dict[JobQueue, dict[str, _Share]] = {}
        self.given_back = 0
        """How many attempts have given their vCPUs back."""

    def begin(self, job: Job, now_ms: int, decay_ms: int) -> None:
        """An attempt of `job` takes its vCPUs."""
        self._change(job, now_ms, decay_ms, job.spec.mvcpus)

    def end(self, job: Job, now_ms: int, decay_ms: int) -> None:
        """An attempt of `job` gives them back."""
        self._change(job, now_ms, decay_ms, -job.spec.mvcpus)
        self.given_back += 1

    def _change(self, job: Job, now_ms: int, decay_ms: int, mvcpus: int) -> None:
        shares = self._shares.setdefault(job.spec.queue, {})
        name = job.spec.share_identifier or ""
        share = shares.get(name)
        if share is None:
            share = shares[name] = _Share(now_ms)
        share.past = share.at(now_ms, decay_ms)
        share.at_ms = now_ms
        share.running += mvcpus

    def use(self, queue: JobQueue, now_ms: int, decay_ms: int) -> dict[str, float]:
        """By share identifier: what runs now, and the average of the past, added up."""
        return {
            name: share.running + share.at(now_ms, decay_ms)
            for name, share in self._shares.get(queue, {}).items()
        }

    def use_of(self, queue: JobQueue, name: str, now_ms: int, decay_ms: int) -> float:
        """That of one share identifier."""
        share = self._shares.get(queue, {}).get(name)
        return 0.0 if share is None else share.running + share.at(now_ms, decay_ms)

    def active(self, queue: JobQueue, now_ms: int, decay_ms: int) -> set[str]:
        """The identifiers that run something now, or did so within the decay time."""
        return {
            name
            for name, share in self._shares.get(queue, {}).items()
            if share.running or now_ms - share.at_ms <= decay_ms
        }
