"""One world: an engine that is driven, and what may be asked of it.

API calls, calls of CloudWatch Logs and the questions of the test come through the gate of `driving`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from zlib import crc32

from pytest_batchmock.api import again
from pytest_batchmock.api.accepted import AcceptedSubmits
from pytest_batchmock.api.call import Call
from pytest_batchmock.api.dispatch import dispatch, is_read
from pytest_batchmock.api.log_streams import LogStreams
from pytest_batchmock.api.logs_operations import LogsCall
from pytest_batchmock.api.stale_reads import STALE, StaleReads
from pytest_batchmock.api.views.event import event, notices
from pytest_batchmock.domain.ids import uuid_stream
from pytest_batchmock.domain.job import Job
from pytest_batchmock.driving import Driver
from pytest_batchmock.durations import to_ms
from pytest_batchmock.engine.engine import Planner
from pytest_batchmock.engine.notifications import Told
from pytest_batchmock.engine.questions import Key, Question, Questions
from pytest_batchmock.errors import BatchError, MockUsageError, StalledError
from pytest_batchmock.observe.explain import explain
from pytest_batchmock.observe.stall import stall_text, waits_for_something
from pytest_batchmock.options import Options
from pytest_batchmock.replaying import Replayed
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.calls import CallLog
from pytest_batchmock.transports.faults import Fault, FaultPlan

# A manual clock may be moved by another thread, and what has ended may be looked at for a long while:
# there, "stalled" is said this many times later.
_SLOW_PATIENCE = 100

_NOT_STATE = frozenset({"options", "planner"})
"""What an engine is given."""


class _Outcome:
    """Takes what comes of a call, instead of a journal."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def write(self, kind: str, driver: Driver, body: Any, outcome: str = "") -> None:
        """A call was answered."""
        if kind == "call":
            self._told.append(outcome)

    def moved(self, driver: Driver) -> None:
        """Not while it is replayed."""


