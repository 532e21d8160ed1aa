"""The submits that were accepted last: another like one of them need not be worked out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_batchmock.domain.job import JobSpec
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.rules.submit import JOB_NAME

if TYPE_CHECKING:
    from pytest_batchmock.api.call import Call

_MOST: Final = 64
_LARGEST: Final = 8 * 1024  # bytes; far from any limit on the size of a submit
_BEFORE_THE_NAME: Final = b'{"jobName": "'
_NAME_BEGINS: Final = len(_BEFORE_THE_NAME)
# Looked up in the jobs or quantities of the moment, so the same submit may be refused the next time.
_NONE: Final = (0, None)
_OF_THE_MOMENT: Final = frozenset({"dependsOn", "shareIdentifier"})


class AcceptedSubmits:
    """The submits that were accepted last, by all that botocore wrote behind the job name.

    The same submit under another name is accepted again, as long as no resource of the region has
    changed: only the name has to be looked at. (A program that submits many jobs mostly does this.)
    """

    def __init__(self) -> None:
        self._specs: dict[bytes, tuple[int, JobSpec]] = {}

    def again(self, region: RegionState, body: bytes) -> tuple[JobSpec, str] | None:
        """Spec and name of a submit like one that was accepted; None if all has to be looked at."""
        if body[:_NAME_BEGINS] != _BEFORE_THE_NAME:
            return None
        name, _, rest = body[_NAME_BEGINS:].partition(b'"')
        version, spec = self._specs.get(rest, _NONE)
        if spec is None or version != region.version or spec.region is not region:
            return None
        text = name.decode()  # as it is: the pattern admits nothing with an escape
        return None if JOB_NAME.fullmatch(text) is None else (spec, text)

    def keep(self, call: Call, spec: JobSpec) -> None:
        """Remember a submit that was accepted."""
        rest = _behind_the_name(call)
        if rest is None or spec.consumables or not _OF_THE_MOMENT.isdisjoint(call.params):
            return
        if spec.num_nodes:
            return  # each is a job class of its own
        if len(self._specs) >= _MOST:
            self._specs.clear()
        self._specs[rest] = (call.region.version, spec)


def _behind_the_name(call: Call) -> bytes | None:
    """The body behind the job name, where it begins with a name that needs no escapes."""
    body = call.body
    if body is None or len(body) > _LARGEST or not body.startswith(_BEFORE_THE_NAME):
        return None
    name, _, rest = body[_NAME_BEGINS:].partition(b'"')
    return rest if name.decode() == call.params["jobName"] else None
