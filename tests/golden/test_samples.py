"""Every recorded sample: in the same situation the mock's answer has the same members, no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from installed_model import skipping_what_it_lacks

from pytest_batchmock import BatchMock, mock_batch

from . import situations as the
from .entries import members, sample, samples


class Comparison(NamedTuple):
    """How a sample is compared.

    Attributes:
        situation: Makes the mock's answer, from the same root.
        newer: Members that the service shows today, and did not when the sample was taken.
        foreign: Members of the sample that the API model does not know, so that no SDK shows them.
        trimmed: Whether members were taken out of the sample.
        latency: How long resources stay on their way.
    """

    situation: Callable[[BatchMock], Any]
    newer: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    trimmed: bool = False
    latency: str | None = None


_SINCE_2018 = (
    "computeEnvironments[].containerOrchestrationType",
    "computeEnvironments[].tags",
    "computeEnvironments[].uuid",
    "computeEnvironments[].computeResources.ec2Configuration",
    "computeEnvironments[].computeResources.ec2Configuration[].imageType",
)

_JOB_SINCE_2020 = (
    "container.secrets",
    "eksAttempts",
    "jobArn",
    "platformCapabilities",
    "retryStrategy.evaluateOnExit",
    "tags",
)
_DEFINITION_SINCE_2018 = tuple(
    f"jobDefinitions[].{name}"
    for name in (
        "containerOrchestrationType",
        "containerProperties.resourceRequirements",
        "containerProperties.secrets",
        "retryStrategy.evaluateOnExit",
        "tags",
    )
)

COMPARISONS = {
    "2020_sfn_failed_cannot_inspect.json": Comparison(
        the.a_job_that_could_not_be_inspected, foreign=("container....",), trimmed=True
    ),
    "2020_sfn_succeeded_ec2.json": Comparison(the.a_succeeded_ec2_job, newer=_JOB_SINCE_2020),
    "2022_event_detail_fargate_failed.json": Comparison(the.a_failed_fargate_job),
    "2023_describe_jobs_array_parent_partial.json": Comparison(
        lambda mock: {"jobs": [the.an_array_parent(mock)]}, trimmed=True
    ),
    "2025_describe_compute_environments.json": Comparison(the.environments_of_2025),
    "2025_describe_job_definitions.json": Comparison(the.definitions_of_2025),
    "2025_describe_job_queues.json": Comparison(the.queues_of_2025),
    "2025_describe_jobs_runnable_blocked.json": Comparison(the.a_blocked_job),
    "2025_list_jobs_runnable.json": Comparison(the.a_blocked_listing),
    "2025_sfn_attempt_spot_reclaimed.json": Comparison(the.a_reclaimed_attempt, trimmed=True),
    "c7n_describe_ce_deleting.json": Comparison(
        the.an_environment_that_is_being_deleted, newer=_SINCE_2018, latency="30s"
    ),
    "c7n_describe_ce_enabled.json": Comparison(the.an_environment_with_a_key_pair, newer=_SINCE_2018),
    "c7n_describe_jobdef.json": Comparison(the.a_definition_of_2018, newer=_DEFINITION_SINCE_2018),
    "describe_compute_environment_fargate_partial.json": Comparison(
        the.a_fargate_environment, trimmed=True
    ),
    "describe_job_definition_fargate.json": Comparison(
        the.a_fargate_definition,
        foreign=("containerProperties.networkConfiguration.interfaceConfigurations",),
    ),
    "docs_describe_job_queues_sagemaker.json": Comparison(the.a_queue_for_training),
    "docs_event_runnable_job_detail.json": Comparison(the.a_waiting_job_of_its_event),
}


@pytest.mark.parametrize("name", samples())
def test_a_sample_has_the_members_of_the_mocks_answer(name: str) -> None:
    comparison = COMPARISONS[name]
    started = mock_batch(clock="manual", seed=7, resource_latency=comparison.latency)
    with started as mock, skipping_what_it_lacks():
        answer = comparison.situation(mock)
    ours, theirs = set(members(answer)), set(members(sample(name)))
    assert sorted(theirs - ours) == sorted(comparison.foreign)
    if not comparison.trimmed:
        assert sorted(ours - theirs) == sorted(comparison.newer)


def test_every_sample_is_compared() -> None:
    assert sorted(COMPARISONS) == samples()
