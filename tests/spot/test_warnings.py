"""EC2's warning of the end of a Spot Instance, and what the fleet says of its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from pytest_batchmock import BatchMock
from spot.conftest import Submit

WARNING = "EC2 Spot Instance Interruption Warning"


@pytest.fixture
def spot(batch: BatchMock) -> BatchMock:
    """Jobs run on Spot Instances of EC2."""
    batch.defaults(spot=True)
    return batch


def warnings(batch: BatchMock) -> list[dict[str, Any]]:
    return batch.events.matching({"source": ["aws.ec2"]})


def test_a_spot_instance_that_gets_its_notice_is_told_of_as_ec2_does(
    spot: BatchMock, submit: Submit
) -> None:
    job = submit("RUNNING")
    (instance,) = spot.instances
    heard: list[dict[str, Any]] = []
    spot.events.subscribe(lambda event, context: heard.append(event), {"detail-type": [WARNING]})
    at = f"{spot.now:%Y-%m-%dT%H:%M:%SZ}"
    spot.spot.reclaim(job=job)
    (event,) = warnings(spot)
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": WARNING,
        "source": "aws.ec2",
        "account": "123456789012",
        "time": at,
        "region": "us-east-1",
        "resources": [f"arn:aws:ec2:{instance.zone}:instance/{instance.id}"],
        "detail": {"instance-id": instance.id, "instance-action": "terminate"},
    }
    assert heard == [event]
    assert event not in spot.events.of(job)


def test_the_warning_comes_two_minutes_before_the_job_is_lost(spot: BatchMock, submit: Submit) -> None:
    spot.spot.interruption_rate(1)
    spot.on().hangs()
    job = submit("FAILED")
    (event,) = warnings(spot)
    lost_at = job.attempts[-1].stopped_at
    assert lost_at is not None
    warned_at = datetime.fromisoformat(event["time"])
    assert lost_at.replace(microsecond=0) - warned_at == timedelta(minutes=2)
    assert [it["source"] for it in spot.events][-2:] == ["aws.ec2", "aws.batch"]


def test_an_instance_that_is_gone_at_once_was_not_warned_of(spot: BatchMock, submit: Submit) -> None:
    job = submit("RUNNING")
    spot.spot.reclaim(job=job, notice=0)
    assert warnings(spot) == []


def test_a_second_notice_for_the_same_instance_is_no_second_warning(
    spot: BatchMock, submit: Submit
) -> None:
    job = submit("RUNNING")
    spot.spot.reclaim(job=job)
    spot.spot.price("*", 1000)
    assert len(warnings(spot)) == 1


def test_a_task_on_fargate_spot_has_no_instance_to_warn_of(batch: BatchMock, submit: Submit) -> None:
    batch.defaults(fargate=True, spot=True)
    batch.spot.reclaim(job=submit("RUNNING"))
    assert warnings(batch) == []


def test_an_instance_whose_jobs_end_within_its_notice_was_reclaimed(
    spot: BatchMock, submit: Submit
) -> None:
    spot.on().succeeds(after="1m")
    job = submit("RUNNING")
    spot.spot.reclaim(job=job)
    spot.advance("1m")
    (instance,) = spot.instances
    assert job.status == "SUCCEEDED"
    assert (instance.status, instance.ended_because) == ("ended", "reclaimed")


@pytest.mark.parametrize(
    ("outcome", "why"), [("reclaimed", "reclaimed"), ("host_lost", "its host was lost")]
)
def test_an_instance_that_a_scripted_loss_is_about_says_which(
    spot: BatchMock, submit: Submit, outcome: str, why: str
) -> None:
    getattr(spot.on(), outcome)(after="1m")
    submit("FAILED")
    (instance,) = spot.instances
    assert (instance.status, instance.ended_because) == ("ended", why)
