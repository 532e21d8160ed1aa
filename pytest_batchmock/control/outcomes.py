"""Outcome rules: what the test says will happen to jobs. The last rule that matches wins."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from pytest_batchmock.arguments import names_its_keywords
from pytest_batchmock.domain.containers import node_index
from pytest_batchmock.domain.job import Job
from pytest_batchmock.durations import Duration
from pytest_batchmock.errors import MockUsageError, NotModelledError
from pytest_batchmock.options import RunnerName
from pytest_batchmock.runners import outcomes
from pytest_batchmock.runners.log_lines import Log
from pytest_batchmock.runners.outcomes import Outcome

_OF_SERVICE_JOBS = ("succeeds", "fails", "hangs", "runs")
MOST_ATTEMPTS = 10
"""How many attempts the service allows a job."""

_DEFAULT = outcomes.succeeds()
_UNTIL_THE_MAIN_NODE_ENDS = outcomes.hangs()
_REAL: dict[str, Callable[[], Outcome]] = {
    "process": outcomes.runs_process,
    "docker": outcomes.runs_docker,
    "swarm": outcomes.runs_swarm,
}


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which attempts of which jobs a rule is about; None and empty match all."""

    name: str = "*"
    queue: str | None = None
    definition: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    attempt: int | None = None
    index: int | None = None
    node: int | None = None
    service: bool = False
    container: str | None = None

    def matches(self, job: Job, number: int) -> bool:
        """Whether attempt `number` of `job` is meant."""
        spec = job.spec
        return (
            self.service == spec.is_service
            and (self.attempt is None or self.attempt == number)
            and (self.index is None or (job.spec.array_size > 0 and self.index == job.index))
            and (self.node is None or (job.spec.num_nodes > 0 and self.node == node_index(job)))
            and fnmatchcase(job.name, self.name)
            and (self.queue is None or self.queue in (spec.queue.name, spec.queue.arn))
            and (self.definition is None or self.definition in _names(job))
            and all(job.tags.get(key) == value for key, value in self.tags)
        )

    def __str__(self) -> str:
        """As the test wrote it: ``on('report-*', attempt=1)``."""
        given = {
            "queue": self.queue,
            "definition": self.definition,
            "tags": dict(self.tags) or None,
            "attempt": self.attempt,
            "index": self.index,
            "node": self.node,
            "container": self.container,
        }
        members = [f"{name}={value!r}" for name, value in given.items() if value is not None]
        verb = "on_service_job" if self.service else "on"
        return f"{verb}({', '.join([repr(self.name), *members])})"


def _names(job: Job) -> tuple[str, str, str]:
    definition = job.spec.definition
    return definition.name, f"{definition.name}:{definition.revision}", definition.arn


@dataclass(slots=True)
class Entry:
    """A rule that says something: attempt n gets the n-th outcome, later ones the last."""

    matcher: Matcher
    outcomes: tuple[Outcome, ...]
    is_used: bool = False

    def for_attempt(self, number: int) -> Outcome:
        """The outcome of attempt `number`."""
        return self.outcomes[min(number, len(self.outcomes)) - 1]


