"""The plugin beside other things: xdist, early clients, a run without it, and its cost at load."""

from __future__ import annotations

import json

import pytest

from pytest_batchmock.options import Options

APPLICATION = """
    import time
    import boto3

    batch = boto3.client("batch", region_name="us-east-1")

    def run():
        job_id = batch.submit_job(
            jobName="report-1",
            jobQueue="default",
            jobDefinition="default",
            retryStrategy={"attempts": 2},
        )["jobId"]
        while batch.describe_jobs(jobs=[job_id])["jobs"][0]["status"] not in ("SUCCEEDED", "FAILED"):
            time.sleep(30)
"""

BLOCK = """
from datetime import timedelta
import boto3
import nightly
from pytest_batchmock import BatchMock, fails, mock_batch, reclaimed, succeeds

def test_nightly_report_survives_a_spot_reclaim(batchmock):
    batchmock.defaults(spot=True)                      # an environment, the queue "default" and the definition "default"
    batchmock.on("report-*").attempts(reclaimed(after="4m"), succeeds(after="10m"))
    nightly.run()                                      # the application: plain boto3, retries twice, polls in a loop
    job = batchmock.jobs.one(name="report-*")
    assert job.status == "SUCCEEDED"
    assert job.statuses == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]
    assert job.attempts[0].status_reason.startswith("Host EC2 (instance i-")

@mock_batch                                            # functions, coroutines, and classes (unittest.TestCase gets self.batchmock)
def test_cancel(): ...                                 # signature unchanged; BatchMock.current() is the active one

def test_with():
    with mock_batch(clock="manual") as batch:              # context manager
        batch.defaults()
        boto3.client("batch", region_name="us-east-1").submit_job(
            jobName="etl", jobQueue="default", jobDefinition="default"
        )
        batch.on("etl", attempt=1).fails(exit_code=137, reason="OutOfMemoryError: Container killed due to memory usage")
        batch.advance("5m")                                # or minutes=5, 300, timedelta(minutes=5)
        batch.advance(timedelta(minutes=5))
        batch.advance(minutes=5)
        batch.advance(300)
        job = batch.jobs.one()
        assert (job.status, job.exit_code) == ("FAILED", 137)
        assert job.attempts[0].reason == "OutOfMemoryError: Container killed due to memory usage"
"""  # noqa: E501 (word for word what a user is promised)

HEAVY = {
    "aiobotocore",
    "boto3",
    "botocore.client",
    "botocore.session",
    "docker",
    "moto",
    "pytest_batchmock.mock",
    "requests",
    "responses",
    "rich",
    "werkzeug",
}


def test_the_promised_block_runs_against_a_client_made_at_import(project):
    project.makepyfile(nightly=APPLICATION)
    project.makepyfile(test_nightly=BLOCK)
    project.runpytest_subprocess().assert_outcomes(passed=3)


def test_clients_made_while_the_tests_are_collected_are_caught_in_every_test(project):
    project.makepyfile(nightly=APPLICATION)
    project.makepyfile(
        """
        import nightly
        import pytest

        CLIENT = nightly.batch

        @pytest.mark.parametrize("round", [1, 2])
        def test_jobs_of_this_test_only(batchmock, round):
            batchmock.defaults()
            nightly.run()
            assert len(batchmock.jobs) == 1
            assert len(CLIENT.describe_job_queues()["jobQueues"]) == 1
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=2)


def test_two_xdist_workers_have_mocks_of_their_own_and_the_options_of_the_run(project):
    project.makepyfile(nightly=APPLICATION)
    project.makepyfile(
        """
        import nightly
        import pytest

        @pytest.mark.batchmock(account_id="111122223333")
        @pytest.mark.parametrize("number", range(6))
        def test_each(batchmock, number, worker_id):
            assert worker_id in ("gw0", "gw1")
            assert (batchmock.options.seed, batchmock.options.account_id) == (4, "111122223333")
            batchmock.defaults()
            nightly.run()
            assert len(batchmock.jobs) == 1

        def test_fails(batchmock):
            batchmock.defaults()
            nightly.batch.submit_job(jobName="etl", jobQueue="default", jobDefinition="default")
            assert False
        """
    )
    result = project.runpytest_subprocess("-n", "2", "--batchmock-seed=4")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["*- batchmock -*", "1 job(s) at virtual time *", "etl (*) SUBMITTED"])


def test_without_the_plugin_nothing_of_it_is_there(project):
    project.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            assert [name for name in sys.modules if name.startswith("pytest_batchmock")] == []

        def test_no_fixture(batchmock):
            pass
        """
    )
    result = project.runpytest_subprocess("-p", "no:batchmock")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'batchmock' not found"])


def test_nothing_heavy_is_imported_and_nothing_patched_at_load(project):
    project.makepyfile(
        """
        import asyncio
        import json
        import sys
        import time
        from pathlib import Path

        def test_loaded():
            assert "pytest_batchmock.plugin" in sys.modules
            Path("modules.json").write_text(json.dumps(sorted(sys.modules)))
            assert type(time.sleep).__name__ == "builtin_function_or_method"
            assert asyncio.sleep.__module__ == "asyncio.tasks"
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)
    loaded = set(json.loads((project.path / "modules.json").read_text()))
    assert loaded & HEAVY == set()


def test_after_the_test_everything_is_as_it_was(project):
    project.makepyfile(
        """
        import os
        import time
        import pytest

        before = dict(os.environ)
        sleep = time.sleep

        def test_mocked(batchmock):
            import boto3
            assert boto3.client("batch").meta.region_name == "eu-west-3"
            assert time.sleep is not sleep

        def test_after():
            import boto3
            ours = ("AWS_", "BOTO")
            assert [name for name in os.environ if name.startswith(ours)] == [
                name for name in before if name.startswith(ours)
            ]
            assert time.sleep is sleep
            with pytest.raises(Exception, match="region"):
                boto3.client("batch")
        """
    )
    result = project.runpytest_subprocess("--batchmock-region=eu-west-3")
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("name", Options.names())
def test_every_option_has_a_help_text(name):
    from pytest_batchmock.plugin import _HELP

    assert len(_HELP[name]) > 20
