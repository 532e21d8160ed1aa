"""Multi-node parallel jobs: the parent is placed as one gang, the main node first, and ends the job.

The parent's status is the main node's. The nodes are there from the submit on (``id#N``) and go
with the parent until the main node runs; then the others are launched in random (seeded) order.
A node that ends before the main node affects nobody; when the main node ends, the others are
stopped and take over its final status (inferred).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_batchmock.domain.containers import parts_of
from pytest_batchmock.domain.ids import keyed_fraction
from pytest_batchmock.domain.instance import ENDED
from pytest_batchmock.domain.job import TERMINATED, Attempt, Job
from pytest_batchmock.domain.status import SUCCEEDED, TERMINAL
from pytest_batchmock.engine import latency, live
from pytest_batchmock.engine.event_queue import USER
from pytest_batchmock.engine.families import containers
from pytest_batchmock.engine.live import LiveWork
from pytest_batchmock.engine.logs import ONLY_CONTAINER
from pytest_batchmock.runners.containers import STOPPED_EXIT_CODE
from pytest_batchmock.runners.outcomes import Ending, Place, host_terminated

if TYPE_CHECKING:
    from pytest_batchmock.engine.engine import Engine

_TOGETHER = frozenset({"submit", "wait_for_dependencies", "become_ready", "dependencies_met"})
_MAIN_TOO = frozenset({"place", "container_started"})


def make_nodes(engine: Engine, parent: Job) -> None:
    """Make the records of the nodes."""
    parent.children = [
        Job(
            engine.next_key(),
            f"{parent.id}#{index}",
            parent.name,
            parent.spec,
            engine.now_ms,
            parent=parent,
            index=index,
        )
        for index in range(parent.spec.num_nodes)
    ]


def follow(engine: Engine, parent: Job, trigger: str) -> None:
    """The parent has moved by `trigger`: so do its nodes."""
    nodes = parent.children or []
    main = nodes[parent.spec.main_node]
    if trigger in _TOGETHER:
        for node in nodes:
            engine.fire(node, trigger)
    elif trigger in _MAIN_TOO:
        engine.fire(main, trigger)
        main.attempt, main.started_at_ms = parent.attempt, parent.started_at_ms
        if trigger == "container_started":
            _launch_others(engine, parent)
    elif trigger == "retry":
        for node in nodes:
            _close(engine, node, main, parent)
            if node.flags:  # the wish to end the node was about the attempt that is over
                node.flags, node.asked_reason = 0, None
                engine.notifications.withdraw(node)
            node.stopped_at_ms = None
            if node.status != parent.status:
                engine.fire(node, "retry")
    elif parent.status in TERMINAL:
        for node in nodes:
            _end_with(engine, node, main, parent)


def _launch_others(engine: Engine, parent: Job) -> None:
    others = [node for node in parent.children or () if node.index != parent.spec.main_node]
    others.sort(
        key=lambda node: keyed_fraction(engine.seed, "launch", f"{node.id}/{len(parent.attempts)}")
    )
    for position, node in enumerate(others, start=1):
        number = len(parent.attempts) + 1
        engine.after(engine.stage_ms(position * latency.LAUNCH_NODE_MS), "node_launches", node, number)


def launches(engine: Engine, node: Job, data: Any) -> None:
    """A child node begins to start."""
    current = node.parent.attempt if node.parent is not None else None
    if current is None or current.number != data or current.started_at_ms is None:
        return  # planned for an attempt of the parent that has ended meanwhile
    gang = node.parent.gang if node.parent is not None else None
    if gang is None:
        raise AssertionError(f"{node!r} is launched, but its job has no instances.")
    if node.flags:
        node.stopped_at_ms = engine.now_ms
        engine.fire(node, "end", node.asked_reason)  # the user was faster
        return
    instance = gang[node.index or 0]
    instance_id = instance.id
    node.attempt = Attempt(
        current.number,
        environment=current.environment,
        instance=instance,
        starting_at_ms=engine.now_ms,
    )
    parts = parts_of(node)
    outcome = engine.planner(node, current.number)
    place = _place_of(node, instance_id)
    if parts.is_single and outcome.runner is not None:
        live.check(outcome, place)
        node.attempt.work = LiveWork(outcome, place)
    elif not parts.is_single:
        work = containers.work_for(engine, node, parts, current.number, outcome, place)
        engine.logs.plan(node, current.number, work.script.outcomes)
        node.attempt.work = work
    engine.fire(node, "place")
    if instance.status == ENDED:
        # It was lost before the node got to it.
        lost = Ending(host_terminated(instance_id))
        engine.after(engine.stage_ms(latency.LAUNCH_NODE_MS), "node_ends", node, lost)
    elif isinstance(node.attempt.work, LiveWork):
        engine.after(engine.stage_ms(latency.START_LIVE_MS), "live_begins", node)
    elif not parts.is_single:
        containers.begin(engine, node)
    elif outcome.while_starting:
        # A stage that takes no time could not be seen by polling.
        pull_ms = engine.stage_ms(latency.PULL_MS)
        delay = pull_ms if outcome.after_ms is None else max(outcome.after_ms, 1)
        engine.after(delay, "node_ends", node, outcome.ending(place))
    else:
        engine.after(engine.stage_ms(latency.START_EC2_MS), "node_starts", node)


def _place_of(node: Job, instance_id: str | None) -> Place:
    image = str(parts_of(node).container.get("image", ""))
    return Place(node.name, image, is_spot=False, is_fargate=False, instance_id=instance_id)


def starts(engine: Engine, node: Job, data: Any) -> None:
    """The container of a child node runs: until the main node ends, or as the test planned."""
    attempt = runs(engine, node)
    outcome = engine.planner(node, attempt.number)
    engine.logs.plan(node, attempt.number, {ONLY_CONTAINER: outcome})
    if outcome.hangs:
        return
    if outcome.call is not None:
        engine.hand_out(node, outcome)
        return
    # Half of what the main node takes that nobody timed, or the node would be stopped before its end.
    delay = engine.default_duration_ms // 2 if outcome.after_ms is None else outcome.after_ms
    place = _place_of(node, attempt.instance_id)
    engine.after(delay, "node_ends", node, outcome.ending(place))


def runs(engine: Engine, node: Job) -> Attempt:
    """The container of a child node runs."""
    attempt = node.attempt
    if attempt is None:
        raise AssertionError(f"{node!r} starts without an attempt.")
    attempt.started_at_ms = node.started_at_ms = engine.now_ms
    engine.fire(node, "container_started")
    return attempt


def ends(engine: Engine, node: Job, ending: Ending) -> None:
    """A child node ended before the main node: nobody else is affected."""
    if node.flags & TERMINATED:
        ending = ending._replace(status_reason=node.asked_reason or "")
    _finish(engine, node, ending)
    engine.fire(node, _trigger(ending), ending.status_reason or None)


def stopped(engine: Engine, node: Job, data: Any) -> None:
    """The container of a child node has stopped because the user terminated the node."""
    ends(engine, node, _ending_for_user(node))


def _ending_for_user(node: Job) -> Ending:
    ran = node.attempt is not None and node.attempt.started_at_ms is not None
    return Ending(node.asked_reason or "", STOPPED_EXIT_CODE if ran else None)


def still_stop(engine: Engine, node: Job) -> None:
    """A child node runs, though the user wished to end it while it was starting."""
    if node.flags & TERMINATED and not live.terminate(engine, node):
        engine.after(engine.stage_ms(latency.STOP_MS), "node_stopped", node, priority=USER)


def _close(engine: Engine, node: Job, main: Job, parent: Job) -> None:
    """List the attempt of a node that ended with the parent's."""
    if node is main:
        node.attempts, node.attempt = parent.attempts, None
        node.stopped_at_ms = engine.now_ms
    elif node.attempt is not None:
        last = parent.attempts[-1]
        ending = Ending(last.status_reason or "", last.exit_code)
        if node.flags & TERMINATED:  # it was about to stop for the user
            ending = _ending_for_user(node)
        _finish(engine, node, ending)


def _end_with(engine: Engine, node: Job, main: Job, parent: Job) -> None:
    _close(engine, node, main, parent)
    if node.status in TERMINAL:
        return
    node.stopped_at_ms = engine.now_ms
    if node.flags:
        engine.fire(node, "end", node.asked_reason)
    else:
        engine.fire(node, "end_well" if parent.status == SUCCEEDED else "end", parent.status_reason)


def _finish(engine: Engine, node: Job, ending: Ending) -> None:
    attempt = node.attempt
    if attempt is None:
        raise AssertionError(f"{node!r} ends without an attempt.")
    attempt.status_reason, attempt.exit_code, attempt.reason = ending
    attempt.stopped_at_ms = node.stopped_at_ms = engine.now_ms
    live.leave(engine, node, attempt)
    attempt.work = containers.close(engine, attempt)
    node.attempts = (*node.attempts, attempt)
    node.attempt = None


def _trigger(ending: Ending) -> str:
    return "end_well" if ending.exit_code == 0 else "end"
