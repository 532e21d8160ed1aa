"""What a failing test gets to read about its jobs."""

from __future__ import annotations

_HELPERS = """
    import pytest
    from pytest_batchmock import cannot_pull, fails, reclaimed, succeeds

    def submit(batch, name, **more):
        request = {"jobName": name, "jobQueue": "default", "jobDefinition": "default", **more}
        return batch.call("SubmitJob", request)["jobId"]

    MANUAL = pytest.mark.batchmock(clock="manual", start="2026-03-01T12:00:00")
"""


def test_a_failing_test_is_told_its_jobs_their_statuses_reasons_and_attempts(project):
    project.makepyfile(
        _HELPERS
        + """
    @MANUAL
    def test_fails(batchmock):
        batchmock.defaults(spot=True)
        batchmock.on("etl").attempts(
            reclaimed(after="1m"), fails(exit_code=3, reason="no input", after="1m")
        )
        submit(batchmock, "etl", retryStrategy={"attempts": 2})
        batchmock.advance("10m")
        assert False
    """
    )
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- batchmock -*",
            "1 job(s) at virtual time 12:10:00:",
            "etl (*) FAILED: Essential container in task exited",
            "    SUBMITTED > RUNNABLE > STARTING > RUNNING > RUNNABLE > STARTING > RUNNING > FAILED",
            "    attempt 1 in default: Host EC2 (instance i-*) terminated.",
            "    attempt 2 in default: Essential container in task exited, exit code 3, no input",
        ]
    )


def test_jobs_that_have_not_ended_are_explained(project):
    project.makepyfile(
        _HELPERS
        + """
    @MANUAL
    def test_fails(batchmock):
        batchmock.defaults(max_vcpus=1)
        batchmock.on("hangs").hangs()
        first = submit(batchmock, "hangs")
        submit(batchmock, "waits", dependsOn=[{"jobId": first}])
        submit(batchmock, "too-many")
        batchmock.advance("1m")
        assert False
    """
    )
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "hangs (*) RUNNING",
            "    hangs (*) is RUNNING since 12:00:43: its outcome rule says that it hangs, and it has *",
            "waits (*) PENDING",
            "    waits (*) is PENDING since 12:00:01: waits for hangs (*, RUNNING)",
            "too-many (*) RUNNABLE",
            "    too-many (*) is RUNNABLE since 12:00:01: needs 1 vCPU, * MiB; queue 'default': *",
        ]
    )


def test_errors_of_other_fixtures_and_at_the_end_of_a_test_get_the_section_too(project):
    project.makepyfile(
        _HELPERS
        + """
    @pytest.fixture
    def broken(batchmock):
        batchmock.defaults()
        submit(batchmock, "made-by-a-fixture")
        raise RuntimeError("broken")

    @pytest.fixture
    def broken_at_the_end(batchmock):
        yield
        raise RuntimeError("broken")

    def test_setup(broken):
        pass

    def test_teardown(broken_at_the_end, batchmock):
        batchmock.defaults()
        submit(batchmock, "made-by-a-test")
    """
    )
    result = project.runpytest()
    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines(["made-by-a-fixture (*) SUBMITTED", "made-by-a-test (*) SUBMITTED"])


def test_a_test_without_jobs_is_told_so(project):
    project.makepyfile(
        _HELPERS
        + """
    @MANUAL
    def test_fails(batchmock):
        assert False
    """
    )
    project.runpytest().stdout.fnmatch_lines(["No job was submitted. Virtual time: 12:00:00."])


def test_a_test_that_passes_or_has_no_mock_gets_no_section(project):
    project.makepyfile(
        """
    def test_passes(batchmock):
        batchmock.defaults()

    def test_fails_without_a_mock():
        assert False
    """
    )
    result = project.runpytest("-rA")
    result.assert_outcomes(passed=1, failed=1)
    assert "- batchmock -" not in result.stdout.str()


