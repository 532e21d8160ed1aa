"""Drives one engine through time: the lock, the clock, the inbox of the runners and the outbox.

Everything that enters a world goes through its gate: it locks, lets time be where it ought to be, does
what was asked, and runs the outbox. The outbox holds foreign code (a test's callables); it runs in the
driving thread between two instants with the lock released, so that a callable may itself call Batch.

Here is what moves time and what time brings; what is asked meanwhile is in `world`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import partial
from typing import Any, Final, Protocol

from pytest_batchmock.api.views.event import event
from pytest_batchmock.durations import Duration, to_ms, to_text
from pytest_batchmock.engine import attempts, live
from pytest_batchmock.engine.clock import RealClock, make_clock
from pytest_batchmock.engine.engine import Engine, Planner
from pytest_batchmock.engine.live import LiveEnd, LiveStart, LiveStop
from pytest_batchmock.engine.notifications import Notice, SpotWarning, Told
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.live_runs import LiveRuns
from pytest_batchmock.observe.delivery import Delivery, HandlerContext
from pytest_batchmock.observe.explain import explain_all
from pytest_batchmock.options import YEAR_9000, Options
from pytest_batchmock.runners.function import run_callable
from pytest_batchmock.runners.protocol import RunnerReport


class Recorder(Protocol):
    """Keeps what enters a world, so that it can be played again."""

    def write(self, kind: str, driver: Driver, body: Any, outcome: str = "") -> None:
        """Keep one input, at the instant where the world is."""

    def moved(self, driver: Driver) -> None:
        """Time has moved."""


_LIVE_WAIT_SECONDS: Final = 0.05
"""How long a question waits for work that another thread does."""


SLACK_MS: Final = 1000
"""A real clock that nobody saw move is recorded this often, and goes on that much later."""


class Driver:
    """One engine with its clock, its runs and the lock before them.

    Args:
        options: How the mock behaves.
        planner: Says what happens to attempts.
        monotonic: The wall clock.
    """

    def __init__(
        self, options: Options, planner: Planner, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.options = options
        start_ms = options.start_ms if options.start_ms is not None else int(time.time() * 1000)
        self.engine = Engine(options, start_ms, planner)
        self.clock = make_clock(options, start_ms, monotonic)
        self.rate = options.rate
        self.delivery = Delivery(options.seed)
        self.mistakes: list[MockUsageError] = []
        self._monotonic = monotonic
        self._kept_at = monotonic()
        self._runs = LiveRuns(options, monotonic, self._wake)
        self._keeper: threading.Thread | None = None
        self._lock = threading.RLock()  # so that a command may hold it over all it does
        self.steps = 0
        self.recorder: Recorder | None = None
        self.is_replaying = False
        self._is_held_still = False
        self._starts: dict[int, LiveStart] = {}
        self._reported = threading.Condition(self._lock)
        self._live: dict[int, int] = {}
        self._follows_the_wall = self.clock.name == "real"

    # Entering

    @contextmanager
    def gate(self) -> Iterator[Engine]:
        """Hold the lock, with time where it ought to be."""
        with self._lock:
            self._keep_time()
            yield self.engine

    # Time

    @property
    def now_ms(self) -> int:
        """Virtual time in milliseconds since the epoch."""
        with self.gate() as engine:
            return engine.now_ms

    def advance(self, duration: Duration) -> None:
        """Let `duration` pass, with all that happens in it.

        Raises:
            MockUsageError: It is no duration, or goes beyond what a datetime can hold.
        """
        length_ms = to_ms(duration)
        with self._lock:
            self._keep_time()
            if self.engine.now_ms + length_ms > YEAR_9000 * 1000:
                raise MockUsageError(f"advance({duration!r}): that is beyond the year 9000.")
            self._drive(self.engine.now_ms + length_ms)

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
        """Go to the next instant at which something happens; False if nothing will by itself.

        While something really runs, this waits for it, or for what happens at wall speed before.
        """
        changes = self.engine.changes
        while self._go_on():
            if self.engine.changes != changes or not self.is_held:
                return True
        return False

    def _go_on(self) -> bool:
        """Go to the next instant, or wait a little for what really runs."""
        with self._lock:
            if self.is_replaying:
                return False
            self._keep_time()
            if self._is_held():
                self._wait_a_little()
                return True
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
            if not self._go_on():
                text = "run_until: nothing is left that could happen, and the condition does not hold."
                raise MockUsageError(f"{text}\n{self._explain()}")

    def run_until_idle(self) -> None:
        """Go on until nothing is left that changes a job or a resource by itself."""
        while self._go_on():
            pass

    def slept(self, seconds: float) -> None:
        """The program slept: let that much virtual time pass, at wall speed while something runs."""
        with self._lock:
            self._keep_time()
            until_ms = self.engine.now_ms + max(round(seconds * 1000), 0)
            while self._is_held() and self.engine.now_ms < until_ms:
                self._wait_a_little(until_ms)
            self._drive(max(until_ms, self.engine.now_ms))

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the lock over a whole command: time stands still until the command itself moves it."""
        with self._lock:
            self._keep_time()
            before, self._is_held_still = self._is_held_still, True
            try:
                yield
            finally:
                self._is_held_still = before

    @contextmanager
    def between_inputs(self) -> Iterator[bool]:
        """Hold the lock and move nothing; the value is False in the middle of a command's work."""
        with self._lock:
            yield not (self._is_held_still or self.is_replaying)

    def set_rate(self, rate: float) -> None:
        """Let the real clock go at another rate from now on; 0 pauses it.

        The rate is kept while another clock is in use.
        """
        with self._lock:
            self._keep_time()
            self.rate = rate
            if self.clock.name == "real":  # from here, and not from where it would be by now
                self.clock = RealClock(self.engine.now_ms, rate, self._monotonic)

    @property
    def is_held(self) -> bool:
        """Whether something really runs, so that virtual time goes at wall speed."""
        with self.gate():
            return self._is_held()

    # Inside the gate

    def _keep_time(self, *, waits: bool = False) -> None:
        """Take in what runners have told, each at its time, and let time be where it ought to be.

        If the caller `waits` for what runs, a manual clock moves with it too.
        """
        if self.is_replaying or (self._is_held_still and not waits):
            return
        inbox = self._runs.inbox
        if not (inbox or self.engine.live or self._live or self._follows_the_wall):
            return  # nothing but the test moves time
        while inbox:
            told = inbox.popleft()
            self._pass_wall_time(told.at, waits)
            self._take_in(told.start, told.what)
        self._pass_wall_time(self._monotonic(), waits)
        due = self.clock.due_ms()
        if due is not None and due > self.engine.now_ms:
            self._drive(due)

    def _pass_wall_time(self, at: float, waits: bool) -> None:
        """While something really runs, virtual time goes at wall speed; else this only looks on."""
        passes = self.clock.name == "autojump" or (waits and self.clock.name == "manual")
        if not passes or not self._is_held():
            self._kept_at = at
            return
        passed_ms = int((at - self._kept_at) * 1000)
        if passed_ms > 0:
            self._kept_at += passed_ms / 1000
            self._play(self.engine.now_ms + passed_ms)

    def _keep_real_time(self) -> None:
        """While runners are at work, let the real clock strike though nobody asks anything."""
        with self._lock:
            while self.engine.live:
                self._reported.wait(_LIVE_WAIT_SECONDS)
                with suppress(MockUsageError):  # it is among the mistakes, of which the test is told
                    self._keep_time()
            self._keeper = None

    def _take_in(self, start: LiveStart, what: RunnerReport | str) -> None:
        if isinstance(what, str):
            self._write(start, what)
            return
        if what.phase == "waiting":
            live.waits(start, what.reason)
            return
        if what.phase != "running":
            self._runs.forget(start)
        self._report(start, what)
        self._play(self.engine.now_ms)

    def _report(self, start: LiveStart, told: RunnerReport) -> None:
        if self.recorder is not None:
            self.recorder.write("report", self, [start.number, *told])
        if told.phase != "running":
            self._starts.pop(start.number, None)
        attempts.report(self.engine, start, told)

    def _write(self, start: LiveStart, text: str) -> None:
        if self.recorder is not None:
            self.recorder.write("line", self, [start.number, text])
        number = start.attempt.number if start.attempt is not None else 0
        self.engine.logs.write(start.job, number, start.container, self.engine.now_ms, text)

    def _drive(self, until_ms: int) -> None:
        self._play(until_ms)
        self.clock.moved(self.engine.now_ms)

    def _play(self, until_ms: int) -> None:
        if self.is_replaying:
            return
        engine = self.engine
        self._run_outbox()
        while engine.now_ms <= until_ms and self._step(until_ms):
            self._run_outbox()
        engine.settle(until_ms)
        if self.recorder is not None:
            self.recorder.moved(self)

    def _step(self, until_ms: int) -> bool:
        self.steps += 1
        try:
            if self.engine.step(until_ms):
                return True
            self.steps -= 1
            return False
        except MockUsageError as mistake:
            self.mistakes.append(mistake)
            raise

    def _run_outbox(self) -> None:
        engine = self.engine
        while engine.outbox:
            work = engine.outbox.popleft()
            if isinstance(work, LiveStart) and self.recorder is not None:
                self._starts[work.number] = work
            if isinstance(work, (Notice, SpotWarning)):
                self._deliver(work)
            elif isinstance(work, LiveStop):
                with self._outside():
                    self._runs.stop(work)
            elif isinstance(work, LiveEnd):
                with self._outside():
                    self._runs.end(work)
            elif work.job.attempt is not work.attempt:
                self._starts.pop(work.number, None)
                engine.live.pop(work.number, None)  # the attempt has ended in the same instant
            elif work.outcome.call is not None:
                self._call(work, work.outcome.call)
            else:
                self._start(work)

    def _start(self, start: LiveStart) -> None:
        """Hand a run to its runner, and take in at once that it runs."""
        if self._runs.is_idle:
            self._kept_at = self._monotonic()
        if self.clock.name == "real":
            self._keep()
        try:
            with self._outside():
                self._runs.start(start)
        except MockUsageError as mistake:
            self.mistakes.append(mistake)
            raise
        finally:
            inbox = self._runs.inbox
            while inbox and inbox[0].start is start:
                told = inbox.popleft()
                self._take_in(told.start, told.what)

    def _keep(self) -> None:
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep_real_time, daemon=True)
            self._keeper.start()

    def _call(self, start: LiveStart, call: Callable[[Any], Any]) -> None:
        """Run a callable to its end."""
        try:
            with self._outside():
                exit_code, reason = run_callable(
                    start.job, call, partial(self._write, start), start.container
                )
        except BaseException as error:
            if isinstance(error, MockUsageError):
                self.mistakes.append(error)
            # The test hears of it; its job must not run for ever.
            self._report(start, RunnerReport("ended", 1, f"{type(error).__name__}: {error}"[:255]))
            raise
        self._report(start, RunnerReport("ended", exit_code, reason))

    def _deliver(self, notice: Told) -> None:
        """Tell those who subscribed to what has happened."""
        delivery, engine = self.delivery, self.engine
        if not delivery.subscriptions:
            return
        happened = event(notice, engine.seed)
        if not notice.late and delivery.holds_back(engine, notice, happened["id"]):
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
        if not self._live and not self.engine.live:
            self._kept_at = self._monotonic()
        self._live[thread] = self._live.get(thread, 0) + 1
        # However often this thread has it.
        kept = self._lock._release_save()  # type: ignore[attr-defined]  # what Condition calls
        try:
            yield
        finally:
            self._lock._acquire_restore(kept)  # type: ignore[attr-defined]  # likewise
            self._live[thread] -= 1
            if not self._live[thread]:
                del self._live[thread]
            self._reported.notify_all()

    def _is_held(self) -> bool:
        """Whether something really runs, at a runner or in another thread's callable."""
        here = threading.get_ident()
        return bool(self.engine.live) or any(thread != here for thread in self._live)

    def _wake(self) -> None:
        with self._reported:
            self._reported.notify_all()

    def _wait_a_little(self, until_ms: int | None = None) -> None:
        """Wait for a report, but not beyond the next thing that happens at wall speed."""
        engine = self.engine
        due = [at_ms for at_ms in (engine.queue.peek_foreground(), until_ms) if at_ms is not None]
        left = max(0.001, (min(due) - engine.now_ms) / 1000) if due else _LIVE_WAIT_SECONDS
        if not self._runs.inbox:
            self._reported.wait(min(left, _LIVE_WAIT_SECONDS))
        self._keep_time(waits=True)

    def close(self) -> None:
        """End what really runs; the state stays."""
        self._runs.close()
        with self._lock:
            self.engine.live.clear()

    def _jump(self) -> None:
        """Move to where something has changed: about one fiftieth of what is alive."""
        engine = self.engine
        if self._is_held():
            self._wait_a_little()
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
        if at_ms is None or self._is_held() or (change_ms is not None and change_ms <= at_ms):
            self._jump()
        else:
            self._drive(at_ms)

    def _explain(self, *, ended: bool = False, asked: str = "") -> str:
        regions = self.engine.regions.values()
        stores = (store for region in regions for store in (region.jobs, region.service_jobs))
        jobs = (job for store in stores for job in store.values())
        return explain_all(jobs, self.engine, ended=ended, asked=asked)
