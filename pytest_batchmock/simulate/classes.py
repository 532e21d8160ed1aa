"""What a workload file says of its jobs: classes of jobs that are alike, and who waits for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_batchmock.simulate import chance
from pytest_batchmock.simulate.chance import Arrivals, Sample
from pytest_batchmock.simulate.reading import Entry

MOST_DEPENDENCIES: Final = 20  # of one job (user guide, service_limits)
ROLE: Final = "arn:aws:iam::123456789012:role/"
_DISTRIBUTIONS: Final = ("uniform", "exponential", "lognormal")


@dataclass(frozen=True, slots=True)
class After:
    """That jobs of a class wait for jobs of another.

    Attributes:
        name: The other class; it stands before this one in the file.
        by_number: Whether the first waits for the first, the second for the second, …; else each
            waits for all of them.
        by_index: Likewise, and child for child: the type N_TO_N of SubmitJob.
    """

    name: str
    by_number: bool
    by_index: bool = False


@dataclass(frozen=True, slots=True)
class JobClass:
    """Jobs that are alike.

    Attributes:
        count: How many are submitted; with `array` each is an array of that many children.
        definition: The request of RegisterJobDefinition.
        submit: The request of SubmitJob.
        duration: How long a container runs.
        fails: The probability that an attempt ends with exit code 1.
        after: Whom its jobs wait for.
        where: Where in the file it is described.
    """

    name: str
    count: int
    array: int
    definition: dict[str, Any]
    submit: dict[str, Any]
    duration: Sample
    arrivals: Arrivals
    fails: float
    after: tuple[After, ...]
    where: Entry


def classes(
    entry: Entry, platforms: Mapping[str, str], shares: Mapping[str, bool]
) -> tuple[JobClass, ...]:
    """The classes of jobs in their order.

    Args:
        entry: The list in the file.
        platforms: By queue, what it runs jobs on: EC2 or FARGATE.
        shares: By queue, whether it shares fairly.

    Raises:
        WorkloadError: They make no sense; the text names the line.
    """
    found: dict[str, JobClass] = {}
    for each in entry.items():
        made = _job_class(each, platforms, shares, found)
        if made.name in found:
            raise each.refused(f"another class is called {made.name!r} too.")
        found[made.name] = made
    if not found:
        raise entry.refused("give at least one class of jobs.")
    return tuple(found.values())


_JOB_KEYS: Final = (
    "name",
    "queue",
    "count",
    "array",
    "nodes",
    "after",
    "sequential",
    "duration",
    "arrivals",
    "vcpus",
    "memory",
    "gpus",
    "share",
    "priority",
    "retries",
    "timeout",
    "fails",
    "definition",
)


def _job_class(
    entry: Entry,
    platforms: Mapping[str, str],
    shares: Mapping[str, bool],
    before: Mapping[str, JobClass],
) -> JobClass:
    members = entry.mapping(_JOB_KEYS, needs=("name", "queue", "duration"))
    name = members["name"].text()
    queue = members["queue"].one_of(platforms, "queue")
    if ("share" in members) != shares[queue]:
        lacks = (
            "names no share, and its queue shares fairly"
            if shares[queue]
            else ("names a share, and its queue has none")
        )
        raise entry.refused(f"the class {lacks}.")
    submit: dict[str, Any] = {"jobName": name, "jobQueue": queue, "jobDefinition": name}
    array = members["array"].whole(2, 10_000) if "array" in members else 0
    if array:
        submit["arrayProperties"] = {"size": array}
    if "sequential" in members and members["sequential"].truth():
        if not array:
            raise members["sequential"].refused(
                "only the children of an array come one after the other."
            )
        submit["dependsOn"] = [{"type": "SEQUENTIAL"}]
    if "share" in members:
        submit["shareIdentifier"] = members["share"].text()
        submit["schedulingPriorityOverride"] = 0  # the service wants one with every share
    if "priority" in members:
        submit["schedulingPriorityOverride"] = members["priority"].whole(0, 9999)
    if "retries" in members:
        submit["retryStrategy"] = {"attempts": members["retries"].whole(1, 10)}
    if "timeout" in members:
        submit["timeout"] = {"attemptDurationSeconds": members["timeout"].milliseconds() // 1000}
    count = members["count"].whole(1) if "count" in members else 1
    after = _after(members["after"], count, array, before) if "after" in members else ()
    if "arrivals" in members and any(it.by_index for it in after):
        raise members["arrivals"].refused("arrays that follow others child for child come with those.")
    return JobClass(
        name=name,
        count=count,
        array=array,
        definition=_definition(name, entry, members, platforms[queue]),
        submit=submit,
        duration=_duration(members["duration"]),
        arrivals=_arrivals(members["arrivals"]) if "arrivals" in members else Arrivals(),
        fails=members["fails"].number(0, 1) if "fails" in members else 0.0,
        after=after,
        where=entry,
    )


def _after(entry: Entry, count: int, array: int, before: Mapping[str, JobClass]) -> tuple[After, ...]:
    """Whom each job waits for: of classes that stand before its own, so nobody waits in a circle."""
    entries = entry.items() if isinstance(entry.value, list) else (entry,)
    found = [_one_after(each, count, array, before) for each in entries]
    names = [it.name for it in found]
    if len(set(names)) < len(names):
        raise entry.refused("a class stands here twice.")
    if any(it.by_index for it in found) and len(found) > 1:
        raise entry.refused("N_TO_N stands alone: the children wait for the other array's only.")
    of_each = sum(1 if it.by_number else before[it.name].count for it in found)
    if of_each > MOST_DEPENDENCIES:
        raise entry.refused(
            f"each job would wait for {of_each} others, and Batch takes {MOST_DEPENDENCIES}. Give both "
            "classes the same count, and the first waits for the first, the second for the second."
        )
    return tuple(found)


def _one_after(entry: Entry, count: int, array: int, before: Mapping[str, JobClass]) -> After:
    known = before or ("none",)
    if not isinstance(entry.value, dict):
        name = entry.one_of(known, "class of jobs before this one")
        return After(name, by_number=before[name].count == count)
    members = entry.mapping(("name", "type"), needs=("name", "type"))
    name = members["name"].one_of(known, "class of jobs before this one")
    members["type"].one_of(("N_TO_N",), "type of dependency")
    if not array or before[name].array != array or before[name].count != count:
        raise entry.refused("N_TO_N is for as many arrays of the same size.")
    return After(name, by_number=True, by_index=True)


def _definition(name: str, entry: Entry, members: dict[str, Entry], platform: str) -> dict[str, Any]:
    needs = ("vcpus", "memory", "gpus", "nodes")
    if "definition" in members:
        for key in needs:
            if key in members:
                raise members[key].refused("the definition says this already.")
        return {"jobDefinitionName": name, **members["definition"].plain()}
    vcpus = members["vcpus"].number(0.25) if "vcpus" in members else 1
    memory = members["memory"].whole(4) if "memory" in members else 2048
    requirements = [
        {"type": "VCPU", "value": f"{vcpus:g}"},
        {"type": "MEMORY", "value": str(memory)},
    ]
    if "gpus" in members:
        requirements.append({"type": "GPU", "value": str(members["gpus"].whole(1))})
    container: dict[str, Any] = {
        "image": "busybox",
        "command": ["true"],
        "resourceRequirements": requirements,
    }
    if "nodes" in members:
        if platform == "FARGATE":
            raise members["nodes"].refused("Fargate runs no multi-node jobs.")
        if "array" in members:
            raise members["nodes"].refused("a multi-node job is no array.")
        nodes = members["nodes"].whole(1, 1000)
        of_all = {"targetNodes": "0:", "container": container}
        return {
            "jobDefinitionName": name,
            "type": "multinode",
            "nodeProperties": {"numNodes": nodes, "mainNode": 0, "nodeRangeProperties": [of_all]},
        }
    if platform == "FARGATE":
        container["executionRoleArn"] = ROLE + "ecsTaskExecutionRole"
    return {
        "jobDefinitionName": name,
        "type": "container",
        "platformCapabilities": [platform],
        "containerProperties": container,
    }


def _duration(entry: Entry) -> Sample:
    if not isinstance(entry.value, dict):
        return chance.fixed(entry.milliseconds())
    members = entry.mapping(_DISTRIBUTIONS)
    if len(members) != 1:
        raise entry.refused(f"give a duration such as 10m, or one of {', '.join(_DISTRIBUTIONS)}.")
    ((kind, given),) = members.items()
    if kind == "exponential":
        return chance.exponential(given.milliseconds())
    if kind == "uniform":
        bounds = [it.milliseconds() for it in given.items()]
        if len(bounds) != 2 or bounds[0] > bounds[1]:
            raise given.refused("give the shortest and the longest, e.g. [1m, 5m].")
        return chance.uniform(*bounds)
    parts = given.mapping(("median", "sigma"), needs=("median", "sigma"))
    return chance.lognormal(parts["median"].milliseconds(), parts["sigma"].number(0, 10))


def _arrivals(entry: Entry) -> Arrivals:
    members = entry.mapping(("start", "every", "per_hour"))
    if "every" in members and "per_hour" in members:
        raise entry.refused("give either every (regular) or per_hour (at random).")
    per_hour = None
    if "per_hour" in members:
        per_hour = members["per_hour"].number(1e-6)
    return Arrivals(
        members["start"].milliseconds() if "start" in members else 0,
        members["every"].milliseconds() if "every" in members else 0,
        per_hour,
    )