class OutcomeRules:
    """All rules of one mock, in the order in which they were given."""

    def __init__(self, runner: RunnerName = "scripted") -> None:
        self._entries: list[Entry] = []
        self._begun: list[Matcher] = []
        self._real = _REAL[runner]() if runner in _REAL else None

    def begin(self, matcher: Matcher) -> None:
        """Note that `on` was called; it says nothing until an outcome is added."""
        self._begun = [*self._begun[-99:], matcher]

    def add(self, matcher: Matcher, *planned: Outcome) -> None:
        """Add a rule; it wins over those before it."""
        self._begun = [it for it in self._begun if it is not matcher]
        self._entries.append(Entry(matcher, planned))

    def clear(self) -> None:
        """Forget all rules."""
        self._entries.clear()
        self._begun.clear()

    def entries(self) -> list[Entry]:
        """All rules; not to be changed."""
        return self._entries

    def restore(self, entries: list[Entry]) -> None:
        """Have these rules."""
        self._entries = entries

    def unused(self) -> list[str]:
        """The rules that have decided nothing so far, as the test wrote them, oldest first."""
        return [
            f"{entry.matcher}.{'attempts' if len(entry.outcomes) > 1 else entry.outcomes[0].kind}(…)"
            for entry in self._entries
            if not entry.is_used
        ] + [f"{matcher}: no outcome was given" for matcher in self._begun]

    def __call__(self, job: Job, number: int) -> Outcome:
        """The outcome of attempt `number` of `job`: what the engine asks.

        A rule for one index of an array, or one node, wins over one for all of the job. Nodes
        other than the main node run until that ends, unless they have a rule of their own.
        """
        found = self._find(job, number, None)
        if found is not None:
            return found.for_attempt(number)
        if self._real is not None and not job.is_service:
            return self._real
        return _UNTIL_THE_MAIN_NODE_ENDS if job.is_node else _DEFAULT

    def of_container(self, job: Job, number: int, name: str) -> Outcome | None:
        """The outcome of one container of several, if a rule names it."""
        found = self._find(job, number, name)
        if found is not None:
            return found.for_attempt(number)
        return self._real if self._find(job, number, None) is None else None

    def _find(self, job: Job, number: int, container: str | None) -> Entry | None:
        found = self._matching(job, number, container)
        if found is not None:
            found.is_used = True
        return found

    def _matching(self, job: Job, number: int, container: str | None) -> Entry | None:
        found = None
        for entry in reversed(self._entries):
            matcher = entry.matcher
            if matcher.container == container and matcher.matches(job, number):
                if matcher.index is not None or matcher.node is not None:
                    return entry
                found = found or entry
        return None if job.is_node else found


@names_its_keywords
class ServiceOutcomeRule:
    """What `on_service_job(...)` returns: say with one of its methods what SageMaker does."""

    def __init__(self, rules: OutcomeRules, matcher: Matcher) -> None:
        self._rules = rules
        self._matcher = matcher
        rules.begin(matcher)

    def succeeds(self, *, after: Duration | None = None) -> None:
        """The training completes, `after` that time in RUNNING."""
        self.attempts(outcomes.succeeds(after=after))

    def fails(self, *, reason: str | None = None, after: Duration | None = None) -> None:
        """The training fails; the status reason is SageMaker's, with `reason`."""
        self.attempts(outcomes.fails(reason=reason, after=after))

    def hangs(self) -> None:
        """The training never ends by itself."""
        self.attempts(outcomes.hangs())

    def runs(self, call: Callable[[Any], Any]) -> None:
        """A Python callable does the training; see `pytest_batchmock.runs`."""
        self.attempts(outcomes.runs(call))

    def attempts(self, *planned: Outcome) -> None:
        """The n-th attempt gets the n-th outcome; later attempts get the last one.

        Raises:
            MockUsageError: None is given, or one that cannot happen to a training job, or more than
                there are attempts.
        """
        for entry in planned:
            if not isinstance(entry, Outcome) or entry.kind not in _OF_SERVICE_JOBS:
                raise MockUsageError(
                    f"{entry!r} cannot happen to a service job: use {', '.join(_OF_SERVICE_JOBS)}."
                )
            if entry.kind == "fails" and entry.exit_code != outcomes.fails().exit_code:
                raise MockUsageError(
                    f"exit_code={entry.exit_code}: a service job shows none; give a reason."
                )
            if entry.call is not None and entry.after_ms is not None:
                raise NotModelledError("runs(…, after=…): not of a service job.")
            if entry.log:
                raise NotModelledError(
                    "log: a training job writes to a log group of SageMaker's, which is not modelled."
                )
            _check_call(entry)
        _check_number(self._matcher, planned)
        self._rules.add(self._matcher, *planned)


