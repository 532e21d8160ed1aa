"""One world: engine, dispatcher and clock behind THE gate.

Everything that enters goes through the gate: API calls, the test's commands to the clock, virtual
sleeps. It locks, lets time be where it ought to be, does what was asked, and runs the outbox. The
outbox holds foreign code (a test's callables); it runs in the driving thread between two instants
with the lock released, so that a callable may itself call Batch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, NamedTuple

from pytest_batchmock.api.call import Call
from pytest_batchmock.api.dispatch import dispatch, is_read
from pytest_batchmock.api.kept import Kept
from pytest_batchmock.api.log_streams import LogStreams
from pytest_batchmock.api.logs_operations import LogsCall
from pytest_batchmock.api.views.event import event, notices
from pytest_batchmock.domain.ids import uuid_stream
from pytest_batchmock.domain.job import Job
from pytest_batchmock.durations import Duration, to_ms, to_text
from pytest_batchmock.engine import attempts
from pytest_batchmock.engine.clock import AutojumpClock, Clock, ManualClock, RealClock
from pytest_batchmock.engine.engine import Engine, Planner
from pytest_batchmock.engine.notifications import Notice
from pytest_batchmock.errors import BatchError, MockUsageError, StalledError
from pytest_batchmock.observe.delivery import Delivery, HandlerContext
from pytest_batchmock.observe.explain import explain_all
from pytest_batchmock.options import Options
from pytest_batchmock.runners.function import run_callable
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.faults import Fault, FaultKind, FaultPlan

_LIVE_WAIT_SECONDS = 0.05  # how long a question waits for work that another thread does
# A manual clock may be moved by another thread, and what has ended may be looked at for a long while:
# there, "stalled" is said this many times later.
_SLOW_PATIENCE = 100


class CallRecord(NamedTuple):
    """One API call that was answered.

    Attributes:
        at_ms: Virtual time.
        operation: As the API spells it.
        params: As they were sent.
        error: The code of the refusal, or None; of a fault, the code or the name of botocore's
            exception.
        fault: What kind of planned fault hit this attempt, or None.
    """

    at_ms: int
    operation: str
    params: dict[str, Any]
    error: str | None
    fault: FaultKind | None = None


class World:
    """The state of one mock, and the only door to it."""

    def __init__(self, options: Options, planner: Planner, owner: Any = None) -> None:
        self.options = options
        self.owner = owner  # the BatchMock that made it: what "the active one" means to a test
        start_ms = options.start_ms if options.start_ms is not None else int(time.time() * 1000)
        self.engine = Engine(options, start_ms, planner)
        self.clock = _clock(options, start_ms)
        self.faults = FaultPlan(options.seed)
        self.calls: list[CallRecord] = []
        self.mistakes: list[MockUsageError] = []
        self.waits: dict[str, float] = {}
        self._lock = threading.Lock()
        self._reported = threading.Condition(self._lock)
        self._live: dict[int, int] = {}
        self._repeats: dict[Any, int] = {}
        self._changes_seen = 0
        self._request_ids = uuid_stream(options.seed, "request")
        self._kept = Kept()
        self.delivery = Delivery(options.seed)
        self.log_streams = LogStreams(self.engine)

    # Entering

    @contextmanager
    def gate(self) -> Iterator[Engine]:
        """Hold the lock, with time where it ought to be."""
        with self._lock:
            self._keep_time()
            yield self.engine

    def call(
        self, context: CallContext, operation: str, params: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Answer one API call: its request id and the members of the output shape.

        Raises:
            BatchError: The service refuses; the error's ``request_id`` names the request.
            StalledError: The same was asked again and again, and nothing can change any more.
            MockUsageError: The test planned something impossible, or asks what is not modelled.
        """
        with self._lock:
            self._keep_time()
            engine = self.engine
            question = None
            if is_read(operation):
                question = (context.account, context.region, operation, context.body or repr(params))
                if self.clock.jumps_for(question):
                    self._jump()
                    self.clock.jumps_for(question)
            request_id = next(self._request_ids)
            call = Call(
                operation,
                params,
                engine.region(context.account, context.region),
                engine,
                self.options,
                request_id,
                self._kept,
                context.body,
            )
            try:
                answer = dispatch(call, validated=context.validated)
            except BatchError as error:
                error.request_id = request_id
                self.calls.append(CallRecord(engine.now_ms, operation, params, error.code))
                raise
            self.calls.append(CallRecord(engine.now_ms, operation, params, None))
            if question is None:
                self._repeats.clear()
            else:
                self._notice_stall(question, answer)
            if engine.outbox and threading.get_ident() not in self._live:
                self._run_outbox()  # whoever subscribed hears of a cancel before the caller goes on
            return request_id, answer

    def call_logs(
        self, context: CallContext, operation: str, params: dict[str, Any]
    ) -> tuple[str, dict[str, Any]] | None:
        """Answer a call of CloudWatch Logs; None if it is not about the logs of Batch jobs.

        It is a question as those to Batch are: asked twice, it moves an autojump clock.

        Raises:
            BatchError: CloudWatch Logs refuses; the error's ``request_id`` names the request.
            StalledError: The same was asked again and again, and nothing can change any more.
            NotModelledError: The filter pattern is one that this project does not have.
        """
        with self._lock:
            self._keep_time()
            region = self.engine.region(context.account, context.region)
            call = LogsCall.of(self.log_streams, region, operation, params)
            if call is None:
                return None
            question = (context.account, context.region, operation, context.body or repr(params))
            if self.clock.jumps_for(question):
                self._jump_to_line(call.next_line_ms())
                self.clock.jumps_for(question)
            request_id = next(self._request_ids)
            if call.next_line_ms() is not None:
                self._repeats.clear()
            self._notice_stall(question, {})
            try:
                return request_id, call.answer()
            except BatchError as error:
                error.request_id = request_id
                raise

    def faulted(self, operation: str, params: dict[str, Any], fault: Fault) -> str:
        """A planned fault hit an attempt of a call: log it, and give its request id."""
        with self._lock:
            self._keep_time()
            self.calls.append(CallRecord(self.engine.now_ms, operation, params, fault.error, fault.kind))
            return next(self._request_ids)

    # Time

    @property
    def now_ms(self) -> int:
        """Virtual time in milliseconds since the epoch."""
        with self.gate() as engine:
            return engine.now_ms

    def advance(self, duration: Duration) -> None:
        """Let `duration` pass, with all that happens in it."""
        with self._lock:
            self._keep_time()
            self._drive(self.engine.now_ms + to_ms(duration))

    def advance_to(self, at_ms: int) -> None:
        """Let time be `at_ms`, with all that happens until then.

        Raises:
            MockUsageError: That is in the past.
        """
        with self._lock:
            self._keep_time()
            if at_ms < self.engine.now_ms:
                behind = to_text(self.engine.now_ms - at_ms)
                raise MockUsageError(f"Time cannot go back: that was {behind} ago.")
            self._drive(at_ms)

    def step(self) -> bool:
        """Go to the next instant at which something happens; False if nothing will by itself."""
        with self._lock:
            self._keep_time()
            at_ms = self.engine.queue.peek_foreground()
            if at_ms is None:
                return False
            self._drive(at_ms)
            return True

    def run_until(self, done: Callable[[], bool]) -> None:
        """Go from instant to instant until `done()` holds.

        Raises:
            MockUsageError: Nothing is left that could happen, and it still does not hold.
        """
        while not done():
            if not self.step():
                raise MockUsageError(
                    "run_until: nothing is left that could happen, and the condition does not hold.\n"
                    + self._explain()
                )

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        while self.step():
            pass

    def slept(self, seconds: float) -> None:
        """The program slept: let that much virtual time pass."""
        with self._lock:
            self._keep_time()
            self._drive(self.engine.now_ms + max(round(seconds * 1000), 0))

    def waited(self, seconds: float, where: str) -> None:
        """The program spent wall time between two calls at `where`: one hint is made of it."""
        self.waits[where] = self.waits.get(where, 0.0) + seconds

    # Inside the gate

    def _keep_time(self) -> None:
        due = self.clock.due_ms()
        if due is not None and due > self.engine.now_ms:
            self._drive(due)

    def _drive(self, until_ms: int) -> None:
        engine = self.engine
        self._run_outbox()
        while engine.now_ms <= until_ms and self._step(until_ms):
            self._run_outbox()
        engine.settle(until_ms)
        self.clock.moved(engine.now_ms)

    def _step(self, until_ms: int) -> bool:
        try:
            return self.engine.step(until_ms)
        except MockUsageError as mistake:
            self.mistakes.append(mistake)
            raise

    def _run_outbox(self) -> None:
        engine = self.engine
        while engine.outbox:
            work = engine.outbox.popleft()
            if isinstance(work, Notice):
                self._deliver(work)
            else:
                self._run_live(work)

    def _run_live(self, start: attempts.LiveStart) -> None:
        engine, job = self.engine, start.job
        number = job.attempt.number if job.attempt is not None else 0

        def write(text: str) -> None:
            engine.logs.write(job, number, start.container, engine.now_ms, text)

        with self._outside():
            try:
                exit_code, reason = run_callable(job, start.call, engine.seed, write, start.container)
            except MockUsageError as mistake:
                self.mistakes.append(mistake)
                raise
        attempts.report(engine, start, exit_code, reason)

    def _deliver(self, notice: Notice) -> None:
        """Tell those who subscribed to what has happened."""
        delivery, engine = self.delivery, self.engine
        if not delivery.subscriptions:
            return
        happened = event(notice, engine.seed)
        if not notice.late:
            delay_ms = delivery.delay_ms(happened["id"])
            again_ms = delivery.again_ms(happened["id"])
            if again_ms is not None:
                engine.notifications.hold_back(engine, notice, again_ms)
            if delay_ms is not None:
                engine.notifications.hold_back(engine, notice, delay_ms)
                return
        for subscription in list(delivery.subscriptions):
            if subscription.matches(happened):
                name = getattr(subscription.handler, "__name__", type(subscription.handler).__name__)
                with self._outside():
                    subscription.handler(deepcopy(happened), HandlerContext(name, happened["id"]))

    @contextmanager
    def _outside(self) -> Iterator[None]:
        """Let foreign code run: without the lock, so that it may call Batch."""
        thread = threading.get_ident()
        self._live[thread] = self._live.get(thread, 0) + 1
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
            self._live[thread] -= 1
            if not self._live[thread]:
                del self._live[thread]
            self._reported.notify_all()

    def _others_are_at_work(self) -> bool:
        """Whether another thread runs a callable: what that does cannot be known."""
        here = threading.get_ident()
        return any(thread != here for thread in self._live)

    def _jump(self) -> None:
        """Move to where something has changed: about one fiftieth of what is alive."""
        engine = self.engine
        if self._others_are_at_work():
            # Another thread's callable is at work: time runs at wall speed until it reports.
            self._reported.wait(_LIVE_WAIT_SECONDS)
            self.clock.moved(engine.now_ms)
            return
        enough = max(1, engine.crowd() // 50) if self.options.autojump_batching else 1
        goal = engine.changes + enough
        while engine.changes < goal:
            at_ms = engine.queue.peek_foreground()
            if at_ms is None:
                break
            self._drive(at_ms)
        else:
            return
        at_ms = engine.queue.peek_housekeeping()
        if at_ms is not None and engine.changes < goal:
            self._drive(at_ms)

    def _jump_to_line(self, at_ms: int | None) -> None:
        """Move to where the next line is written, or to where something has changed before that."""
        change_ms = self.engine.queue.peek_foreground()
        if at_ms is None or self._others_are_at_work() or (change_ms is not None and change_ms <= at_ms):
            self._jump()
        else:
            self._drive(at_ms)

    def _notice_stall(self, question: Any, answer: dict[str, Any]) -> None:
        engine = self.engine
        if engine.changes != self._changes_seen:
            self._changes_seen = engine.changes
            self._repeats.clear()
        count = self._repeats[question] = self._repeats.get(question, 0) + 1
        patience = self.options.stall_after
        if count <= patience or self.clock.name == "real" or self._others_are_at_work():
            return
        waits = engine.alive > 0 and _waits_for_something(question[2], answer)
        if (not waits or self.clock.name == "manual") and count <= patience * _SLOW_PATIENCE:
            return
        if self.clock.name == "autojump" and engine.queue.peek_foreground() is not None:
            return
        raise StalledError(self._stall_text(question[2], str(question[3]), count, waits))

    def _stall_text(self, operation: str, asked: str, count: int, waits: bool) -> str:
        advice = "Nothing is left that could happen by itself."
        if self.clock.name == "manual":
            advice = "The clock is manual: only advance() and its kin move it."
        advice += " Jobs that have not ended:" if waits else " What it asks for has ended or is missing."
        text = (
            f"The program polls without end: the same {operation} was asked {count} times, and its "
            f"answer cannot change any more.\n{advice}\n{self._explain(ended=not waits, asked=asked)}"
        )
        if waits and self.clock.name == "autojump":
            text += (
                "\nIf the program has a time limit of its own: time.time() and its kin show wall time. "
                "Patch them to show batchmock.now, and let stall_after exceed the polls until then."
            )
        if self.mistakes:
            text += f"\nAn earlier mistake of the test: {self.mistakes[-1]}"
        return text

    def _explain(self, *, ended: bool = False, asked: str = "") -> str:
        regions = self.engine.regions.values()
        stores = (store for region in regions for store in (region.jobs, region.service_jobs))
        jobs = (job for store in stores for job in store.values())
        return explain_all(jobs, ended=ended, asked=asked)

    def jobs(self) -> list[Job]:
        """All jobs that are kept, in the order of submission."""
        with self.gate() as engine:
            found = [job for region in engine.regions.values() for job in region.jobs.values()]
            return sorted(found, key=lambda job: job.key)

    def notices(self) -> list[Notice]:
        """What EventBridge has been told of all jobs that are kept, oldest first."""
        with self.gate() as engine:
            return list(notices(engine))

    def event_of(self, notice: Notice) -> dict[str, Any]:
        """The event that tells of a notice."""
        with self.gate() as engine:
            return event(notice, engine.seed)


def _waits_for_something(operation: str, answer: dict[str, Any]) -> bool:
    """Whether an answer shows work that is not done: polling an ended job is no stall."""
    if operation != "DescribeJobs":
        return True
    return any(job["status"] not in ("SUCCEEDED", "FAILED") for job in answer["jobs"])


def _clock(options: Options, start_ms: int) -> Clock:
    if options.clock == "manual":
        return ManualClock()
    if options.clock == "real":
        return RealClock(start_ms, options.rate, time.monotonic)
    return AutojumpClock()
