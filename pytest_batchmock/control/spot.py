"""The verbs of ``batchmock.spot``: what the Spot market does to the jobs of a test."""

from __future__ import annotations

from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.market import EVERYTHING
from pytest_batchmock.durations import Duration, to_ms
from pytest_batchmock.engine import spot
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.world import World


class Spot:
    """The Spot capacity of a mock. By itself it is quiet: nothing is interrupted.

    Args:
        world: The mock's.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def hosts(self) -> dict[str, list[str]]:
        """The ids of the jobs on Spot, by the EC2 instance they are on (on Fargate by their own id)."""
        with self._world.gate() as engine:
            return {host: [job.id for job in jobs] for host, jobs in spot.hosts(engine).items()}

    def reclaim(
        self,
        *,
        job: JobView | str | None = None,
        instance: str | None = None,
        fraction: float | None = None,
        notice: Duration = spot.NOTICE_MS / 1000,
    ) -> list[str]:
        """Reclaim Spot capacity: ``batchmock.spot.reclaim(job=job)``.

        A host is reclaimed as a whole: with a job also the others on its instance. (An outcome
        rule, ``batchmock.on("etl").reclaimed()``, is about one job alone.) A container that
        really runs gets SIGTERM now, and SIGKILL when the notice is over.

        Args:
            job: The host of this job: what `jobs` gave, an id (``…:3`` for a child), or an ARN.
            instance: This EC2 instance.
            fraction: So much of all hosts on Spot, above 0 and at most 1: at least one of them if
                there is any, drawn by the seed.
            notice: How long the jobs go on; 0 takes the host away at once.

        Returns:
            The hosts: EC2 instances, on Fargate ids of jobs.

        Raises:
            MockUsageError: Not exactly one of the three was given, or it is not on Spot.
        """
        given = {"job": job, "instance": instance, "fraction": fraction}
        if sum(value is not None for value in given.values()) != 1:
            raise MockUsageError(
                "spot.reclaim: give one of job=…, instance=… and fraction=…, e.g. reclaim(fraction=0.3)."
            )
        notice_ms = to_ms(notice)
        with self._world.gate() as engine:
            if fraction is not None:
                hosts = spot.drawn(engine, _fraction(fraction))
            elif instance is not None:
                hosts = [_host_named(engine, instance)]
            else:
                hosts = [_host_of(engine, job.id if isinstance(job, JobView) else str(job))]
            for host in hosts:
                spot.reclaim(engine, host, notice_ms)
        self._world.advance(0)
        return hosts

    def interruption_rate(self, per_hour: float) -> None:
        """Have Spot hosts interrupted by themselves: ``batchmock.spot.interruption_rate(0.05)``.

        It holds for hosts that are placed from now on. How long each lives is exponentially
        distributed and drawn by the seed and the host alone. The last two minutes are its notice.

        Args:
            per_hour: How many interruptions a host meets in an hour, on average; 0 for none.

        Raises:
            MockUsageError: That is no number, or a negative one.
        """
        known = isinstance(per_hour, (int, float)) and not isinstance(per_hour, bool)
        if not known or not 0 <= per_hour < float("inf"):
            raise MockUsageError(f"per_hour={per_hour!r}: give a number of interruptions, 0 or more.")
        with self._world.gate() as engine:
            engine.market.say_rate(EVERYTHING, EVERYTHING, float(per_hour))


def _fraction(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise MockUsageError(f"fraction={value!r}: give a number above 0 and at most 1.")
    return float(value)


def _host_named(engine: Engine, instance: str) -> str:
    if instance not in spot.hosts(engine):
        raise MockUsageError(
            f"instance={instance!r}: no job runs on a Spot Instance of that id. {_listed(engine)}"
        )
    return instance


def _host_of(engine: Engine, job_id: str) -> str:
    plain = job_id.rpartition("/")[2]
    for host, jobs in spot.hosts(engine).items():
        if any(job.id == plain for job in jobs):
            return host
    raise MockUsageError(f"job={job_id!r}: {_why_not(engine, plain)} {_listed(engine)}")


def _why_not(engine: Engine, job_id: str) -> str:
    parent_id, _, index = job_id.partition(":")
    for region in engine.regions.values():
        job = region.jobs.get(parent_id)
        if job is None:
            continue
        if index and job.children is not None and index.isdigit() and int(index) < len(job.children):
            job = job.children[int(index)]
        if job.is_array_parent:
            return "it is the parent of an array, which runs nowhere; name a child."
        if job.attempt is None:
            return f"it is {job.status} and on no host."
        return "it runs on On-Demand capacity, which is never reclaimed."
    return "there is no job of that id."


def _listed(engine: Engine) -> str:
    jobs: list[Job] = [job for members in spot.hosts(engine).values() for job in members]
    if not jobs:
        return "Nothing is on Spot now."
    names = ", ".join(f"{job.spec.name} ({job.id})" for job in jobs[:10])
    return f"On Spot now: {names}{', …' if len(jobs) > 10 else ''}."
