"""The plan of an attempt that is a Kubernetes pod: init containers one by one, then the others.

Every container counts: the job succeeds if all exit with 0 (user guide, multi-container-jobs). The
pod ends when its last container has; nobody is stopped because another ended.
"""

from __future__ import annotations

from typing import Final

from pytest_batchmock.runners.containers import Course, Plan, Script, lose_host
from pytest_batchmock.runners.outcomes import POD_ENDED, TASK_FAILED_TO_START, Ending, Outcome

COMPLETED: Final = "Completed"
"""Public transcript of a job on EKS: the reason of a container that exited with 0."""

ERROR: Final = "Error"
OOM_KILLED: Final = "OOMKilled"
IMAGE_PULL_FAILED: Final = "ImagePullBackOff"
"""The reasons that Kubernetes gives; that Batch passes them on is inferred."""


def plan_pod(script: Script) -> Plan:
    """Tell what becomes of a pod.

    A container of which the test says nothing ends well with the last of those it speaks of, an
    init container after a short time.
    """
    inits = [entry for entry in script.containers if entry.is_init]
    blocked = script.host is not None and script.host.while_starting
    courses, ready_ms = _run_inits(script)
    if ready_ms is None or blocked:
        failed = courses[-1] if courses and courses[-1].stopped_ms is not None else None
        courses += [Course()] * (len(script.containers) - len(courses))
        plan = Plan(tuple(courses), None)
        if failed is not None and failed.exit_code != 0:
            plan = plan._replace(ends_ms=failed.stopped_ms, ending=_ending(failed))
    else:
        unpulled = _unpulled(script, courses, ready_ms if inits else 0)
        plan = unpulled or _run(script, courses, ready_ms)
    return lose_host(script, plan, plan.courses)


def ended(outcome: Outcome) -> tuple[int | None, str | None]:
    """The exit code and the reason of a container with that outcome."""
    if outcome.kind == "out_of_memory":
        return outcome.exit_code, OOM_KILLED
    if outcome.reason is not None:
        return outcome.exit_code, outcome.reason
    return outcome.exit_code, COMPLETED if outcome.exit_code == 0 else ERROR


def _run_inits(script: Script) -> tuple[list[Course], int | None]:
    """The courses of the init containers that are reached, and when the others can start.

    Each must succeed before the next one starts (API model, EksPodProperties.initContainers).
    """
    courses: list[Course] = []
    stages = script.stages
    now_ms = stages.start_ms
    for container in script.containers:
        if not container.is_init:
            break
        outcome = script.outcomes.get(container.name, Outcome("succeeds", exit_code=0))
        if outcome.kind == "cannot_pull":
            begins_ms = now_ms if courses else 0
            failed_ms = begins_ms + script.pull_fails_after(outcome)
            courses.append(Course(None, failed_ms, None, outcome.reason or IMAGE_PULL_FAILED))
            return courses, None
        lasts = script.lasts(outcome, stages.helper_ms)
        if lasts is None:
            courses.append(Course(now_ms))
            return courses, None
        courses.append(Course(now_ms, now_ms + lasts, *ended(outcome)))
        if outcome.exit_code != 0:
            return courses, None
        now_ms += lasts
    return courses, now_ms


def _unpulled(script: Script, inits: list[Course], begins_ms: int) -> Plan | None:
    """The plan of a pod that gets stuck because an image cannot be pulled; None if all can."""
    found: list[Course] = []
    for container in script.containers[len(inits) :]:
        outcome = script.outcomes.get(container.name)
        if outcome is not None and outcome.kind == "cannot_pull":
            failed_ms = begins_ms + script.pull_fails_after(outcome)
            found.append(Course(None, failed_ms, None, outcome.reason or IMAGE_PULL_FAILED))
        else:
            found.append(Course())
    failed = [course for course in found if course.stopped_ms is not None]
    if not failed:
        return None
    first = min(failed, key=lambda course: course.stopped_ms or 0)
    ends_ms = first.stopped_ms or 0
    # The pod is given up with the first image that cannot be pulled: later failures do not come.
    reached = [course if (course.stopped_ms or 0) <= ends_ms else Course() for course in found]
    return Plan((*inits, *reached), None, ends_ms, _ending(first))


def _run(script: Script, inits: list[Course], running_ms: int) -> Plan:
    """The plan of a pod whose containers all start."""
    running: list[Course | None] = []
    for container in script.containers[len(inits) :]:
        outcome = script.outcomes.get(container.name)
        if outcome is None:
            running.append(None)
            continue
        lasts = script.lasts(outcome, script.stages.default_ms)
        if lasts is None:
            running.append(Course(running_ms))
        else:
            running.append(Course(running_ms, running_ms + lasts, *ended(outcome)))
    spoken_of = [course for course in running if course is not None]
    ends = [course.stopped_ms for course in spoken_of if course.stopped_ms is not None]
    if len(ends) < len(spoken_of):
        open_ended = tuple(course or Course(running_ms) for course in running)
        return Plan((*inits, *open_ended), running_ms)
    ends_ms = max(ends)
    follows = Course(running_ms, ends_ms, 0, COMPLETED)
    courses = tuple(course or follows for course in running)
    bad = [course for course in courses if course.exit_code != 0]
    first = min(bad, key=lambda course: course.stopped_ms or 0, default=None)
    ending = Ending(POD_ENDED, 0, COMPLETED) if first is None else _ending(first)
    return Plan((*inits, *courses), running_ms, ends_ms, ending)


def _ending(failed: Course) -> Ending:
    status_reason = POD_ENDED if failed.started_ms is not None else TASK_FAILED_TO_START
    return Ending(status_reason, failed.exit_code, failed.reason)
