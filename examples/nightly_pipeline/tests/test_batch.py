"""The small helpers around Batch, tested with the decorator instead of the fixture."""

from __future__ import annotations

import unittest

from nightly import batch
from nightly.settings import Settings

from pytest_batchmock import BatchMock, mock_batch

SETTINGS = Settings(date="2026-11-23", bucket="weather", queue="default", job_definition="default")


@mock_batch
def test_unfinished_jobs_are_found_on_every_page():
    BatchMock.current().defaults()
    ids = [batch.submit(SETTINGS, f"shard-{n:03}", ["summarise", "a", "b"]) for n in range(120)]

    assert sorted(batch.unfinished(SETTINGS)) == sorted(ids)
    pages = [call for call in BatchMock.current().calls if call.operation == "ListJobs"]
    assert len(pages) == 3


@mock_batch
def test_ended_jobs_are_not_unfinished():
    mock = BatchMock.current()
    mock.defaults()
    mock.on("*-000").fails()
    mock.on("*-002").hangs()
    for number in range(3):
        batch.submit(SETTINGS, f"shard-{number:03}", ["summarise", "a", "b"])
    mock.advance("5m")

    assert batch.unfinished(SETTINGS) == [mock.jobs.one(name="*-002").id]


@mock_batch(clock="manual")
class TerminateTest(unittest.TestCase):
    def setUp(self) -> None:
        self.batchmock.defaults()
        self.batchmock.on("*").hangs()

    def test_a_running_job_stops_with_our_reason(self) -> None:
        job_id = batch.submit(SETTINGS, "shard-000", ["summarise", "a", "b"])
        self.batchmock.advance("5m")

        batch.terminate([job_id], "enough")
        self.batchmock.advance("1m")

        [job] = batch.describe([job_id])
        assert (job["status"], job["statusReason"]) == ("FAILED", "enough")

    def test_a_job_that_has_ended_may_be_terminated_again(self) -> None:
        job_id = batch.submit(SETTINGS, "shard-000", ["summarise", "a", "b"])
        batch.terminate([job_id], "first")
        self.batchmock.advance("1m")

        batch.terminate([job_id], "second")

        assert batch.describe([job_id])[0]["statusReason"] == "first"


def test_the_reason_of_a_failure_is_one_line():
    killed = {
        "statusReason": "Essential container in task exited",
        "container": {
            "exitCode": 137,
            "reason": "OutOfMemoryError: Container killed due to memory usage",
        },
    }

    assert batch.why(killed) == (
        "Essential container in task exited; "
        "OutOfMemoryError: Container killed due to memory usage; exit code 137"
    )
    assert batch.why({"statusReason": "Host EC2 (instance i-0) terminated."}) == (
        "Host EC2 (instance i-0) terminated."
    )
    assert batch.why({}) == "no reason given"
