"""The fixture `batchmock_server`, as a project uses it."""

from __future__ import annotations

import pytest

PROGRAM = """
import boto3

batch = boto3.client("batch")
job = batch.submit_job(jobName="report", jobQueue="default", jobDefinition="default")
while True:
    described = batch.describe_jobs(jobs=[job["jobId"]])["jobs"][0]
    if described["status"] in ("SUCCEEDED", "FAILED"):
        raise SystemExit(described["attempts"][-1]["container"]["exitCode"])
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider -p no:asyncio\nfilterwarnings = error\n")
    pytester.makepyfile(program=PROGRAM)
    return pytester


def passed(project: pytest.Pytester, count: int, *arguments: str) -> None:
    in_process = "-n" not in arguments
    run = project.runpytest_inprocess if in_process else project.runpytest_subprocess
    run(*arguments).assert_outcomes(passed=count)


def test_a_program_in_a_process_of_its_own_is_tested(project):
    project.makepyfile(
        """
        import os, subprocess, sys

        def test_program(batchmock_server):
            batchmock_server.mock.defaults()
            batchmock_server.mock.on("report").fails(exit_code=3)
            environment = os.environ | batchmock_server.environment
            done = subprocess.run([sys.executable, "program.py"], env=environment)
            assert done.returncode == 3
            assert batchmock_server.mock.jobs.one().status == "FAILED"
        """
    )
    passed(project, 1)


def test_it_sets_and_patches_nothing_in_the_process_of_the_test(project):
    project.makepyfile(
        """
        import os, time
        import pytest
        from pytest_batchmock import BatchMock, MockUsageError

        def look():
            ours = {name: os.environ[name] for name in os.environ if not name.startswith("PYTEST_")}
            return ours, time.sleep

        before = look()

        def test_nothing(batchmock_server):
            assert look() == before
            with pytest.raises(MockUsageError):
                BatchMock.current()
        """
    )
    passed(project, 1)


def test_it_is_one_server_for_the_session_and_a_reset_begins_anew(project):
    project.makepyfile(
        """
        urls = []

        def test_first(batchmock_server):
            urls.append(batchmock_server.url)
            batchmock_server.mock.defaults()

        def test_second(batchmock_server):
            assert [batchmock_server.url] == urls
            assert batchmock_server.mock.call("DescribeJobQueues", {})["jobQueues"]
            batchmock_server.reset()
            assert not batchmock_server.mock.call("DescribeJobQueues", {})["jobQueues"]
        """
    )
    passed(project, 2)


def test_every_worker_of_xdist_has_a_server_of_its_own(project):
    pytest.importorskip("xdist")
    project.makepyfile(
        """
        import os
        import pytest

        @pytest.mark.parametrize("number", range(8))
        def test_server(batchmock_server, number, tmp_path_factory):
            folder = tmp_path_factory.getbasetemp().parent
            worker = os.environ["PYTEST_XDIST_WORKER"]
            (folder / f"{worker}.url").write_text(batchmock_server.url)
            urls = {file.read_text() for file in folder.glob("*.url")}
            assert len(urls) == len(list(folder.glob("*.url")))
        """
    )
    passed(project, 8, "-n", "2")


def test_it_takes_the_options_of_the_run(project):
    project.makepyfile(
        """
        def test_options(batchmock_server):
            assert batchmock_server.mock.options.clock == "manual"
            assert batchmock_server.environment["AWS_DEFAULT_REGION"] == "eu-west-1"
            assert batchmock_server.environment["AWS_ENDPOINT_URL_BATCH"] == batchmock_server.url
        """
    )
    passed(project, 1, "--batchmock-clock=manual", "--batchmock-region=eu-west-1")


def test_its_variables_are_set_for_the_session_if_the_ini_file_says_so(project):
    project.makeini(
        "[pytest]\naddopts = -p no:cacheprovider -p no:asyncio\nfilterwarnings = error\n"
        "batchmock_server_environment = true\n"
    )
    project.makepyfile(
        """
        import subprocess, sys

        def test_program(batchmock_server):
            batchmock_server.defaults()
            batchmock_server.on("report").fails(exit_code=3)
            assert subprocess.run([sys.executable, "program.py"]).returncode == 3
            assert batchmock_server.jobs.one().status == "FAILED"
        """
    )
    passed(project, 1)


def test_accounts_keep_suites_apart(project):
    project.makepyfile(
        """
        import boto3

        def test_accounts(batchmock_server):
            other = "111122223333"
            batchmock_server.account(other).defaults()
            given = batchmock_server.environment_of(other)
            client = boto3.client(
                "batch",
                endpoint_url=given["AWS_ENDPOINT_URL_BATCH"],
                region_name=given["AWS_DEFAULT_REGION"],
                aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
            )
            [queue] = client.describe_job_queues()["jobQueues"]
            client.close()
            assert other in queue["jobQueueArn"]
            assert not batchmock_server.mock.call("DescribeJobQueues", {})["jobQueues"]
            batchmock_server.reset(other)
            assert not batchmock_server.account(other).call("DescribeJobQueues", {})["jobQueues"]
        """
    )
    passed(project, 1)


def test_without_werkzeug_it_says_what_to_install(project):
    project.makeconftest("import sys; sys.modules['werkzeug'] = None")
    project.makepyfile("def test_server(batchmock_server): pass")
    result = project.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*batchmock_server:*pip install 'pytest-batchmock?server?'*"])
