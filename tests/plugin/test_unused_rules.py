"""What becomes of a passing test whose outcome rules have decided nothing."""

from __future__ import annotations

import pytest

_TESTS = """
    import pytest

    def test_misspelt(batchmock):
        batchmock.on("reprot").fails()

    def test_used(batchmock):
        batchmock.defaults()
        batchmock.on("report").fails()
        batchmock.call(
            "SubmitJob", {"jobName": "report", "jobQueue": "default", "jobDefinition": "default"}
        )
        batchmock.run_until_idle()
"""
_TOLD = "*batchmock: outcome rules have decided nothing * on('reprot').fails(*"


def test_they_are_ignored_by_default(project):
    project.makepyfile(_TESTS)
    result = project.runpytest()
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line(_TOLD)


def test_the_ini_file_makes_them_errors_at_the_end_of_the_test(project, configure):
    configure("batchmock_unused_rules = error")
    project.makepyfile(_TESTS)
    result = project.runpytest()
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_misspelt*", _TOLD])


def test_the_command_line_wins_over_the_ini_file(project, configure):
    configure("batchmock_unused_rules = error")
    project.makepyfile(_TESTS)
    result = project.runpytest("--batchmock-unused-rules=warn", "-W", "default")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines([_TOLD])


def test_the_marker_wins_over_both(project, configure):
    configure("batchmock_unused_rules = error")
    marked = "    @pytest.mark.batchmock(unused_rules='ignore')\n    def test_misspelt"
    project.makepyfile(_TESTS.replace("    def test_misspelt", marked))
    project.runpytest("--batchmock-unused-rules=error").assert_outcomes(passed=2)


def test_a_test_that_failed_gets_no_second_error(project):
    project.makepyfile(
        """
    def test_fails(batchmock):
        batchmock.on("reprot").fails()
        assert False
    """
    )
    result = project.runpytest("--batchmock-unused-rules=error")
    result.assert_outcomes(failed=1)


@pytest.mark.parametrize("how", ["", "loud"])
def test_another_word_is_refused(project, how):
    project.makepyfile(
        f"""
    import pytest

    @pytest.mark.batchmock(unused_rules={how!r})
    def test_it(batchmock):
        pass
    """
    )
    result = project.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*unused_rules={how!r}: choose one of 'ignore', 'warn', 'error'."])
    result = project.runpytest("--batchmock-unused-rules=loud")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*batchmock: unused_rules='loud': choose one of*"])
