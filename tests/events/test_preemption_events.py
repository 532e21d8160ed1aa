"""The events of a preemption: it has started, it is completed."""

from __future__ import annotations

from typing import Any

from scheduler.quota_builders import Trainings

from pytest_batchmock import BatchMock

REASON = "Cross-share preemption triggered to reclaim borrowed capacity"
STARTED = "Batch Service Job Preemption Started"
COMPLETED = "Batch Service Job Preemption Completed"


def _preempted(mock: BatchMock, batch: Any, **members: Any) -> tuple[Trainings, str]:
    trainings = Trainings(mock, batch, 2)
    trainings.share("lender", 2, "LEND")
    trainings.share("borrower", 0, "LEND_AND_BORROW")
    mock.on_service_job("borrows").hangs()
    job_id = trainings.train("borrows", "borrower", 2, **members)
    mock.advance("2m")
    trainings.train("reclaims", "lender", 1)
    mock.advance("10s")
    return trainings, job_id


def test_a_preemption_is_told_when_it_starts_and_when_it_is_completed(
    mock: BatchMock, batch: Any
) -> None:
    told: list[str] = []
    mock.events.subscribe(lambda event, context: told.append(event["detail-type"]))
    trainings, job_id = _preempted(mock, batch)
    job = trainings.describe(job_id)
    events = mock.events.of(job_id)
    assert [event["detail-type"] for event in events[4:]] == [
        STARTED,
        "Batch Service Job State Change",
        COMPLETED,
    ]
    started, moved, completed = events[4:]
    assert started["resources"] == completed["resources"] == [job["jobArn"]]
    assert started["detail"] == {
        "preemptedJobArn": job["jobArn"],
        "status": "RUNNING",
        "statusReason": f"PREEMPTION_IN_PROGRESS: {REASON}",
    }
    assert moved["detail"]["status"] == "RUNNABLE"
    assert completed["detail"] == {
        "preemptedJobArn": job["jobArn"],
        "status": "RUNNABLE",
        "preemptionSummary": job["preemptionSummary"],
    }
    assert started["time"] < completed["time"]
    assert len({event["id"] for event in events}) == len(events)
    assert (told.count(STARTED), told.count(COMPLETED)) == (1, 1)
    assert sorted(told) == sorted(event["detail-type"] for event in mock.events)


def test_a_preemption_that_ends_the_job_is_completed_with_failed(mock: BatchMock, batch: Any) -> None:
    limit = {"preemptionRetriesBeforeTermination": 0}
    _, job_id = _preempted(mock, batch, preemptionConfiguration=limit)
    completed = mock.events.of(job_id)[-1]
    assert completed["detail-type"] == COMPLETED
    assert completed["detail"]["status"] == "FAILED"
    assert completed["detail"]["preemptionSummary"]["preemptedAttemptCount"] == 1
    earlier = mock.events.of(job_id)[0]["detail"]
    assert "preemptionSummary" not in earlier
