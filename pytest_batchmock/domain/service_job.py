"""What a service job asks for: its payload for SageMaker, and the capacity it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from pytest_batchmock.domain.job import Attempt, Job, JobSpec
from pytest_batchmock.domain.job_definition import JobDefinition

NO_DEFINITION: Final = JobDefinition(
    name="", revision=0, arn="", request={"type": "service"}, described={"parameters": {}}, tags={}
)
"""Service jobs have no job definition."""

_MOST_INSTANCES: Final = 2**31 - 1


class ServiceJobSpec(JobSpec):
    """What one SubmitServiceJob asked for.

    Attributes:
        payload: ``serviceRequestPayload``: a CreateTrainingJob request, as text.
        service_type: ``serviceJobType``.
        quota_share: ``quotaShareName``, or None.
        preemption_retries: ``preemptionRetriesBeforeTermination``; None is no limit.
        instance_type: What the payload asks for, empty if it does not say.
        instances: How many.
    """

    is_service: ClassVar[bool] = True
    __slots__ = (
        "instance_type",
        "instances",
        "payload",
        "preemption_retries",
        "quota_share",
        "service_type",
    )

    def __init__(
        self,
        *,
        payload: str,
        service_type: str,
        quota_share: str | None,
        preemption_retries: int | None,
        **common: Any,
    ) -> None:
        super().__init__(
            definition=NO_DEFINITION, depends_on=(), mvcpus=0, memory_mib=0, gpus=0, **common
        )
        self.payload = payload
        self.service_type = service_type
        self.quota_share = quota_share
        self.preemption_retries = preemption_retries
        self.instance_type, self.instances = _resources(payload)


class ServiceAttempt(Attempt):
    """One try of a service job.

    Attributes:
        preemption: Why it is being, or was, stopped for another job; None if it is not.
        lacked_capacity: Whether the service had no instances for it.
    """

    __slots__ = ("lacked_capacity", "preemption")

    def __init__(self, number: int, **common: Any) -> None:
        super().__init__(number, **common)
        self.preemption: str | None = None
        self.lacked_capacity = False


def is_preempted(attempt: Attempt | None) -> bool:
    """Whether an attempt is being, or was, stopped for another job."""
    return isinstance(attempt, ServiceAttempt) and attempt.preemption is not None


def counts(attempt: Attempt) -> bool:
    """Whether an attempt is one of the retry strategy.

    Those that were preempted are not (user guide, preemption), nor those for which there were no
    instances (user guide, service-job-retries).
    """
    return not (
        isinstance(attempt, ServiceAttempt)
        and (attempt.lacked_capacity or attempt.preemption is not None)
    )


def tries(job: Job) -> int:
    """How many attempts have ended that count."""
    return sum(counts(attempt) for attempt in job.attempts)


def _resources(payload: str) -> tuple[str, int]:
    """The instance type and count of a CreateTrainingJob request; Batch does not validate it.

    Instance groups count together, as of their type where they have the same. A payload that does not
    say (or is no JSON) counts as one instance of unknown type. Both inferred.
    """
    try:
        config = json.loads(payload)["ResourceConfig"]
        groups = [_group(entry) for entry in config.get("InstanceGroups") or [config]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", 1
    kinds = {kind for kind, _ in groups}
    return kinds.pop() if len(kinds) == 1 else "", sum(count for _, count in groups)


def _group(config: Mapping[str, Any]) -> tuple[str, int]:
    kind, count = config.get("InstanceType"), config.get("InstanceCount")
    if not (isinstance(count, int) and 1 <= count <= _MOST_INSTANCES):
        count = 1
    return kind if isinstance(kind, str) else "", count
