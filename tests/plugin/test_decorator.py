"""`mock_batch` as a decorator: functions, coroutines, classes; and as a context manager."""

from __future__ import annotations

import inspect
import unittest
from typing import Any

import boto3
import pytest

from pytest_batchmock import BatchMock, MockUsageError, mock_batch


def a_function(first: int, *, second: str = "x") -> str:
    """A docstring."""
    return f"{first}{second}{BatchMock.current().options.seed}"


async def a_coroutine(first: int) -> int:
    return first + BatchMock.current().options.seed


def no_mock_is_active() -> bool:
    try:
        BatchMock.current()
    except MockUsageError:
        return True
    return False


@mock_batch(seed=4)
@pytest.mark.parametrize("number", [1, 2])
def test_under_the_decorator_parameters_and_fixtures_still_arrive(number, tmp_path):
    assert BatchMock.current().options.seed == 4
    assert number in (1, 2)
    assert tmp_path.exists()


@pytest.mark.parametrize("number", [1, 2])
@mock_batch
def test_above_the_decorator_too(number):
    assert len(BatchMock.current().jobs) == 0
    assert number in (1, 2)


@pytest.mark.asyncio
@mock_batch(seed=4)
async def test_a_coroutine_runs_inside_of_the_mock():
    assert BatchMock.current().options.seed == 4


@pytest.mark.parametrize("function", [a_function, a_coroutine])
def test_the_signature_the_name_and_the_kind_stay_as_they_were(function):
    decorated = mock_batch(function)
    assert inspect.signature(decorated) == inspect.signature(function)
    assert inspect.iscoroutinefunction(decorated) == inspect.iscoroutinefunction(function)
    assert (decorated.__name__, decorated.__doc__) == (function.__name__, function.__doc__)


def test_every_call_has_a_fresh_mock_that_ends_with_it():
    seen = []

    @mock_batch(seed=7)
    def run() -> None:
        seen.append(BatchMock.current())
        raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            run()
    assert seen[0] is not seen[1]
    assert no_mock_is_active()
    assert mock_batch(seed=3)(a_function)(1, second="y") == "1y3"


def test_a_class_has_a_fresh_mock_for_each_of_its_tests_inherited_ones_included():
    class Base:
        def test_inherited(self) -> BatchMock:
            return BatchMock.current()

    @mock_batch(seed=2)
    class Tests(Base):
        def test_own(self) -> BatchMock:
            return BatchMock.current()

        @staticmethod
        def test_static() -> BatchMock:
            return BatchMock.current()

        @classmethod
        def test_of_the_class(cls) -> BatchMock:
            return BatchMock.current()

        def helper(self) -> bool:
            return no_mock_is_active()

    tests = Tests()
    mocks = [tests.test_own(), tests.test_inherited(), tests.test_static(), tests.test_of_the_class()]
    assert len(set(map(id, mocks))) == 4
    assert {mock.options.seed for mock in mocks} == {2}
    assert tests.helper()
    with pytest.raises(MockUsageError):
        Base().test_inherited()


def run_unittest(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_unittest_case_gets_the_mock_as_an_attribute_from_set_up_to_the_clean_ups():
    seen: dict[str, Any] = {}

    @mock_batch(seed=6)
    class Case(unittest.TestCase):
        def setUp(self) -> None:
            self.batchmock.defaults()
            self.addCleanup(lambda: seen.update(cleanup=BatchMock.current()))

        def tearDown(self) -> None:
            seen["teardown"] = BatchMock.current()

        def test_jobs(self) -> None:
            client = boto3.client("batch")
            client.submit_job(jobName="a", jobQueue="default", jobDefinition="default")
            assert len(self.batchmock.jobs) == 1
            assert self.batchmock is BatchMock.current()
            seen["test"] = self.batchmock

        def test_again(self) -> None:
            assert len(self.batchmock.jobs) == 0

    result = run_unittest(Case)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])
    assert seen["test"].options.seed == 6
    assert {"cleanup", "teardown", "test"} == set(seen)
    assert no_mock_is_active()


def test_an_asynchronous_unittest_case_gets_it_too():
    @mock_batch
    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            self.batchmock.defaults()

        async def test_queue(self) -> None:
            answer = boto3.client("batch").describe_job_queues()
            assert [queue["jobQueueName"] for queue in answer["jobQueues"]] == ["default"]

    result = run_unittest(Case)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


@mock_batch(seed=5)
class TestOfUnittestUnderPytest(unittest.TestCase):
    """Collected by pytest itself."""

    def test_the_attribute_is_there(self) -> None:
        assert self.batchmock.options.seed == 5


@mock_batch(seed=5)
class TestPlainClassUnderPytest:
    """Likewise."""

    def test_the_mock_is_active(self):
        assert BatchMock.current().options.seed == 5


