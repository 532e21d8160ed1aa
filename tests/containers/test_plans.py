"""What holds for every plan of a task or a pod, whatever the containers and their outcomes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_batchmock import cannot_pull, fails, hangs, host_lost, succeeds
from pytest_batchmock.domain.containers import Container
from pytest_batchmock.runners.containers import Course, Plan, Script, Stages, cut_short, plan_task
from pytest_batchmock.runners.outcomes import Place
from pytest_batchmock.runners.pods import plan_pod

STAGES = Stages(start_ms=10_000, pull_ms=5_000, helper_ms=5_000, default_ms=60_000)
PLACE = Place("x", "", is_spot=False, is_fargate=False, instance_id="i-0123456789abcdef0")

after = st.sampled_from([None, "1s", "1m", "10m"])
outcomes = st.one_of(
    st.builds(succeeds, after=after),
    st.builds(fails, exit_code=st.integers(1, 3), after=after),
    st.just(hangs()),
    st.builds(cannot_pull, after=after),
)
hosts = st.one_of(st.none(), st.builds(host_lost, after=after, while_starting=st.booleans()))


def a_container(name: str, **members: object) -> Container:
    made: dict[str, object] = {
        "is_init": False,
        "essential": True,
        "waits_for": (),
        "start_timeout_ms": None,
        "defined": {"image": name},
        "overriding": {},
        **members,
    }
    return Container(name, **made)  # type: ignore[arg-type]


@st.composite
def tasks(draw: st.DrawFn) -> Script:
    """A task without cycles: a container waits for later ones only, never for an essential one's end."""
    count = draw(st.integers(1, 5))
    essential = [draw(st.booleans()) for _ in range(count)]
    essential[draw(st.integers(0, count - 1))] = True
    containers = []
    for at in range(count):
        waits = []
        for other in range(at + 1, count):
            conditions = ["START"] if essential[other] else ["START", "COMPLETE", "SUCCESS"]
            condition = draw(st.sampled_from([None, None, *conditions]))
            if condition is not None:
                waits.append((f"c{other}", condition))
        limit = draw(st.sampled_from([None, None, 30_000]))
        containers.append(
            a_container(
                f"c{at}", essential=essential[at], waits_for=tuple(waits), start_timeout_ms=limit
            )
        )
    return _script(draw, containers, essential.index(True))


@st.composite
def pods(draw: st.DrawFn) -> Script:
    inits = draw(st.integers(0, 3))
    count = inits + draw(st.integers(1, 3))
    return _script(draw, [a_container(f"c{at}", is_init=at < inits) for at in range(count)], inits)


def _script(draw: st.DrawFn, containers: list[Container], main: int) -> Script:
    said = {entry.name: draw(outcomes) for entry in containers if draw(st.booleans())}
    said.setdefault(containers[main].name, draw(outcomes))
    return Script(containers, said, draw(hosts), PLACE, STAGES)


def check(script: Script, plan: Plan) -> None:
    assert len(plan.courses) == len(script.containers)
    assert (plan.ends_ms is None) == (plan.ending is None)
    for course in plan.courses:
        if course.started_ms is not None and course.stopped_ms is not None:
            assert STAGES.start_ms <= course.started_ms <= course.stopped_ms
        if course.exit_code is not None:
            assert course.started_ms is not None
            assert course.stopped_ms is not None
    if plan.ends_ms is None or plan.ending is None:
        return
    assert all((course.stopped_ms or 0) <= plan.ends_ms for course in plan.courses)
    assert all(it.stopped_ms is not None for it in plan.courses if it.started_ms is not None)
    if plan.running_ms is None:
        assert plan.ending.exit_code != 0
    counting = [
        course for entry, course in zip(script.containers, plan.courses, strict=True) if entry.essential
    ]
    assert (plan.ending.exit_code == 0) == all(course.exit_code == 0 for course in counting)


@settings(max_examples=400, deadline=None)
@given(tasks())
def test_a_task_succeeds_if_and_only_if_its_essential_containers_exit_with_0(script):
    plan = plan_task(script)
    check(script, plan)
    if plan.running_ms is not None:
        for entry, course in zip(script.containers, plan.courses, strict=True):
            if entry.essential:
                assert course.started_ms is not None
                assert course.started_ms <= plan.running_ms


@settings(max_examples=400, deadline=None)
@given(pods())
def test_a_pod_succeeds_if_and_only_if_all_its_containers_exit_with_0(script):
    plan = plan_pod(script)
    check(script, plan)
    before: Course | None = None
    for entry, course in zip(script.containers, plan.courses, strict=True):
        if course.started_ms is not None and before is not None:
            assert before.exit_code == 0
            assert (before.stopped_ms or 0) <= course.started_ms
        if entry.is_init:
            before = course


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(tasks().map(lambda it: (it, plan_task(it))), pods().map(lambda it: (it, plan_pod(it)))),
    st.integers(0, 700_000),
)
def test_what_is_seen_of_a_plan_at_a_time_never_changes_later(made, at_ms):
    script, plan = made
    seen = [course.as_of(at_ms) for course in plan.courses]
    later = [course.as_of(at_ms + 60_000) for course in plan.courses]
    for now, then in zip(seen, later, strict=True):
        if now.stopped_ms is not None:
            assert now == then
        if now.started_ms is not None:
            assert then.started_ms == now.started_ms
    for course in cut_short(script.containers, plan.courses, at_ms, 137):
        assert course.started_ms is None or course.started_ms <= at_ms
        assert course.started_ms is None or course.stopped_ms is not None
