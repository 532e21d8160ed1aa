"""Every option and its default, once. Marker, command line, ini file and keywords all end here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timezone
from typing import Any, Literal

from pytest_batchmock.durations import Duration, to_ms
from pytest_batchmock.errors import MockUsageError

ClockName = Literal["autojump", "manual", "real"]
VirtualSleep = Literal["polling", "all", "off"]
RunnerName = Literal["scripted", "process", "docker", "swarm"]

DOCKER_ALLOW = ("privileged", "host_paths", "devices", "host_network", "host_ipc", "host_pid")
"""What reaches the machine that a container runs on."""

_CHOICES = {
    "clock": ("autojump", "manual", "real"),
    "virtual_sleep": ("polling", "all", "off"),
    "runner": ("scripted", "process", "docker", "swarm"),
    "docker_pull": ("missing", "always", "never"),
    "multinode_refused_at": ("never", "submit"),
    "unmanaged": ("empty", "boundless"),
}

_TYPES: dict[str, tuple[Any, str]] = {
    "rate": ((int, float), "a number"),
    "latency_scale": ((int, float), "a number"),
    "seed": (int, "a whole number"),
    "region": (str, "a text such as 'us-east-1'"),
    "account_id": (str, "a text of 12 digits"),
    "stall_after": (int, "a whole number"),
    "autojump_batching": (bool, "True or False"),
    "enforce_quotas": (bool, "True or False"),
    "report_timeline": (bool, "True or False"),
}

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_NAME = re.compile(r"[\w-]+", re.ASCII)
_FASTEST = 1_000_000  # a day in less than a tenth of a second

_YEAR_1 = datetime(1, 1, 1, tzinfo=timezone.utc).timestamp()
YEAR_9000 = datetime(9000, 1, 1, tzinfo=timezone.utc).timestamp()
"""Where time ends: what a datetime can hold, with some room for what a job plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one mock behaves. The signature is the documentation.

    Attributes:
        clock: Who moves virtual time: ``"autojump"`` (a question asked twice), ``"manual"`` (the
            test alone), ``"real"`` (the wall clock, times `rate`).
        rate: Virtual seconds per wall second; used by the real clock only.
        start: Virtual time at the start: a datetime, seconds since the epoch, an ISO 8601 text,
            or None for now.
        seed: Seeds every id and every random choice. Same seed and `start`: same bytes.
        region: The region of clients that name none.
        account_id: The account in ARNs, unless the client's access key is 12 digits.
        default_duration: How long a job without an outcome rule runs before it succeeds.
        runner: What does a job without an outcome rule: ``"scripted"`` (nothing, it succeeds after
            `default_duration`), ``"process"`` (its command, as a process of this machine),
            ``"docker"`` (its container, at a Docker engine), ``"swarm"`` (its container, as a job of
            the Docker Swarm that the engine belongs to). The options ``docker_…`` hold for both.
        docker_allow: What containers may have that reaches this machine, by name: ``"privileged"``,
            ``"host_paths"``, ``"devices"``, ``"host_network"``, ``"host_ipc"``, ``"host_pid"``; or
            folders of the host by their paths.
        docker_pull: When images are pulled: ``"missing"`` (those that are not there), ``"always"``,
            ``"never"``.
        docker_parallel: How many jobs have containers at a time at most; None: twice the CPUs of this
            machine.
        docker_images: Which image to take instead: patterns of image names, and an image for each.
        docker_secrets: The values of secrets by their ``valueFrom``, or a function that gives the
            value for one.
        docker_endpoints: URLs of AWS services for containers, by the variable that names them, such
            as ``AWS_ENDPOINT_URL_S3``; besides those of this process's environment. This machine's
            loopback addresses are made reachable.
        swarm_nodes: Which nodes of the swarm stand for a compute environment: the labels that a node
            must have (``node.labels.…``), by patterns of names: ``{"spot-*": {"pool": "spot"}}``. The
            first pattern that matches holds; the tasks of other environments go to any node.
        latency_scale: Factor for the stages that nobody scripts: the scheduler's looks, the start and
            the stop of containers. Small for a person who watches; what a test says stays as said.
        resource_latency: None: resources are VALID at once. A duration: that long in CREATING,
            UPDATING and DELETING, as in reality.
        stale_reads: None: every read shows how things are. A duration: lists, descriptions of
            resources, queue snapshots, figures of consumable resources and the counts of an
            array's children show how things were that long ago, as in reality.
        virtual_sleep: Which sleeps pass virtual time instead of wall time: ``"polling"`` (the
            sleep that follows a Batch call of the same thread or task), ``"all"``, ``"off"``.
        stall_after: How many times the same questions may be asked, with nothing left that could
            happen, before `StalledError` is raised.
        autojump_batching: Whether one jump of the clock goes on until about one fiftieth of what
            is alive has changed (large arrays need few polls), or stops at every instant.
        enforce_quotas: Whether account quotas (50 queues, 50 environments, …) are enforced.
        multinode_refused_at: Whether a multi-node job for a queue that has no environment able
            to run it is refused at ``"submit"``, or ``"never"`` (it waits in RUNNABLE, blocked).
        unmanaged: What an unmanaged environment offers besides what the test adds to its cluster:
            nothing (``"empty"``), or whatever its jobs need (``"boundless"``).
        subnet_zones: The availability zone of subnets, by id: ``{"subnet-1": "us-east-1a"}``, or the
            text ``"subnet-1=us-east-1a,subnet-2=us-east-1b"``. Other subnets get a zone that depends
            on their id and the region alone.
    """

    clock: ClockName = "autojump"
    rate: float = 1.0
    start: datetime | float | str | None = None
    seed: int = 0
    region: str = "us-east-1"
    account_id: str = "123456789012"
    default_duration: Duration = 60
    runner: RunnerName = "scripted"
    docker_allow: Sequence[str] = ()
    docker_pull: Literal["missing", "always", "never"] = "missing"
    docker_parallel: int | None = None
    docker_images: Mapping[str, str] = field(default_factory=dict)
    docker_secrets: Mapping[str, str] | Callable[[str], str] | None = None
    docker_endpoints: Mapping[str, str] = field(default_factory=dict)
    swarm_nodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    latency_scale: float = 1.0
    resource_latency: Duration | None = None
    stale_reads: Duration | None = None
    virtual_sleep: VirtualSleep = "polling"
    stall_after: int = 100
    autojump_batching: bool = True
    enforce_quotas: bool = False
    multinode_refused_at: Literal["never", "submit"] = "never"
    report_timeline: bool = False
    unmanaged: Literal["empty", "boundless"] = "empty"
    subnet_zones: Mapping[str, str] | str = ""
    start_ms: int | None = field(init=False, default=None)
    zone_of_subnet: Mapping[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name, (types, wanted) in _TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
                raise MockUsageError(f"{name}={value!r}: give {wanted}.")
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                choices = ", ".join(repr(choice) for choice in allowed)
                raise MockUsageError(f"{name}={getattr(self, name)!r}: choose one of {choices}.")
        if not 0 < self.rate <= _FASTEST:
            raise MockUsageError(f"rate={self.rate!r}: it must be above zero and at most {_FASTEST:,}.")
        if not 0 < self.latency_scale < float("inf"):
            raise MockUsageError(f"latency_scale={self.latency_scale!r}: it must be above zero.")
        if self.stall_after < 2:
            raise MockUsageError(f"stall_after={self.stall_after!r}: it must be at least 2.")
        if not _REGION.fullmatch(self.region):
            raise MockUsageError(f"region={self.region!r}: give a Region such as 'us-east-1'.")
        if not _ACCOUNT.fullmatch(self.account_id):
            raise MockUsageError(f"account_id={self.account_id!r}: an account has 12 digits.")
        self._check_docker()
        self._check_swarm()
        for name in ("default_duration", "resource_latency", "stale_reads"):
            self._check_duration(name)
        object.__setattr__(self, "start_ms", _epoch_ms(self.start))
        object.__setattr__(self, "zone_of_subnet", _zones(self.subnet_zones))

    def _check_duration(self, name: str) -> None:
        value = getattr(self, name)
        if value is not None or name == "default_duration":
            try:
                to_ms(value)
            except MockUsageError as error:
                raise MockUsageError(f"{name}: {error}") from None

    def _check_docker(self) -> None:
        allowed = self.docker_allow
        if (
            not isinstance(allowed, Collection)
            or isinstance(allowed, str)
            or not all(
                isinstance(it, str) and (it in DOCKER_ALLOW or it.startswith("/")) for it in allowed
            )
        ):
            known = ", ".join(map(repr, DOCKER_ALLOW))
            raise MockUsageError(
                f"docker_allow={allowed!r}: give a list of these: {known}, or absolute paths of folders."
            )
        if self.docker_parallel is not None and (
            not isinstance(self.docker_parallel, int)
            or isinstance(self.docker_parallel, bool)
            or self.docker_parallel < 1
        ):
            raise MockUsageError(f"docker_parallel={self.docker_parallel!r}: give a number from 1.")
        for name in ("docker_images", "docker_endpoints"):
            value = getattr(self, name)
            if not isinstance(value, Mapping) or not all(
                isinstance(text, str) for pair in value.items() for text in pair
            ):
                raise MockUsageError(f"{name}={value!r}: give a mapping of texts.")
        for name in self.docker_endpoints:
            if not name.startswith("AWS_ENDPOINT_URL"):
                raise MockUsageError(
                    f"docker_endpoints: {name!r} is no variable such as 'AWS_ENDPOINT_URL_S3'."
                )
        secrets = self.docker_secrets
        if isinstance(secrets, Mapping):
            wrong = not all(isinstance(text, str) for pair in secrets.items() for text in pair)
        else:
            wrong = secrets is not None and not callable(secrets)
        if wrong:
            raise MockUsageError(
                "docker_secrets: give a mapping from valueFrom to value (texts), or a function of it."
            )

    def _check_swarm(self) -> None:
        nodes = self.swarm_nodes
        if not isinstance(nodes, Mapping) or not all(
            isinstance(name, str)
            and isinstance(labels, Mapping)
            and all(isinstance(text, str) and text for pair in labels.items() for text in pair)
            for name, labels in nodes.items()
        ):
            raise MockUsageError(
                f"swarm_nodes={nodes!r}: give a mapping from compute environments to labels of nodes, "
                "such as {'spot-ce': {'pool': 'spot'}}."
            )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names a user may give."""
        return tuple(f.name for f in fields(cls) if f.init)

    @classmethod
    def of(cls, **given: Any) -> Options:
        """Build options from keywords; an unknown name gets an error that lists the known ones."""
        unknown = sorted(set(given) - set(cls.names()))
        if unknown:
            from difflib import get_close_matches  # not with the plugin: it costs a millisecond

            near = get_close_matches(unknown[0], cls.names(), n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise MockUsageError(
                f"Unknown option {', '.join(unknown)}.{meant} Options are: {', '.join(cls.names())}."
            )
        return cls(**given)

    def but(self, **changes: Any) -> Options:
        """The same options with some changed."""
        return replace(self, **changes)


def _zones(given: Any) -> dict[str, str]:
    pairs: list[tuple[Any, Any]] = [("", "")]
    if isinstance(given, str):
        entries = [entry.partition("=") for entry in given.split(",") if entry.strip()]
        pairs = [(subnet.strip(), zone.strip()) for subnet, _, zone in entries]
    elif isinstance(given, Mapping):
        pairs = list(given.items())
    if not all(isinstance(text, str) and _NAME.fullmatch(text) for pair in pairs for text in pair):
        raise MockUsageError(
            f"subnet_zones={given!r}: give a mapping of subnet ids to zones, or a text such as "
            "'subnet-1=us-east-1a,subnet-2=us-east-1b'."
        )
    return dict(pairs)


def _epoch_ms(start: datetime | float | str | None) -> int | None:
    if start is None:
        return None
    if isinstance(start, str):
        try:
            start = datetime.fromisoformat(start)
        except ValueError as error:
            raise MockUsageError(f"start={start!r} is no ISO 8601 date and time.") from error
    if isinstance(start, bool) or not isinstance(start, (int, float, datetime)):
        raise MockUsageError(
            f"start={start!r}: give a datetime, seconds since the epoch, an ISO 8601 text, or None."
        )
    if isinstance(start, datetime):
        if start.tzinfo is None:
            start = start.replace(tzinfo=timezone.utc)
        return round(start.timestamp() * 1000)
    if not _YEAR_1 <= start < YEAR_9000:
        raise MockUsageError(f"start={start!r}: give seconds since the epoch, of a year up to 8999.")
    return round(start * 1000)
