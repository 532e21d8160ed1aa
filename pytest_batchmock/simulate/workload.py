"""What a workload file says: environments, queues, job classes, the Spot market, prices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pytest_batchmock.domain import instance_types
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.options import Options
from pytest_batchmock.simulate.classes import ROLE, JobClass, classes
from pytest_batchmock.simulate.reading import Entry, WorkloadError, read

TYPES: Final = ("EC2", "SPOT", "FARGATE", "FARGATE_SPOT")
FARGATE: Final = ("FARGATE", "FARGATE_SPOT")
MOST_JOBS: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What an hour costs on Fargate, in the user's currency.

    Attributes:
        vcpu_hour: Of one vCPU.
        gib_hour: Of one GiB of memory.
    """

    vcpu_hour: float
    gib_hour: float


@dataclass(frozen=True, slots=True)
class Resource:
    """One call that makes a resource, and where in the file it is described."""

    operation: str
    request: dict[str, Any]
    where: Entry


@dataclass(frozen=True, slots=True)
class Workload:
    """A whole workload.

    Attributes:
        resources: The calls that make environments, policies and queues, in their order.
        interruptions_per_hour: How often a host on Spot is interrupted.
        spot_percent: The Spot price in percent of On-Demand, if the file says it.
        prices: Of Fargate, by type of environment.
        instance_prices: What an hour of an instance costs On-Demand, by instance type.
    """

    seed: int
    start: str
    resources: tuple[Resource, ...]
    jobs: tuple[JobClass, ...]
    interruptions_per_hour: float
    spot_percent: float | None
    prices: dict[str, Price]
    instance_prices: dict[str, float]

    @property
    def total(self) -> int:
        """How many jobs run: single ones and children."""
        return sum(each.count * max(each.array, 1) for each in self.jobs)


