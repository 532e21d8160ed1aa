"""The short way of the calls that programs make most: they pass without being looked at as a whole.

Only where botocore has written and checked the request, so that the same bytes mean the same request.
What depends on the moment (does the job exist, how is it now) is always asked anew.
"""

from __future__ import annotations

from typing import Any, Final

from pytest_batchmock.api import arns
from pytest_batchmock.api.accepted import AcceptedSubmits
from pytest_batchmock.api.views.job import job_detail
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.rules.jobs import MAX_DESCRIBED

_BEFORE_THE_IDS: Final = b'{"jobs": ["'
_BEHIND_THE_IDS: Final = b'"]}'


def submit_job(
    accepted: AcceptedSubmits,
    engine: Engine,
    region: RegionState,
    body: bytes,
    answer: dict[str, Any],
) -> bool:
    """Take in a job like an earlier one; False if all of the submit has to be looked at."""
    found = accepted.again(region, body)
    if found is None:
        return False
    job = engine.admit(found[0], found[1])
    answer["jobArn"] = f"{region.arn_prefix}job/{job.id}"
    answer["jobName"] = job.name
    answer["jobId"] = job.id
    return True


def plain_ids(body: bytes) -> tuple[str, ...] | None:
    """The jobs that a DescribeJobs asks for; None if the request may be more than a list of names."""
    if not body.startswith(_BEFORE_THE_IDS) or not body.endswith(_BEHIND_THE_IDS) or b"\\" in body:
        return None
    ids = body[len(_BEFORE_THE_IDS) : -len(_BEHIND_THE_IDS)].decode().split('", "')
    if len(ids) > MAX_DESCRIBED or body.count(b'"') != 2 * len(ids) + 2:
        return None
    return tuple(dict.fromkeys(ids))


def details(engine: Engine, named: tuple[RegionState, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Describe those jobs that there are, of those that are named by a region and their ids."""
    region, ids = named
    known = region.jobs
    seed = engine.options.seed
    found = []
    for given in ids:
        job = known.get(given) or region.find_job(arns.job_id(given))
        if job is not None:
            found.append(job_detail(job, seed))
    return found