@mock_batch(seed=5)
class TestPlainClassWithSetup:
    """Its mock is there from ``setup_method`` to ``teardown_method``."""

    def setup_method(self):
        BatchMock.current().defaults()

    def teardown_method(self, method):
        assert method.__name__.startswith("test_")
        assert self.seen is BatchMock.current()

    def test_the_mock_is_the_one_of_the_setup(self):
        self.seen = BatchMock.current()
        assert self.seen.options.seed == 5
        with pytest.raises(MockUsageError, match="there already"):
            self.seen.defaults()

    @pytest.mark.asyncio
    async def test_of_a_coroutine_too(self):
        self.seen = BatchMock.current()
        assert self.seen.options.seed == 5


@mock_batch(seed=6)
class TestDecoratedSubclassWithSetup(TestPlainClassWithSetup):
    def test_the_mock_is_the_one_of_the_setup(self):
        self.seen = BatchMock.current()
        assert self.seen.options.seed == 6

    @pytest.mark.asyncio
    async def test_of_a_coroutine_too(self):
        self.seen = BatchMock.current()


class TestSubclassThatForgetsTheSetup(TestPlainClassWithSetup):
    """Inherited tests have a mock of their own then, rather than none."""

    def setup_method(self): ...

    def teardown_method(self):
        assert self.seen.options.seed == 5

    test_the_mock_is_the_one_of_the_setup = None


def test_a_setup_that_fails_leaves_no_mock_behind():
    @mock_batch
    class Tests:
        def setup_method(self):
            raise OSError("no")

        def test_it(self): ...

    with pytest.raises(OSError, match="no"):
        Tests().setup_method(Tests.test_it)
    with pytest.raises(MockUsageError, match="No BatchMock is active"):
        BatchMock.current()


def test_a_generator_cannot_be_decorated_and_the_error_says_what_to_do():
    def generator():
        yield

    with pytest.raises(MockUsageError, match="use 'with mock_batch"):
        mock_batch(generator)


def test_a_wrong_option_is_told_where_the_decorator_stands():
    with pytest.raises(
        MockUsageError, match=r"Unknown option clok\. Did you mean clock\? Options are: clock"
    ):
        mock_batch(clok="manual")


def test_the_innermost_mock_wins_and_a_started_one_cannot_be_started_again():
    with mock_batch(seed=1) as outer:
        with mock_batch(seed=2) as inner:
            assert BatchMock.current() is inner
            with pytest.raises(MockUsageError, match="active already"):
                inner.start()
        assert BatchMock.current() is outer
    assert no_mock_is_active()


def test_a_decorated_subclass_has_its_own_options_for_inherited_tests_too():
    @mock_batch(seed=1)
    class Base:
        def test_inherited(self) -> int:
            return BatchMock.current().options.seed

        @staticmethod
        def test_static() -> int:
            return BatchMock.current().options.seed

    @mock_batch(seed=2)
    class Child(Base):
        @mock_batch(seed=3)
        def test_own(self) -> int:
            return BatchMock.current().options.seed

    assert (Base().test_inherited(), Child().test_inherited()) == (1, 2)
    assert (Base.test_static(), Child.test_static()) == (1, 2)
    assert Child().test_own() == 3  # what stands closest to the test wins


def test_a_decorated_unittest_subclass_has_one_mock_with_its_own_options():
    @mock_batch(seed=1)
    class Base(unittest.TestCase):
        def test_seed(self) -> None:
            assert BatchMock.current() is self.batchmock
            assert self.batchmock.options.seed == self.wanted

        wanted = 1

    @mock_batch(seed=2)
    class Child(Base):
        wanted = 2

    for case in (Base, Child):
        result = run_unittest(case)
        assert (result.testsRun, result.errors, result.failures) == (1, [], [])


@pytest.mark.parametrize("target", ["manual", 5])
def test_an_option_without_its_name_is_refused(target):
    with pytest.raises(MockUsageError, match="options are given by name"):
        mock_batch(target)


def test_the_error_of_the_test_is_not_hidden_by_the_hint_at_slow_polling():
    @mock_batch
    def waits_and_fails():
        BatchMock.current()._world.waited(60.0, "here.py:1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        waits_and_fails()
    assert no_mock_is_active()


def test_a_mock_that_is_reset_stays_where_it_stands():
    with mock_batch() as outer:
        with mock_batch() as inner:
            outer.reset()
            assert BatchMock.current() is inner
            inner.reset()
            inner.defaults()
            assert BatchMock.current() is inner
        assert BatchMock.current() is outer
        assert boto3.client("batch").describe_job_queues()["jobQueues"] == []
    assert no_mock_is_active()