def load(path: Path) -> Workload:
    """Read a workload from a file.

    Raises:
        WorkloadError: It makes no sense; the text names the line.
        MockUsageError: There is no such file, or no PyYAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MockUsageError(
            f"{path}: the workload cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from error
    return parsed(text, path.name)


def parsed(text: str, name: str = "workload") -> Workload:
    """Make a workload of the text of a file.

    Raises:
        WorkloadError: It makes no sense; the text names the line.
    """
    whole = read(text, name)
    keys = ("seed", "start", "environments", "queues", "jobs", "spot", "prices")
    members = whole.mapping(keys, needs=("environments", "queues", "jobs"))
    environments = members["environments"].named()
    types = {name: _type_of(entry) for name, entry in environments.items()}
    queues = members["queues"].named()
    resources = [_environment(name, entry) for name, entry in environments.items()]
    platforms: dict[str, str] = {}
    shares: dict[str, bool] = {}
    for queue, entry in queues.items():
        resources += _queue(queue, entry, types)
        platforms[queue], shares[queue] = _platform(entry, types), "shares" in entry.named()
    jobs = classes(members["jobs"], platforms, shares)
    spot: dict[str, Entry] = {}
    if "spot" in members:
        spot = members["spot"].mapping(("interruptions_per_hour", "price_percent"))
    prices, instance_prices = _prices(members["prices"]) if "prices" in members else ({}, {})
    if instance_prices and "price_percent" not in spot and "SPOT" in types.values():
        raise members["prices"].refused(
            "say what Spot costs too: spot.price_percent, in percent of On-Demand."
        )
    workload = Workload(
        seed=members["seed"].whole(0) if "seed" in members else 0,
        start=_start(members["start"]) if "start" in members else "2030-01-01",
        resources=tuple(resources),
        jobs=jobs,
        interruptions_per_hour=(
            spot["interruptions_per_hour"].number(0) if "interruptions_per_hour" in spot else 0.0
        ),
        spot_percent=spot["price_percent"].number(0, 100) if "price_percent" in spot else None,
        prices=prices,
        instance_prices=instance_prices,
    )
    if workload.total > MOST_JOBS:
        raise members["jobs"].refused(f"{workload.total:,} jobs are more than {MOST_JOBS:,}.")
    return workload


def _start(entry: Entry) -> str:
    text = str(entry.value)
    try:
        Options(start=text)
    except MockUsageError as error:
        raise entry.refused(str(error)) from None
    return text


# Environments and queues


def _type_of(entry: Entry) -> str:
    members = entry.named()
    if "request" in members:
        request = members["request"].named()
        resources = request.get("computeResources")
        found = resources.named().get("type") if resources is not None else None
        return "EC2" if found is None else found.text()
    return members["type"].one_of(TYPES, "type of environment") if "type" in members else "EC2"


def _environment(name: str, entry: Entry) -> Resource:
    members = entry.mapping(("type", "max_vcpus", "instance_types", "allocation_strategy", "request"))
    operation = "CreateComputeEnvironment"
    if "request" in members:
        if len(members) > 1:
            raise entry.refused("give either a whole request, or the keys of the short form.")
        request = members["request"].plain()
        return Resource(operation, {"computeEnvironmentName": name, "type": "MANAGED", **request}, entry)
    kind = _type_of(entry)
    resources: dict[str, Any] = {
        "type": kind,
        "maxvCpus": members["max_vcpus"].whole(1) if "max_vcpus" in members else 256,
        "subnets": ["subnet-0a1b2c3d", "subnet-1b2c3d4e"],
        "securityGroupIds": ["sg-0a1b2c3d"],
    }
    if kind not in FARGATE:
        strategy = "SPOT_CAPACITY_OPTIMIZED" if kind == "SPOT" else "BEST_FIT_PROGRESSIVE"
        if "allocation_strategy" in members:
            strategy = members["allocation_strategy"].text()
        types = ["optimal"]
        if "instance_types" in members:
            types = [_instance_type(it) for it in members["instance_types"].items()]
        resources |= {
            "minvCpus": 0,
            "instanceTypes": types,
            "instanceRole": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
            "allocationStrategy": strategy,
        }
        if kind == "SPOT":
            resources["spotIamFleetRole"] = ROLE + "AmazonEC2SpotFleetRole"
    else:
        for key in ("instance_types", "allocation_strategy"):
            if key in members:
                raise members[key].refused("Fargate has no instances to choose.")
    request = {"computeEnvironmentName": name, "type": "MANAGED", "computeResources": resources}
    return Resource(operation, request, entry)


_SHARE_KEYS: Final = ("shares", "share_decay", "compute_reservation")


def _queue(name: str, entry: Entry, environments: dict[str, str]) -> list[Resource]:
    members = entry.mapping(("environments", "priority", *_SHARE_KEYS), needs=("environments",))
    order = [
        {"order": number, "computeEnvironment": it.one_of(environments, "environment")}
        for number, it in enumerate(members["environments"].items(), 1)
    ]
    request: dict[str, Any] = {
        "jobQueueName": name,
        "priority": members["priority"].whole(0) if "priority" in members else 1,
        "computeEnvironmentOrder": order,
    }
    if "shares" not in members:
        for key in _SHARE_KEYS[1:]:
            if key in members:
                raise members[key].refused("this is about fair share: name the queue's shares too.")
        return [Resource("CreateJobQueue", request, entry)]
    weights = [
        {"shareIdentifier": share, "weightFactor": it.number(0.0001, 999.9999)}
        for share, it in members["shares"].named().items()
    ]
    policy: dict[str, Any] = {"shareDistribution": weights}
    if "share_decay" in members:
        policy["shareDecaySeconds"] = members["share_decay"].milliseconds() // 1000
    if "compute_reservation" in members:
        policy["computeReservation"] = members["compute_reservation"].whole(0, 99)
    # The name decides the ARN; `play` puts that in, because the account is its business.
    request["schedulingPolicyArn"] = name
    policy_request = {"name": name, "fairsharePolicy": policy}
    return [
        Resource("CreateSchedulingPolicy", policy_request, members["shares"]),
        Resource("CreateJobQueue", request, entry),
    ]


def _platform(entry: Entry, types: dict[str, str]) -> str:
    names = [it.text() for it in entry.named()["environments"].items()]
    return "FARGATE" if any(types[name] in FARGATE for name in names) else "EC2"


def _instance_type(entry: Entry) -> str:
    name = entry.text()
    if not instance_types.is_known(name):
        near = instance_types.near(name)
        raise entry.refused(f"{name!r} is no instance type, family or 'optimal'.{near}")
    return name


# Prices


def _prices(entry: Entry) -> tuple[dict[str, Price], dict[str, float]]:
    members = entry.mapping((*FARGATE, "instances"))
    prices, instances = {}, {}
    for kind, given in members.items():
        if kind == "instances":
            for name, price in given.named().items():
                if instance_types.get(name) is None:
                    raise price.refused(f"there is no such instance type.{instance_types.near(name)}")
                instances[name] = price.number(0)
            continue
        keys = ("vcpu_hour", "gib_hour")
        parts = given.mapping(keys, needs=keys)
        prices[kind] = Price(*(parts[key].number(0) for key in keys))
    return prices, instances


__all__ = ["JobClass", "Price", "Resource", "Workload", "WorkloadError", "load", "parsed"]