class World(Replayed):
    """The state of one mock, and the only door to it."""

    def __init__(
        self,
        options: Options,
        planner: Planner,
        owner: Any = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(options, planner, monotonic)
        self.owner = owner  # the BatchMock that made it: what "the active one" means to a test
        self.faults = FaultPlan(options.seed, self._lock)
        self.calls = CallLog()
        self.waits: dict[str, float] = {}
        self._questions = Questions()
        self._done = 0  # calls that did something
        self._patience = options.stall_after
        self._request_ids = uuid_stream(options.seed, "request")
        self._accepted = AcceptedSubmits()
        lag_ms = None if options.stale_reads is None else to_ms(options.stale_reads)
        self._stale = StaleReads(lag_ms) if lag_ms else None
        self.log_streams = LogStreams(self.engine)

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
                question = self._question(context, operation, params)
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
                self._accepted,
                context.body,
            )
            try:
                answer = self._dispatch(call, context)
            except BatchError as error:
                error.request_id = request_id
                self.calls.note((engine.now_ms, operation, params, error.code))
                raise
            self.calls.note((engine.now_ms, operation, params, None))
            if question is None:
                self._done += 1
            elif question.repeats_in(engine.changes + self._done) > self._patience:
                self._notice_stall(question, answer)
            if engine.outbox:
                self._hear_outbox()
            return request_id, answer

    def again(
        self, account: str, region: str, operation: str, body: bytes, answer: dict[str, Any]
    ) -> str | None:
        """Answer a call that needs no look at all of it: its request id.

        It is a submit like one that was accepted, or asks for jobs and no more. None if `call` has to
        answer it.

        Args:
            account: 12 digits.
            region: A region name.
            operation: As the API spells it.
            body: All of the request, as botocore wrote it after it had checked the parameters.
            answer: Is given the members of the output shape.

        Raises:
            StalledError: As of `call`.
        """
        self._lock.acquire()
        try:  # and no "with", which costs twice as much
            engine = self.engine
            if self._runs.inbox or engine.live or self._live or self._follows_the_wall:
                self._keep_time()  # asked here already: mostly nothing but the test moves time
            if operation == "DescribeJobs":
                key = (account, region, operation, body)
                question = self._questions.known.get(key) or self._new_question(key)
                if question.jobs is None:
                    return None
                if self.clock.jumps_for(question):
                    self._jump()
                    self.clock.jumps_for(question)
                answer["jobs"] = again.details(engine, question.jobs)
                request_id = next(self._request_ids)
                self.calls.note((engine.now_ms, operation, body, None))
                if question.repeats_in(engine.changes + self._done) > self._patience:
                    self._notice_stall(question, answer)
            elif operation == "SubmitJob":
                if self.recorder is not None or self.is_replaying or self._stale is not None:
                    return None  # somebody looks at what the short way passes by
                state = engine.regions.get((account, region))
                if state is None or not again.submit_job(self._accepted, engine, state, body, answer):
                    return None
                request_id = next(self._request_ids)
                self.calls.note((engine.now_ms, operation, body, None))
                self._done += 1
            else:
                return None
            if engine.outbox:
                self._hear_outbox()
            return request_id
        finally:
            self._lock.release()

    def _hear_outbox(self) -> None:
        """Whoever subscribed hears of what a call did before the caller goes on."""
        if not self.is_replaying and threading.get_ident() not in self._live:
            self._run_outbox()

    def _dispatch(self, call: Call, context: CallContext) -> dict[str, Any]:
        if self.is_replaying and self.recorder is None and not is_read(call.operation):
            raise MockUsageError("A command's own calls are inputs of their own, and come next.")
        if self.recorder is None or is_read(call.operation):
            return self._dispatch_now(call, context.validated)
        asked = [context.account, context.region, call.operation, deepcopy(call.params)]
        outcome = ""
        try:
            answer = self._dispatch_now(call, context.validated)
            outcome = f"{crc32(repr(answer).encode('utf-8', 'replace')):08x}"
            return answer
        except BatchError as error:
            outcome = error.code
            raise
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            self.recorder.write("call", self, asked, outcome)

    def state(self) -> dict[str, Any]:
        """All that decides what comes next, besides options and rules; not to be changed."""
        return {
            "engine": {
                name: value for name, value in vars(self.engine).items() if name not in _NOT_STATE
            },
            "steps": self.steps,
            "rate": self.rate,
            "starts": self._starts,
            "mistakes": self.mistakes,
            "faults": self.faults.state(),
            "delivery": (self.delivery.duplicate, self.delivery.reorder),
            "stale": None if self._stale is None else self._stale.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Be as the world was that had this `state`; start nothing that it had begun or was to begin.

        Raises:
            ValueError: It is the state of something else.
        """
        if vars(self.engine).keys() - _NOT_STATE != state["engine"].keys():
            raise ValueError("The engine of this version has another state.")
        vars(self.engine).update(state["engine"])
        self._questions = Questions()
        self.steps, self._starts = state["steps"], state["starts"]
        self.rate = state["rate"]
        self.mistakes = state["mistakes"]
        self.faults.restore(state["faults"])
        self.delivery.duplicate, self.delivery.reorder = state["delivery"]
        if self._stale is not None:
            self._stale.restore(state["stale"])
        self.collect_starts()

    def replay_call(self, asked: list[Any]) -> str:
        """Answer a recorded call again: what came of it, as it was recorded."""
        account, region, operation, params = asked
        outcome: list[str] = []
        self.recorder, kept = _Outcome(outcome), self.recorder
        try:
            self.call(CallContext(account, region, validated=False), operation, params)
        except Exception:  # the first caller was told; what came of it is compared
            pass
        finally:
            self.recorder = kept
        self.collect_starts()
        return outcome[0] if outcome else ""

    def _dispatch_now(self, call: Call, validated: bool) -> dict[str, Any]:
        stale = self._stale
        if stale is None:
            return dispatch(call, validated=validated)
        if call.operation not in STALE:
            answer = dispatch(call, validated=validated)
            stale.note(self.engine)
            return answer
        answer = dispatch(stale.lagging(call), validated=validated)
        if call.operation == "DescribeJobs":
            stale.count_children(call, answer)
        return answer

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
            question = self._question(context, operation, params)
            if self.clock.jumps_for(question):
                self._jump_to_line(call.next_line_ms())
                self.clock.jumps_for(question)
            request_id = next(self._request_ids)
            if call.next_line_ms() is not None:
                self._done += 1
            if question.repeats_in(self.engine.changes + self._done) > self._patience:
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
            self.calls.note((self.engine.now_ms, operation, params, fault.error, fault.kind))
            return next(self._request_ids)

    def waited(self, seconds: float, where: str) -> None:
        """The program spent wall time between two calls at `where`: one hint is made of it."""
        self.waits[where] = self.waits.get(where, 0.0) + seconds

    def _step(self, until_ms: int) -> bool:
        try:
            return super()._step(until_ms)
        finally:
            if self._stale is not None:
                self._stale.note(self.engine)

    def _jump(self) -> None:
        """Move to where something has changed, or where a read that lags behind shows a change."""
        shows_ms = None if self._stale is None else self._stale.shows_more_at(self.engine)
        if shows_ms is not None and not self._is_held():
            change_ms = self.engine.queue.peek_foreground()
            if change_ms is None or shows_ms <= change_ms:
                self._done += 1
                self._drive(shows_ms)
                return
        super()._jump()

    def _question(self, context: CallContext, operation: str, params: dict[str, Any]) -> Question:
        key = (context.account, context.region, operation, context.body or repr(params))
        return self._questions.known.get(key) or self._new_question(key)

    def _new_question(self, key: Key) -> Question:
        account, region, operation, asked = key
        question = Question(operation, asked)
        if operation == "DescribeJobs" and isinstance(asked, bytes) and self._stale is None:
            ids = again.plain_ids(asked)
            if ids is not None:
                question.jobs = self.engine.region(account, region), ids
        self._questions.add(key, question, self.clock.instant, self.engine.changes + self._done)
        return question

    def _notice_stall(self, question: Question, answer: dict[str, Any]) -> None:
        """Say so if it is asked without end: it was asked more often than patience allows.

        Raises:
            StalledError: It is.
        """
        engine, count, patience = self.engine, question.count, self._patience
        if self.clock.name == "real" or self._is_held():
            return
        waits = engine.alive > 0 and waits_for_something(question.operation, answer)
        if (not waits or self.clock.name == "manual") and count <= patience * _SLOW_PATIENCE:
            return
        if self.clock.name == "autojump" and engine.queue.peek_foreground() is not None:
            return
        jobs = self._explain(ended=not waits, asked=str(question.asked))
        text = stall_text(question.operation, count, self.clock.name, waits, jobs, self.mistakes)
        raise StalledError(text)

    def jobs(self) -> list[Job]:
        """All jobs that are kept, in the order of submission."""
        with self.gate() as engine:
            found = [job for region in engine.regions.values() for job in region.jobs.values()]
            return sorted(found, key=lambda job: job.key)

    def explain(self, job: Job) -> str:
        """Why a job is where it is, with figures."""
        with self.gate() as engine:
            return explain(job, engine)

    def service_jobs(self) -> list[Job]:
        """All service jobs that are kept, in the order of submission."""
        with self.gate() as engine:
            regions = engine.regions.values()
            found = [job for region in regions for job in region.service_jobs.values()]
            return sorted(found, key=lambda job: job.key)

    def notices(self) -> list[Told]:
        """What EventBridge has been told of all jobs, oldest first."""
        with self.gate() as engine:
            return list(notices(engine))

    def event_of(self, notice: Told) -> dict[str, Any]:
        """The event that tells of a notice."""
        with self.gate() as engine:
            return event(notice, engine.seed)