@names_its_keywords
class OutcomeRule:
    """What `on(...)` returns: say with one of its methods what happens to the jobs it names."""

    def __init__(self, rules: OutcomeRules, matcher: Matcher) -> None:
        self._rules = rules
        self._matcher = matcher
        rules.begin(matcher)

    def succeeds(self, *, after: Duration | None = None, log: Log | None = None) -> None:
        """The container exits with 0, `after` that time in RUNNING, having written `log`.

        Args:
            after: How long the container runs.
            log: Text, or lines, each as ``"text"`` or ``("30s", "text")``; all outcomes take it.
        """
        self.attempts(outcomes.succeeds(after=after, log=log))

    def fails(
        self,
        *,
        exit_code: int = 1,
        reason: str | None = None,
        after: Duration | None = None,
        log: Log | None = None,
    ) -> None:
        """The container exits with `exit_code` and, if given, a container `reason`."""
        self.attempts(outcomes.fails(exit_code=exit_code, reason=reason, after=after, log=log))

    def out_of_memory(self, *, after: Duration | None = None, log: Log | None = None) -> None:
        """The container is killed for its memory use (exit code 137)."""
        self.attempts(outcomes.out_of_memory(after=after, log=log))

    def reclaimed(
        self,
        *,
        after: Duration | None = None,
        while_starting: bool = False,
        exit_code: int | None = None,
        log: Log | None = None,
    ) -> None:
        """Spot capacity is reclaimed, every attempt; see `attempts` for a first one only."""
        self.attempts(
            outcomes.reclaimed(after=after, while_starting=while_starting, exit_code=exit_code, log=log)
        )

    def host_lost(
        self, *, after: Duration | None = None, while_starting: bool = False, log: Log | None = None
    ) -> None:
        """The EC2 instance fails."""
        self.attempts(outcomes.host_lost(after=after, while_starting=while_starting, log=log))

    def service_error(
        self,
        *,
        reason: str = outcomes.INSPECT_FAILED,
        after: Duration | None = None,
        log: Log | None = None,
    ) -> None:
        """AWS itself fails: no exit code, and a container `reason`."""
        self.attempts(outcomes.service_error(reason=reason, after=after, log=log))

    def cannot_pull(self, *, reason: str | None = None, after: Duration | None = None) -> None:
        """The image cannot be pulled: the attempt fails while STARTING."""
        self.attempts(outcomes.cannot_pull(reason=reason, after=after))

    def hangs(self, *, log: Log | None = None) -> None:
        """The container never ends by itself."""
        self.attempts(outcomes.hangs(log=log))

    def runs(self, call: Callable[[Any], Any], *, after: Duration | None = None) -> None:
        """A Python callable does the job; see `pytest_batchmock.runs`."""
        self.attempts(outcomes.runs(call, after=after))

    def runs_process(
        self,
        *,
        stop_timeout: Duration = 30,
        pass_environment: Sequence[str] = (),
        limit_memory: bool = False,
        limit_cpus: bool = False,
        reclaimed_after: Duration | None = None,
    ) -> None:
        """The container's command runs as a process; see `pytest_batchmock.runs_process`."""
        self.attempts(
            outcomes.runs_process(
                stop_timeout=stop_timeout,
                pass_environment=pass_environment,
                limit_memory=limit_memory,
                limit_cpus=limit_cpus,
                reclaimed_after=reclaimed_after,
            )
        )

    def runs_docker(
        self,
        *,
        stop_timeout: Duration = 30,
        reclaimed_after: Duration | None = None,
        allow: Sequence[str] | None = None,
        pull: Literal["missing", "always", "never"] | None = None,
        secrets: Mapping[str, str] | Callable[[str], str] | None = None,
    ) -> None:
        """The container runs at a Docker engine; see `pytest_batchmock.runs_docker`."""
        self.attempts(
            outcomes.runs_docker(
                stop_timeout=stop_timeout,
                reclaimed_after=reclaimed_after,
                allow=allow,
                pull=pull,
                secrets=secrets,
            )
        )

    def runs_swarm(
        self,
        *,
        stop_timeout: Duration = 30,
        reclaimed_after: Duration | None = None,
        allow: Sequence[str] | None = None,
        pull: Literal["missing", "always", "never"] | None = None,
        secrets: Mapping[str, str] | Callable[[str], str] | None = None,
        nodes: Mapping[str, str] | None = None,
    ) -> None:
        """The container is a job of a Docker Swarm; see `pytest_batchmock.runs_swarm`."""
        self.attempts(
            outcomes.runs_swarm(
                stop_timeout=stop_timeout,
                reclaimed_after=reclaimed_after,
                allow=allow,
                pull=pull,
                secrets=secrets,
                nodes=nodes,
            )
        )

    def attempts(self, *planned: Outcome) -> None:
        """The n-th attempt gets the n-th outcome; later attempts get the last one.

        Raises:
            MockUsageError: None is given, or what is no outcome, or more than there are attempts.
        """
        for entry in planned:
            if isinstance(entry, list):
                raise MockUsageError(
                    "attempts([…]): give the outcomes one by one, attempts(fails(), succeeds()), "
                    "or a list with a star, attempts(*outcomes)."
                )
            if not isinstance(entry, Outcome):
                raise MockUsageError(
                    f"{entry!r} is no outcome: give what succeeds(), fails(), reclaimed() and so on "
                    "return; for a function, runs(function)."
                )
            _check_call(entry)
        _check_number(self._matcher, planned)
        self._rules.add(self._matcher, *planned)