def test_a_long_list_of_jobs_is_cut(project):
    project.makepyfile(
        _HELPERS
        + """
    def test_fails(batchmock):
        batchmock.defaults()
        for number in range(45):
            submit(batchmock, f"job-{number}")
        assert False
    """
    )
    result = project.runpytest()
    result.stdout.fnmatch_lines(["45 job(s) at virtual time *", "job-39 *", "… and 5 more"])
    assert "job-40" not in result.stdout.str()


def test_rules_that_decided_nothing_are_named(project):
    project.makepyfile(
        _HELPERS
        + """
    @MANUAL
    def test_fails(batchmock):
        batchmock.defaults()
        batchmock.on("report-*").fails()
        batchmock.on("etl", queue="other").attempts(fails(), succeeds())
        batchmock.on("etl").succeeds(after="5s")
        submit(batchmock, "etl")
        batchmock.run_until_idle()
        assert False

    def test_without_jobs(batchmock):
        batchmock.on("etl", tags={"team": "a"}).hangs()
        batchmock.on("etl", attempt=2)
        assert False
    """
    )
    result = project.runpytest()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "Outcome rules that have decided nothing so far (no attempt matched, or a later rule won):",
            "    on('report-[*]').fails(…)",
            "    on('etl', queue='other').attempts(…)",
            "No job was submitted. *",
            "Outcome rules that have decided nothing so far *",
            "    on('etl', tags={'team': 'a'}).hangs(…)",
            "    on('etl', attempt=2): no outcome was given",
        ]
    )
    result.stdout.no_fnmatch_line("    on('etl').succeeds*")


def test_a_test_that_made_no_queue_is_told_of_defaults(project):
    project.makepyfile(
        _HELPERS
        + """
    def test_fails(batchmock):
        submit(batchmock, "etl")

    def test_fails_without_a_call(batchmock):
        assert False
    """
    )
    result = project.runpytest()
    result.assert_outcomes(failed=2)
    assert result.stdout.str().count("No job queue was made: batchmock.defaults() makes an") == 1


def test_a_client_of_another_region_than_the_resources_is_told(project):
    project.makepyfile(
        """
    import pytest
    from pytest_batchmock.errors import BatchError
    from pytest_batchmock.transports.active import CallContext

    def test_fails(batchmock):
        batchmock.defaults()
        elsewhere = CallContext("123456789012", "eu-west-1", validated=False)
        with pytest.raises(BatchError, match="JobQueue default not found"):
            batchmock._world.call(
                elsewhere,
                "SubmitJob",
                {"jobName": "a", "jobQueue": "default", "jobDefinition": "default"},
            )
        assert False

    def test_fails_in_one_region(batchmock):
        batchmock.defaults()
        assert False
    """
    )
    result = project.runpytest("-vv")
    result.assert_outcomes(failed=2)
    told = "Calls reached eu-west-1 of 123456789012, where no queue is; queues are in us-east-1 of *"
    result.stdout.fnmatch_lines([told])
    assert str(result.stdout).count("Calls reached") == 1


def test_the_traceback_of_a_mistake_ends_at_the_line_of_the_test(project):
    project.makepyfile(
        """
        def test_mistake(batchmock):
            batchmock.on("etl").succeeds(after="4 moons")
        """
    )
    shown = project.runpytest().stdout
    shown.fnmatch_lines(["*MockUsageError: '4 moons' is no duration*", "*test_*.py:2: MockUsageError"])
    shown.no_fnmatch_line("*durations.py*")
    project.runpytest("--full-trace").stdout.fnmatch_lines(["*durations.py*"])


def test_the_traceback_of_a_refused_call_ends_at_the_line_of_the_test(project):
    project.makepyfile(
        """
        def test_refused(batchmock):
            batchmock.call("SubmitJob", {"jobNam": "etl"})
        """
    )
    shown = project.runpytest().stdout
    shown.fnmatch_lines(["*BatchError: Unknown member 'jobNam'*", "*test_*.py:2: BatchError"])
    shown.no_fnmatch_line("*dispatch.py*")
