"""`batchmock.events`: what EventBridge would be told, and who is told of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_batchmock.api import arns
from pytest_batchmock.arguments import job_id_of
from pytest_batchmock.engine.notifications import Notice
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.observe.delivery import Event, Handler, Subscription
from pytest_batchmock.observe.event_pattern import compile_pattern
from pytest_batchmock.observe.jobs import JobView
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.world import World

Pattern = Mapping[str, Any] | str

_TARGET_MEMBERS: Final = {
    "JobQueue": None,
    "JobDefinition": None,
    "JobName": None,
    "ArrayProperties": "Size",
    "RetryStrategy": "Attempts",
}
"""The members of a rule's BatchParameters, and the one member of those that are objects."""


class Events:
    """The events that Batch has sent to EventBridge, oldest first, and those who hear of new ones.

    Among them are the warnings that EC2 sends when a Spot Instance of a compute environment gets its
    notice (``EC2 Spot Instance Interruption Warning``, source ``aws.ec2``).

    Iterate over it, or take one by its index. They stay when their jobs vanish from Batch, seven
    days of virtual time after their end: of the last 10,000 that did, children and nodes counted.
    Every reading makes fresh ones.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def __iter__(self) -> Iterator[Event]:
        return map(self._world.event_of, self._world.notices())

    def __len__(self) -> int:
        return len(self._world.notices())

    def __getitem__(self, index: int) -> Event:
        return self._world.event_of(self._world.notices()[index])

    def of(self, job: JobView | str) -> list[Event]:
        """The events of one job, given as ``batchmock.jobs`` does or by its id.

        Raises:
            MockUsageError: It is neither.
        """
        wanted = job_id_of("events.of", job, arns.is_job_id)
        told = [
            notice
            for notice in self._world.notices()
            if isinstance(notice, Notice) and notice.job.id == wanted
        ]
        return [self._world.event_of(notice) for notice in told]

    def matching(self, pattern: Pattern) -> list[Event]:
        """The events that match a pattern of EventBridge's.

        Raises:
            MockUsageError: It is none.
        """
        matches = compile_pattern(pattern)
        return [event for event in self if matches(event)]

    def subscribe(self, handler: Handler, pattern: Pattern | None = None) -> Subscription:
        """Call ``handler(event, context)``, as Lambda does, for every event from now on.

        It runs between two instants of virtual time, in the thread that moves the clock, and may
        call Batch. An exception in it goes up to whoever moved the clock.

        Args:
            handler: A function that takes the event and a context.
            pattern: Which events, in EventBridge's pattern language; None is all.

        Raises:
            MockUsageError: The handler is none, or the pattern is not one.
        """
        if not callable(handler) or inspect.iscoroutinefunction(handler):
            raise MockUsageError(
                f"subscribe({handler!r}): give a plain function handler(event, context)."
            )
        subscription = self._world.delivery.add(handler, pattern)
        with self._world.gate() as engine:
            engine.notifications.listening = True
        return subscription

    def start(self, pattern: Pattern, submit: Mapping[str, Any]) -> Subscription:
        """Submit a job for every event that matches, as a rule with Batch as its target does.

        Args:
            pattern: Which events, in EventBridge's pattern language.
            submit: The target: ``JobQueue``, ``JobDefinition``, ``JobName`` and, if wanted,
                ``ArrayProperties={"Size": n}`` and ``RetryStrategy={"Attempts": n}``.

        Raises:
            MockUsageError: The pattern or the target is none; later, to whoever moves the clock:
                Batch refuses the submit.
        """
        request = _request(submit)

        def submit_job(event: Event, context: Any) -> None:
            caller = CallContext(event["account"], event["region"], validated=False)
            try:
                self._world.call(caller, "SubmitJob", dict(request))
            except BatchError as error:
                raise MockUsageError(
                    f"events.start: Batch refuses the job {request['jobName']!r} that the event "
                    f"{event['detail-type']!r} of {event['resources'][0]} starts: "
                    f"{error.text(error.request_id)}"
                ) from error

        return self.subscribe(submit_job, pattern)

    def delivery(self, *, duplicate: float = 0.0, reorder: float = 0.0) -> None:
        """Deliver as EventBridge may: some events twice, some late and so out of order.

        Which ones is a matter of the seed. It concerns those who subscribed, not the list of events.

        Args:
            duplicate: The share that comes a second time, up to 30 seconds later.
            reorder: The share that comes up to 30 seconds late.

        Raises:
            MockUsageError: A share is not between 0 and 1.
        """
        self._world.delivery.plan(duplicate=duplicate, reorder=reorder)

    def to_moto(self, pattern: Pattern | None = None) -> Subscription:
        """Put every event from now on to the default bus of moto's EventBridge.

        Its rules and their targets (queues of SQS, log groups, other buses) get them. moto's mock
        must be active when the events happen.

        Raises:
            MockUsageError: moto is not installed, or the pattern is none; later, to whoever moves
                the clock: moto's mock is not active.
        """
        from pytest_batchmock.transports.moto_events import put_event

        return self.subscribe(put_event, pattern)

    def __repr__(self) -> str:
        return f"<{len(self)} events>"


def _request(submit: Mapping[str, Any]) -> dict[str, Any]:
    """The SubmitJob that a target of a rule asks for."""
    if not isinstance(submit, Mapping):
        raise MockUsageError(f"events.start: submit={submit!r} is no target.")
    unknown = set(submit) - set(_TARGET_MEMBERS)
    missing = {"JobQueue", "JobDefinition", "JobName"} - set(submit)
    if unknown or missing:
        raise MockUsageError(
            f"events.start: a target has {', '.join(_TARGET_MEMBERS)}; "
            + (f"it has no {', '.join(sorted(unknown))}. " if unknown else "")
            + ("JobQueue, JobDefinition and JobName must be given." if missing else "")
        )
    request: dict[str, Any] = {}
    for name, value in submit.items():
        inner = _TARGET_MEMBERS[name]
        if inner is not None:
            if not isinstance(value, Mapping) or set(value) != {inner}:
                raise MockUsageError(f"events.start: {name} is {value!r}; write {{{inner!r}: n}}.")
            value = {inner[0].lower() + inner[1:]: value[inner]}
        request[name[0].lower() + name[1:]] = value
    return request
