"""What EventBridge would be told: every move of a job, every blocked queue, every preemption, and of
EC2 the warnings that Spot Instances get.

Kept as little as can be: the histories of the jobs tell what happened and when, and here is only in
which order the jobs moved, four bytes a move. The events themselves are made when somebody reads
them (api/views/event.py). While somebody listens, each is also put into the outbox.
"""

from __future__ import annotations

from array import array
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Job

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine


MOVED: Final = ""
BLOCKED: Final = "blocked"
PREEMPTION_STARTED: Final = "preemption-started"
PREEMPTION_COMPLETED: Final = "preemption-completed"

MOST_FORMER: Final = 10_000
"""Of how many jobs that are no longer kept the events still are, children and nodes counted."""


class Notice(NamedTuple):
    """One notification.

    Attributes:
        job: Whom it is about.
        move: Which entry of the history, from 0: what it tells is how the job was then.
        flags: The requests to end the job that had been accepted by then.
        reason: Why the job blocks its queue, or is preempted.
        at_ms: Virtual time.
        kind: What it tells of: a move, a blocked queue, or a preemption.
        late: Whether it was held back once already; see `Notifications.hold_back`.
    """

    job: Job
    move: int
    flags: int
    reason: str | None
    at_ms: int
    kind: str = MOVED
    late: bool = False


class SpotWarning(NamedTuple):
    """EC2 warns of the end of a Spot Instance.

    Attributes:
        instance: Which one has its notice.
        at_ms: Virtual time.
        late: As of a `Notice`.
    """

    instance: Instance
    at_ms: int
    late: bool = False


Told = Notice | SpotWarning


class Notifications:
    """The order in which the jobs of all regions moved.

    Attributes:
        moved: The key of a job for each move, in their order: its n-th entry is the job's n-th move.
        besides: The notices of blocked queues and preemptions, and the warnings, each with the number of
            moves before it.
        asked: By the job's key and the flag, how many moves there had been when the request to end
            the job was accepted.
        withdrawn: By the key of a node, the requests that were about an attempt that is over: the flag,
            and how many moves there had been when it was accepted and when the attempt ended.
        listening: Whether somebody wants to be told.
        former: Jobs that the service no longer keeps, those that vanished last at the end.
    """

    __slots__ = ("_former_records", "asked", "besides", "former", "listening", "moved", "withdrawn")

    def __init__(self) -> None:
        self.moved = array("I")
        self.besides: list[tuple[int, Told]] = []
        self.asked: dict[tuple[int, int], int] = {}
        self.withdrawn: dict[int, list[tuple[int, int, int]]] = {}
        self.listening = False
        self.former: deque[Job] = deque()
        self._former_records = 0

    def outlive(self, job: Job) -> None:
        """The service keeps `job` no longer; what was told of it stays told, up to a bound."""
        former = self.former
        former.append(job)
        records = self._former_records + 1 + len(job.children or ())
        while records > MOST_FORMER and len(former) > 1:
            gone = former.popleft()
            records -= 1 + len(gone.children or ())
            if self.asked or self.withdrawn:
                self._forget_requests(gone)
        self._former_records = records

    def _forget_requests(self, job: Job) -> None:
        for it in (job, *(job.children or ())):
            self.withdrawn.pop(it.key, None)
            self.asked.pop((it.key, CANCELLED), None)
            self.asked.pop((it.key, TERMINATED), None)

    def note_request(self, job: Job, flag: int) -> None:
        """A request to end `job` was accepted."""
        self.asked.setdefault((job.key, flag), len(self.moved))

    def withdraw(self, node: Job) -> None:
        """The requests to end `node` were about an attempt that is over."""
        for flag in (CANCELLED, TERMINATED):
            asked = self.asked.pop((node.key, flag), None)
            if asked is not None:
                self.withdrawn.setdefault(node.key, []).append((flag, asked, len(self.moved)))

    def flags_at(self, job: Job, number: int) -> int:
        """The requests to end `job` that held at move `number` of all."""
        flags = 0
        if job.flags:
            for flag in (CANCELLED, TERMINATED):
                if self.asked.get((job.key, flag), number + 1) <= number:
                    flags |= flag
        for flag, asked, until in self.withdrawn.get(job.key, ()):
            if asked <= number < until:
                flags |= flag
        return flags

    def note_blocked(self, engine: Engine, job: Job, reason: str) -> None:
        """The head of a queue shows why it blocks it."""
        self._note(engine, job, reason, BLOCKED)

    def note_preemption(self, engine: Engine, job: Job, reason: str, kind: str) -> None:
        """The preemption of `job` has started, or is completed."""
        self._note(engine, job, reason, kind)

    def _note(self, engine: Engine, job: Job, reason: str, kind: str) -> None:
        move = len(job.history) // 2 - 1
        self._tell_besides(engine, Notice(job, move, job.flags, reason, engine.now_ms, kind))

    def note_warning(self, engine: Engine, instance: Instance) -> None:
        """EC2 warns that `instance` will be interrupted."""
        self._tell_besides(engine, SpotWarning(instance, engine.now_ms))

    def _tell_besides(self, engine: Engine, told: Told) -> None:
        self.besides.append((len(self.moved), told))
        if self.listening:
            engine.outbox.append(told)

    def tell(self, engine: Engine, job: Job) -> None:
        """Somebody listens, and `job` has moved; the submit is not told (user guide)."""
        index = len(job.history) // 2 - 1
        if index:
            engine.outbox.append(Notice(job, index, job.flags, None, engine.now_ms))

    def hold_back(self, engine: Engine, notice: Told, delay_ms: int) -> None:
        """Deliver `notice` (again) later."""
        engine.queue.push(engine.now_ms + delay_ms, "notice_arrives", notice._replace(late=True), None)


def arrives(engine: Engine, notice: Told, data: object) -> None:
    """A notice that was held back is delivered."""
    engine.outbox.append(notice)
