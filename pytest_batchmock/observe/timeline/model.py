"""What a timeline shows, before anybody draws it: rows, crowds and hosts. Pure.

A row is a job with its bars; the children of an array and the nodes of a multi-node job are rows
below that of their parent. Where there would be more bars than anybody can look at, the largest
groups become crowds, which tell how many jobs are in each status over time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from pytest_batchmock.domain.job import CANCELLED, TERMINATED, Attempt, Job
from pytest_batchmock.domain.status import SERVICE_JOB_STATUSES, SUCCEEDED
from pytest_batchmock.observe.timeline.bars import Segment, segments

MOST_BARS: Final = 2000
"""Above that many bars, groups become crowds."""

CROWD_COLUMNS: Final = 120
"""How many moments of a crowd are counted."""

RECLAIMED: Final = "reclaimed"
TIMED_OUT: Final = "timed out"
FAILED: Final = "failed"
PREEMPTED: Final = "preempted"
TERMINATED_MARK: Final = "terminated"
CANCELLED_MARK: Final = "cancelled"

_BEGINNINGS: Final = (
    ("Host EC2", RECLAIMED),
    ("Your Spot Task was interrupted", RECLAIMED),
    ("Job attempt duration exceeded timeout", TIMED_OUT),
)


class Mark(NamedTuple):
    """Something that ended an attempt before its time, or a job.

    Attributes:
        kind: RECLAIMED (its host was lost), TIMED_OUT, FAILED, PREEMPTED, TERMINATED_MARK or
            CANCELLED_MARK.
        at_ms: When.
        text: What the service says of it.
    """

    kind: str
    at_ms: int
    text: str


class Row(NamedTuple):
    """One job.

    Attributes:
        label: Its name; of a child or node also the index.
        job_id: Its id.
        status: Its status now.
        depth: 0 for a top-level job, 1 for a child or node.
        segments: Its bars, oldest first; the parent of an array has none, its children do.
        marks: What befell it.
        note: What a group consists of.
    """

    label: str
    job_id: str
    status: str
    depth: int
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]
    note: str = ""


class Crowd(NamedTuple):
    """Many jobs at once.

    Attributes:
        label: What they have in common.
        jobs: How many they are.
        depth: 0, or 1 for the children of an array.
        moments: When they were counted, in milliseconds, evenly spread.
        counts: By status, how many were in it at each moment; statuses that nobody had are left out.
        marks: By kind, how often it befell one of them.
    """

    label: str
    jobs: int
    depth: int
    moments: tuple[int, ...]
    counts: dict[str, tuple[int, ...]]
    marks: dict[str, int]


class Run(NamedTuple):
    """An attempt on a host."""

    label: str
    job_id: str
    attempt: int
    begin_ms: int
    end_ms: int
    lost: bool


class Host(NamedTuple):
    """An instance with what ran on it.

    Attributes:
        name: Its id.
        what: Its type, zone and environment, as far as they are known.
        begin_ms: When it was launched; where that is not known, when its first run began.
        end_ms: When it went, or now.
        runs: What ran on it, by time.
    """

    name: str
    what: str
    begin_ms: int
    end_ms: int
    runs: tuple[Run, ...]


class Story(NamedTuple):
    """All that a timeline shows."""

    begin_ms: int
    now_ms: int
    rows: tuple[Row | Crowd, ...]
    hosts: tuple[Host, ...]
    jobs: int
    more_hosts: int = 0

    @property
    def is_aggregated(self) -> bool:
        """Whether some of it is told by counts only."""
        return any(isinstance(row, Crowd) for row in self.rows)

    @property
    def end_ms(self) -> int:
        """The last instant at which something happened, or now where something still goes on."""
        last = self.begin_ms
        for row in self.rows:
            if isinstance(row, Crowd):
                last = max(last, row.moments[-1])
                continue
            last = max([last, *(part.end_ms for part in row.segments), *(it.at_ms for it in row.marks)])
        return max(min(last, self.now_ms), self.begin_ms + 1)


class HostFacts(NamedTuple):
    """What is known of an instance besides what ran on it."""

    name: str
    what: str
    launched_ms: int
    gone_ms: int | None


def story(
    jobs: Iterable[Job], now_ms: int, facts: Iterable[HostFacts] = (), *, most_bars: int = MOST_BARS
) -> Story:
    """Tell what happened to `jobs` (top-level ones, by submission) until `now_ms`.

    Args:
        jobs: The jobs.
        now_ms: Virtual time.
        facts: What is known of the instances; those of which nothing is known are found by the jobs.
        most_bars: How many bars there may be before groups become crowds.
    """
    jobs = list(jobs)
    begin_ms = min((job.created_at_ms for job in jobs), default=now_ms)
    crowded, whole_queues = _too_many(jobs, most_bars)
    rows: list[Row | Crowd] = []
    if whole_queues:
        by_queue: dict[str, list[Job]] = {}
        for job in jobs:
            by_queue.setdefault(job.spec.queue.name, []).extend(job.children or (job,))
        rows += [_crowd(f"queue {name}", found, begin_ms, now_ms, 0) for name, found in by_queue.items()]
    else:
        for job in jobs:
            rows += _rows(job, begin_ms, now_ms, job.key in crowded)
    hosts, more = ((), 0) if whole_queues else _hosts(jobs, now_ms, facts, most_bars)
    return Story(begin_ms, now_ms, tuple(rows), hosts, len(jobs), more)


# --- Jobs ----------------------------------------------------------------------------------------


def _bars_of(job: Job) -> int:
    return max(len(job.history) // 2 - 1, 1)


def _too_many(jobs: Sequence[Job], most: int) -> tuple[set[int], bool]:
    """The keys of the groups to be told by counts, and whether even that is not enough."""
    groups = [(sum(map(_bars_of, job.children)), job.key) for job in jobs if job.children]
    total = sum(map(_bars_of, jobs)) + sum(bars for bars, _ in groups)
    crowded: set[int] = set()
    for bars, key in sorted(groups, key=lambda it: (-it[0], it[1])):
        if total <= most:
            break
        crowded.add(key)
        total -= bars
    return crowded, total > most


def _rows(job: Job, begin_ms: int, now_ms: int, crowded: bool) -> Iterable[Row | Crowd]:
    yield _row(job, now_ms, 0)
    if not job.children:
        return
    if crowded:
        yield _crowd(f"{job.name}: {_kind(job)}", job.children, begin_ms, now_ms, 1)
        return
    for child in job.children:
        yield _row(child, now_ms, 1)


def _kind(job: Job) -> str:
    size = len(job.children or ())
    return f"{size} nodes" if job.spec.num_nodes else f"{size} children"


def _row(job: Job, now_ms: int, depth: int) -> Row:
    label = job.name
    note = ""
    if depth:
        label = f"{label} {'#' if job.is_node else ':'}{job.index}"
        if job.is_node and job.index == job.spec.main_node:
            note = "main node"
    elif job.children:
        note = _kind(job)
    only_stands_for_others = job.is_array_parent and job.children
    life = () if only_stands_for_others else tuple(segments(history_of(job), now_ms))
    marks = () if only_stands_for_others else tuple(marks_of(job))
    return Row(label, job.id, job.status, depth, life, marks, note)


def history_of(job: Job) -> list[tuple[str, int]]:
    """The history of a job in pairs."""
    return list(zip(job.history[::2], job.history[1::2], strict=True))


def marks_of(job: Job) -> Iterable[Mark]:
    """What befell a job, oldest first."""
    if job.is_node and job.index != job.spec.main_node and not job.attempts:
        return
    for attempt in job.attempts:
        mark = _mark(job, attempt)
        if mark is not None:
            yield mark
    if job.flags & CANCELLED and not job.attempts and job.stopped_at_ms is not None:
        yield Mark(CANCELLED_MARK, job.stopped_at_ms, job.status_reason or "")


def _mark(job: Job, attempt: Attempt) -> Mark | None:
    at_ms = attempt.stopped_at_ms
    if at_ms is None:
        return None
    reason = attempt.status_reason or ""
    for beginning, kind in _BEGINNINGS:
        if reason.startswith(beginning):
            return Mark(kind, at_ms, reason)
    is_last = attempt is job.attempts[-1]
    if is_last and job.status == SUCCEEDED:
        return None
    if job.is_service and "preempt" in reason.lower():
        return Mark(PREEMPTED, at_ms, reason)
    if is_last and job.flags & TERMINATED:
        return Mark(TERMINATED_MARK, at_ms, reason)
    told = reason if attempt.exit_code is None else f"exit code {attempt.exit_code}: {reason}"
    return Mark(FAILED, at_ms, f"{told} {attempt.reason}" if attempt.reason else told)


def _crowd(label: str, jobs: Sequence[Job], begin_ms: int, now_ms: int, depth: int) -> Crowd:
    """Count jobs by status: each move is one change of two counts, summed up along the moments."""
    last_ms = max((job.history[-1] for job in jobs if job.history), default=now_ms)
    if any(not job.is_terminal for job in jobs):
        last_ms = now_ms
    span = max(last_ms - begin_ms, 1)
    moments = tuple(begin_ms + span * n // (CROWD_COLUMNS - 1) for n in range(CROWD_COLUMNS))
    changes = {status: [0] * (CROWD_COLUMNS + 1) for status in SERVICE_JOB_STATUSES}
    befell: dict[str, int] = {}
    for job in jobs:
        former = None
        for at in range(0, len(job.history), 2):
            status, at_ms = job.history[at], job.history[at + 1]
            column = bisect_left(moments, at_ms)  # the first moment at which this is seen
            changes[status][column] += 1
            if former is not None:
                changes[former][column] -= 1
            former = status
        for mark in marks_of(job):
            befell[mark.kind] = befell.get(mark.kind, 0) + 1
    counts = {status: _sums(row) for status, row in changes.items() if any(row)}
    return Crowd(label, len(jobs), depth, moments, counts, befell)


def _sums(changes: Sequence[int]) -> tuple[int, ...]:
    found, total = [], 0
    for change in changes[:CROWD_COLUMNS]:
        total += change
        found.append(total)
    return tuple(found)


def count_at(crowd: Crowd, status: str, at_ms: float) -> int:
    """How many of a crowd were in a status at a time."""
    column = max(bisect_right(crowd.moments, at_ms) - 1, 0)
    return crowd.counts.get(status, (0,) * CROWD_COLUMNS)[column]


# --- Hosts ---------------------------------------------------------------------------------------


def _hosts(
    jobs: Iterable[Job], now_ms: int, facts: Iterable[HostFacts], most: int
) -> tuple[tuple[Host, ...], int]:
    """The instances with what ran on them, by the time they came; at most as many runs as that."""
    known = {fact.name: fact for fact in facts}
    runs: dict[str, list[Run]] = {name: [] for name in known}
    environments: dict[str, str] = {}
    for job in _that_run(jobs):
        attempts = job.attempts if job.attempt is None else (*job.attempts, job.attempt)
        for attempt in attempts:
            if attempt.instance_id is not None:
                runs.setdefault(attempt.instance_id, []).append(_run(job, attempt, now_ms))
                environments.setdefault(attempt.instance_id, attempt.environment.name)
    found = []
    for name, its in runs.items():
        fact = known.get(name)
        its.sort(key=lambda run: (run.begin_ms, run.job_id))
        begin_ms = fact.launched_ms if fact is not None else its[0].begin_ms
        gone_ms = fact.gone_ms if fact is not None else max(run.end_ms for run in its)
        what = fact.what if fact is not None else environments[name]
        found.append(Host(name, what, begin_ms, now_ms if gone_ms is None else gone_ms, tuple(its)))
    found.sort(key=lambda host: (host.begin_ms, host.name))
    shown, bars = [], 0
    for host in found:
        bars += len(host.runs) + 1
        if bars > most:
            break
        shown.append(host)
    return tuple(shown), len(found) - len(shown)


def _that_run(jobs: Iterable[Job]) -> Iterable[Job]:
    """The jobs that have containers: children and nodes, not their parents."""
    for job in jobs:
        yield from job.children or (job,)


def _run(job: Job, attempt: Attempt, now_ms: int) -> Run:
    end_ms = now_ms if attempt.stopped_at_ms is None else attempt.stopped_at_ms
    mark = _mark(job, attempt)
    label = job.name if job.index is None else f"{job.name} {job.index}"
    return Run(label, job.id, attempt.number, attempt.starting_at_ms, end_ms, mark is not None)