def _check_call(planned: Outcome) -> None:
    """Refuse a function that cannot be given the job: it would fail the job only when it runs."""
    if planned.call is None:
        return
    if inspect.iscoroutinefunction(planned.call):
        raise MockUsageError(
            f"runs({planned.call!r}): nobody would await what a coroutine function returns. "
            "Give a plain function; it may call asyncio.run(…) where no event loop runs."
        )
    try:
        inspect.signature(planned.call).bind(None)
    except ValueError:  # a function of C may not tell its arguments
        return
    except TypeError as error:
        raise MockUsageError(
            f"runs({planned.call!r}): it is called with the job as its one argument, and does not take "
            f"that: {error}."
        ) from error


def _check_number(meant: Matcher, planned: Sequence[Outcome]) -> None:
    if not planned:
        raise MockUsageError("attempts() needs at least one outcome, e.g. attempts(succeeds()).")
    if len(planned) > MOST_ATTEMPTS:
        raise MockUsageError(
            f"attempts(): {len(planned)} outcomes, but a job has at most {MOST_ATTEMPTS} attempts."
        )
    if meant.attempt is not None and len(planned) > 1:
        raise MockUsageError(
            f"{meant}.attempts(…): that names one attempt, and {len(planned)} outcomes are given. Leave "
            "out attempt=, or give one outcome."
        )


def matcher(
    name: str,
    *,
    queue: str | None = None,
    definition: str | None = None,
    tags: Mapping[str, str] | None = None,
    attempt: int | None = None,
    index: int | None = None,
    node: int | None = None,
    container: str | None = None,
    service: bool = False,
) -> Matcher:
    """Check what the test gave and make the matcher.

    Raises:
        MockUsageError: An attempt outside 1..10, an index outside 0..9999 or a node outside 0..999,
            the service's limits; a queue, a definition or a container that is no name; tags that
            are no mapping.
    """
    if not isinstance(name, str) or not name:
        raise MockUsageError(
            f"on({name!r}): the first argument is a pattern of job names, such as 'report-*'."
        )
    for word, value in (("queue", queue), ("definition", definition), ("container", container)):
        if value is not None and (not isinstance(value, str) or not value):
            raise MockUsageError(f"{word}={value!r}: give the name of a {word}.")
    if attempt is not None and not _is_number(attempt, 1, MOST_ATTEMPTS):
        raise MockUsageError(f"attempt={attempt!r}: attempts are counted from 1 to {MOST_ATTEMPTS}.")
    if index is not None and not _is_number(index, 0, 9_999):
        raise MockUsageError(f"index={index!r}: children are counted from 0 to 9999.")
    if node is not None and not _is_number(node, 0, 999):
        raise MockUsageError(f"node={node!r}: nodes are counted from 0 to 999.")
    if index is not None and node is not None:
        raise MockUsageError(
            f"index={index}, node={node}: a job is a child of an array or a node, never both."
        )
    if tags is not None and not isinstance(tags, Mapping):
        raise MockUsageError(f"tags={tags!r}: give a mapping, e.g. tags={{'team': 'etl'}}.")
    wanted_tags = tuple((tags or {}).items())
    if not all(isinstance(text, str) for tag in wanted_tags for text in tag):
        raise MockUsageError(f"tags={tags!r}: the keys and the values of tags are texts.")
    return Matcher(name, queue, definition, wanted_tags, attempt, index, node, service, container)


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
