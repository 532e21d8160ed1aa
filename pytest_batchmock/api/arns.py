"""What clients send as identifiers: names, ARNs, job ids with suffixes, definitions with revisions.

Nothing here looks anything up: see `resolve`. ARNs are written by `domain.ids.arn`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from pytest_batchmock.errors import BatchError

_DEFINITION: Final = re.compile(r"(?P<name>[a-zA-Z_0-9-]{1,128})(:(?P<revision>[0-9]{1,10}))?")
_JOB_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}([:#][0-9]+)?")
_RESOURCE: Final = re.compile(r"(?P<kind>[^/:]+)[/:](?P<name>.+)", re.DOTALL)
_QUOTA_SHARE: Final = re.compile(r"(?P<queue>[^/]+)/quota-share/(?P<name>[^/]+)")
_JOB_KINDS: Final = frozenset({"job", "service-job"})


class Arn(NamedTuple):
    """The parts of an ARN.

    Attributes:
        partition: ``aws``, ``aws-cn``, ``aws-us-gov``.
        service: ``batch``, ``iam`` …
        region: May be empty for services that have no Regions.
        account: 12 digits; may be empty likewise.
        kind: Such as ``job-queue``; ``quota-share`` for one, although it stands below its queue.
        name: What follows the kind, with the suffix of a job id or the revision of a definition.
        queue: The name of the queue of a quota share; None for every other kind.
    """

    partition: str
    service: str
    region: str
    account: str
    kind: str
    name: str
    queue: str | None = None


def parse_arn(text: str) -> Arn | None:
    """Take an ARN apart; None if `text` is not one that names a resource by kind and name."""
    parts = text.split(":", 5)
    if len(parts) != 6:
        return None
    scheme, partition, service, region, account, resource = parts
    found = _RESOURCE.fullmatch(resource)
    if found is None or scheme != "arn" or not (partition and service):
        return None
    kind, name = found["kind"], found["name"]
    if kind == "job-queue":
        share = _QUOTA_SHARE.fullmatch(name)
        if share is not None:
            return Arn(partition, service, region, account, "quota-share", share["name"], share["queue"])
    return Arn(partition, service, region, account, kind, name)


def job_id(text: str) -> str:
    """The plain id, with its suffix, in what a client sends as a job id.

    Clients send ``id``, ``id:N`` (array child), ``id#N`` (node), and the ARN of a job or service
    job with or without such a suffix. Anything else comes back as it is: it names no job.
    """
    if not text.startswith("arn:"):
        return text
    arn = parse_arn(text)
    if arn is None or arn.service != "batch" or arn.kind not in _JOB_KINDS:
        return text
    return arn.name


def is_job_id(text: str) -> bool:
    """Whether `text` is a lower-case UUID, with an optional ``:N`` or ``#N``; an ARN is not."""
    return _JOB_ID.fullmatch(text) is not None


def name_of(kind: str, text: str) -> str | None:
    """The plain name in a reference to a resource of `kind`, such as ``job-queue``.

    Names and ARNs are interchangeable. Whether the ARN is of the caller's account and Region is
    not judged here.

    Returns:
        `text` if it is no ARN; the name in it if it is the ARN of such a resource; else None.
    """
    if not text.startswith("arn:"):
        return text
    arn = parse_arn(text)
    return arn.name if arn is not None and arn.service == "batch" and arn.kind == kind else None


@lru_cache(maxsize=1024)
def definition(text: str) -> tuple[str, int | None, bool]:
    """Read a reference to a job definition: name or ARN, each with or without a revision.

    Returns:
        The name, the revision or None, and whether `text` is an ARN.

    Raises:
        BatchError: It is neither (answer of the service, quoted in public reports).
    """
    is_arn = text.startswith("arn:")
    found = _DEFINITION.fullmatch(name_of("job-definition", text) or "")
    if found is None:
        raise BatchError(f"Provided name {text} is not supported pattern[a-zA-Z_0-9-]{{1,128}}")
    revision = found["revision"]
    return found["name"], None if revision is None else int(revision), is_arn
