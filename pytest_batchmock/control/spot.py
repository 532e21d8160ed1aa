"""The verbs of ``batchmock.spot``: what the Spot market does to the jobs of a test."""

from __future__ import annotations

from pytest_batchmock.domain import instance_types, zones
from pytest_batchmock.domain.job import Job
from pytest_batchmock.domain.market import EVERYTHING, Temper
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
            return {
                name: [job.id for job in spot.jobs_on(host)] for name, host in spot.hosts(engine).items()
            }

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
            known = spot.hosts(engine)
            for host in hosts:
                spot.notices(engine, known[host], notice_ms)
        self._world.advance(0)
        return hosts

    def interruption_rate(self, per_hour: float | None, what: str = EVERYTHING) -> None:
        """Have hosts interrupted by themselves: ``batchmock.spot.interruption_rate(0.05, "c5")``.

        It holds for hosts that are launched from now on. How long each lives is exponentially
        distributed and drawn by the seed and the host alone. The last two minutes are its notice.
        Tasks on Fargate Spot follow what is said of everything.

        Args:
            per_hour: How many interruptions a host meets in an hour, on average; None takes back
                what was said.
            what: An instance type, a family, an availability zone, or ``*``.

        Raises:
            MockUsageError: That is no number, or a negative one, or nothing is called `what`.
        """
        types, zone = _pools(self._world, what)
        value = None if per_hour is None else _number("per_hour", per_hour, "interruptions in an hour")
        with self._world.gate() as engine:
            engine.market.say_rate(types, zone, value)

    def price(self, what: str, percent: float | None) -> None:
        """Set the Spot price: ``batchmock.spot.price("c5.large", 80)``.

        Environments whose ``bidPercentage`` is lower launch nothing there, and what they have there
        gets its notice now. Without a word of the test the price is 30 % everywhere.

        Args:
            what: An instance type, a family, an availability zone, or ``*``; the most specific word
                counts.
            percent: Of the On-Demand price; None takes back what was said.

        Raises:
            MockUsageError: That is no number, or a negative one, or nothing is called `what`.
        """
        types, zone = _pools(self._world, what)
        value = None if percent is None else _number("percent", percent, "percent of On-Demand")
        with self._world.gate() as engine:
            engine.market.say_percent(types, zone, value)
            spot.market_moved(engine)
        self._world.advance(0)

    def capacity(self, what: str, instances: int | None) -> None:
        """Bound the Spot pools: ``batchmock.spot.capacity("c5", 0)``.

        A pool is an instance type in a zone. Instances that run are left alone.

        Args:
            what: An instance type, a family, an availability zone, or ``*``.
            instances: How many instances each of the pools has; None: no bound.

        Raises:
            MockUsageError: That is no whole number, or a negative one, or nothing is called `what`.
        """
        types, zone = _pools(self._world, what)
        if instances is not None and int(_number("instances", instances, "instances")) != instances:
            raise MockUsageError(f"instances={instances!r}: give a whole number of instances.")
        with self._world.gate() as engine:
            engine.market.say_capacity(types, zone, instances)
            engine.look_everywhere()

    def market(self, temper: Temper) -> None:
        """Choose how the market is where nothing was said: ``batchmock.spot.market("lively")``.

        ``"quiet"`` is the default: 30 % of On-Demand, no interruptions. In a ``"lively"`` one each pool
        has a price that changes by the hour and an interruption rate, all drawn by the seed alone.

        Raises:
            MockUsageError: It is neither.
        """
        if temper not in ("quiet", "lively"):
            raise MockUsageError(f"market({temper!r}): choose 'quiet' or 'lively'.")
        with self._world.gate() as engine:
            engine.market.temper = temper
            spot.market_moved(engine)
        self._world.advance(0)


def _pools(world: World, what: object) -> tuple[str, str]:
    """The types and the zone that a word of the test is about."""
    if isinstance(what, str):
        if what == EVERYTHING or instance_types.get(what) or instance_types.family(what):
            return what, EVERYTHING
        if zones.is_name(what) or what in world.options.zone_of_subnet.values():
            return EVERYTHING, what
    near = instance_types.near(what) if isinstance(what, str) else ""
    raise MockUsageError(
        f"{what!r} is no pool: give an instance type (c5.large), a family (c5), an availability zone "
        f"(us-east-1a), or '*'.{near}"
    )


def _number(name: str, value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise MockUsageError(f"{name}={value!r}: give a number of {what}, 0 or more.")
    return float(value)


def _fraction(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise MockUsageError(f"fraction={value!r}: give a number above 0 and at most 1.")
    return float(value)


def _host_named(engine: Engine, instance: str) -> str:
    if not isinstance(instance, str) or instance not in spot.hosts(engine):
        raise MockUsageError(
            f"instance={instance!r}: there is no Spot Instance of that id. {_listed(engine)}"
        )
    return instance


def _host_of(engine: Engine, job_id: str) -> str:
    plain = job_id.rpartition("/")[2]
    for name, host in spot.hosts(engine).items():
        if any(job.id == plain for job in spot.jobs_on(host)):
            return name
    raise MockUsageError(f"job={job_id!r}: {_why_not(engine, plain)} {_listed(engine)}")


def _why_not(engine: Engine, job_id: str) -> str:
    parent_id, _, index = job_id.partition(":")
    for region in engine.regions.values():
        job = region.jobs.get(parent_id)
        if job is None:
            continue
        if index and job.children is not None:
            if not index.isdecimal() or int(index) >= len(job.children):
                return f"the array has children 0 to {len(job.children) - 1}."
            job = job.children[int(index)]
        if job.is_array_parent:
            return "it is the parent of an array, which runs nowhere; name a child."
        if job.attempt is None:
            return f"it is {job.status} and on no host."
        return "it runs on On-Demand capacity, which is never reclaimed."
    return "there is no job of that id."


def _listed(engine: Engine) -> str:
    jobs: list[Job] = [job for host in spot.hosts(engine).values() for job in spot.jobs_on(host)]
    if not jobs:
        return "Nothing is on Spot now."
    names = ", ".join(f"{job.name} ({job.id})" for job in jobs[:10])
    return f"On Spot now: {names}{', …' if len(jobs) > 10 else ''}."
