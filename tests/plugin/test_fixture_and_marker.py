"""The fixture, and the marker that pulls it in and gives it options."""

from __future__ import annotations


def test_the_fixture_is_an_active_mock_for_the_time_of_the_test(project):
    project.makepyfile(
        """
        import pytest
        from pytest_batchmock import BatchMock, MockUsageError

        seen = []

        def test_inside(batchmock):
            assert isinstance(batchmock, BatchMock)
            assert BatchMock.current() is batchmock
            seen.append(batchmock)

        def test_a_fresh_one_for_every_test(batchmock):
            assert batchmock is not seen[0]
            assert len(batchmock.jobs) == 0

        def test_none_without_the_fixture():
            with pytest.raises(MockUsageError, match="No BatchMock is active"):
                BatchMock.current()
        """
    )
    project.runpytest().assert_outcomes(passed=3)


def test_the_marker_alone_pulls_the_fixture_in(project):
    project.makepyfile(
        """
        import unittest
        import pytest
        from pytest_batchmock import BatchMock

        @pytest.mark.batchmock
        def test_of_a_function():
            assert BatchMock.current().options.clock == "autojump"

        @pytest.mark.batchmock(clock="manual")
        class TestOfAClass:
            def test_of_a_method(self):
                assert BatchMock.current().options.clock == "manual"

        @pytest.mark.batchmock(seed=5)
        class TestOfUnittest(unittest.TestCase):
            def test_of_a_method(self):
                self.assertEqual(BatchMock.current().options.seed, 5)
        """
    )
    project.runpytest().assert_outcomes(passed=3)


def test_the_marker_of_a_module_is_enough(project):
    project.makepyfile(
        """
        import pytest
        from pytest_batchmock import BatchMock

        pytestmark = pytest.mark.batchmock(seed=3)

        def test_a_function():
            assert BatchMock.current().options.seed == 3
        """
    )
    project.runpytest().assert_outcomes(passed=1)


def test_a_marked_parameter_set_leaves_its_siblings_alone(project):
    project.makepyfile(
        """
        import pytest
        from pytest_batchmock import BatchMock, MockUsageError

        @pytest.mark.parametrize("mocked", [False, pytest.param(True, marks=pytest.mark.batchmock)])
        def test_both(mocked):
            try:
                BatchMock.current()
            except MockUsageError:
                assert not mocked
            else:
                assert mocked
        """
    )
    project.runpytest().assert_outcomes(passed=2)


def test_the_marked_test_s_other_fixtures_see_the_mock_but_wider_ones_do_not(project):
    project.makepyfile(
        """
        import pytest
        from pytest_batchmock import BatchMock, MockUsageError

        @pytest.fixture(scope="session")
        def wide():
            with pytest.raises(MockUsageError):
                BatchMock.current()

        @pytest.fixture
        def narrow(wide):
            return BatchMock.current()

        @pytest.mark.batchmock
        def test_order(narrow):
            assert narrow is BatchMock.current()
        """
    )
    project.runpytest().assert_outcomes(passed=1)


def test_options_of_module_class_and_function_are_merged_and_the_closest_wins(project):
    project.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.batchmock(seed=1, region="eu-west-1")

        @pytest.mark.batchmock(clock="manual", seed=2)
        class TestMerged:
            @pytest.mark.batchmock(seed=3, start="2026-01-01")
            def test_all_three(self, batchmock):
                options = batchmock.options
                assert (options.seed, options.clock, options.region) == (3, "manual", "eu-west-1")
                assert options.start == "2026-01-01"

            def test_two(self, batchmock):
                assert (batchmock.options.seed, batchmock.options.start) == (2, None)
        """
    )
    project.runpytest().assert_outcomes(passed=2)


WRONG = {
    "clok='manual'": "Unknown option clok. Did you mean clock? Options are: clock, rate, start, seed, ",
    "'manual'": "the marker takes keywords only, got 'manual'; options are: clock, rate, ",
    "clock='auto'": "clock='auto': choose one of 'autojump', 'manual', 'real'.",
    "default_duration='soon'": "default_duration: 'soon' is no duration",
    "account_id=123456789012": "account_id=123456789012: give a text of 12 digits",
    "rate='fast'": "rate='fast': give a number",
    "seed='x'": "seed='x': give a whole number",
    "enforce_quotas='no'": "enforce_quotas='no': give True or False",
    "region=None": "region=None: give a text",
    "start=[]": "start=[]: give a datetime",
}


def test_a_wrong_argument_of_the_marker_is_told_at_the_line_of_the_test(project):
    tests = "".join(
        f"@pytest.mark.batchmock({arguments})\ndef test_{number}(): raise AssertionError('it ran')\n"
        for number, arguments in enumerate(WRONG)
    )
    path = project.makepyfile(f"import pytest\n{tests}")
    result = project.runpytest()
    result.assert_outcomes(errors=len(WRONG))
    output = result.stdout.str()
    for number, message in enumerate(WRONG.values()):
        assert f"{path}:{2 + 2 * number}: batchmock: {message}" in output
    assert "Traceback" not in output
    assert "plugin.py" not in output
    assert "During handling" not in output


def test_the_marker_is_known_to_strict_markers_and_described(project):
    project.makepyfile(
        """
        import pytest

        @pytest.mark.batchmock
        def test_marked():
            pass
        """
    )
    project.runpytest("--strict-markers", "--strict-config").assert_outcomes(passed=1)
    project.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.batchmock(?*options): *"])
