"""The registry of rules: what the service refuses, with which words, and how we know.

A rule is a small function named as a sentence. It gets a `Request` and returns None, or the
message of the refusal. It neither changes anything nor looks at the clock. Rules of one operation
run in the order in which they were defined (modules in the order of `SUBJECTS`), and the first
message wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from pytest_batchmock.errors import BatchError
from pytest_batchmock.options import Options

Evidence = Literal["observed", "measured", "documented", "inferred"]
"""How sure we are: a recorded answer of the service; measured against it by others; its own
documentation; or concluded from the rest."""


class Request:
    """What a rule may look at: the parameters, and what they were resolved to."""

    __slots__ = ("body", "definition", "operation", "options", "params", "queue", "region", "target")

    def __init__(
        self,
        operation: str,
        params: Mapping[str, Any],
        region: Any,
        options: Options,
        *,
        target: Any = None,
        queue: Any = None,
        definition: Any = None,
        body: bytes | None = None,
    ) -> None:
        self.operation = operation
        self.params = params
        self.region = region  # domain.region.RegionState, to read only
        self.options = options
        self.target = target  # the existing resource of an update or delete
        self.queue = queue  # SubmitJob: the resolved queue
        self.definition = definition  # SubmitJob: the resolved definition
        self.body = body  # the JSON of the parameters, where botocore has written it


Check = Callable[[Request], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One restriction of the service.

    Attributes:
        name: The function's name: a sentence.
        subject: The module it lives in.
        operations: The operations it guards.
        evidence: How we know.
        source: Where it is written or was seen.
        wrapped: Whether the message comes wrapped in ``Error executing request, …``.
        members: The members it looks at, such as ``tags`` or ``containerOverrides.command``: it has
            nothing to say where all of them are absent. Empty if it looks at every request.
        check: The function.
    """

    name: str
    subject: str
    operations: tuple[str, ...]
    evidence: Evidence
    source: str
    wrapped: bool
    members: tuple[str, ...]
    check: Check


_OVERRIDES: Final = "containerOverrides"
_RETRIES: Final = "retryStrategy"
# The two members into which the names of members reach: a submit that holds more than the least holds
# them, and most rules of SubmitJob are about what is in them.

RULES: list[Rule] = []
_BY_OPERATION: dict[str, list[Rule]] = {}


def rule(
    *operations: str,
    evidence: Evidence,
    source: str,
    wrapped: bool = False,
    member: str | Collection[str] = (),
) -> Callable[[Check], Check]:
    """Register a rule for `operations`; with `member`, only for requests that have (one of) it."""
    members = (member,) if isinstance(member, str) else tuple(sorted(member))

    def register(check: Check) -> Check:
        subject = check.__module__.rpartition(".")[2]
        entry = Rule(check.__name__, subject, operations, evidence, source, wrapped, members, check)
        RULES.append(entry)
        for operation in operations:
            _BY_OPERATION.setdefault(operation, []).append(entry)
        _applicable.cache_clear()
        return check

    return register


def enforce(request: Request) -> None:
    """Raise the refusal of the first rule that has one.

    Raises:
        BatchError: ClientException with the message of the rule.
    """
    params = request.params
    overrides, retries = params.get(_OVERRIDES) or (), params.get(_RETRIES) or ()
    rules = _applicable(request.operation, tuple(params), tuple(overrides), tuple(retries))
    for check, wrapped in rules:
        message = check(request)
        if message is not None:
            raise BatchError(message, wrapped=wrapped)


@lru_cache(maxsize=1024)
def _applicable(
    operation: str, present: tuple[str, ...], overrides: tuple[str, ...], retries: tuple[str, ...]
) -> tuple[tuple[Check, bool], ...]:
    """The rules to ask of a request with these members, in order: a submit mostly has three or four.

    Args:
        operation: The operation.
        present: The members of the request.
        overrides: The members of its container overrides.
        retries: The members of its retry strategy.
    """
    given = {
        *present,
        *(f"{_OVERRIDES}.{name}" for name in overrides),
        *(f"{_RETRIES}.{name}" for name in retries),
    }
    return tuple(
        (entry.check, entry.wrapped)
        for entry in _BY_OPERATION.get(operation, ())
        if not entry.members or not given.isdisjoint(entry.members)
    )
