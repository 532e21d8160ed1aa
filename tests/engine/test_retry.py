"""The decision after a failed attempt: retry or not (API model, RetryStrategy and EvaluateOnExit)."""

from __future__ import annotations

import pytest

from pytest_batchmock.engine.retry import pattern_matches, retries
from pytest_batchmock.runners import outcomes
from pytest_batchmock.runners.outcomes import Ending

EXIT_1 = Ending(outcomes.CONTAINER_EXITED, 1)
EXIT_137 = Ending(outcomes.CONTAINER_EXITED, 137, outcomes.OUT_OF_MEMORY)
RECLAIMED = Ending(outcomes.host_terminated("i-0123456789abcdef0"))
NOT_PULLED = Ending(outcomes.TASK_FAILED_TO_START, None, "CannotPullContainerError: no such image")

ON_HOST = {"onStatusReason": "Host EC2*", "action": "RETRY"}
ELSE_EXIT = {"onReason": "*", "action": "EXIT"}


def _decides(ending: Ending, *entries: dict[str, str]) -> bool:
    return retries(ending, number=1, attempts=2, evaluate_on_exit=entries)


@pytest.mark.parametrize(
    ("number", "attempts", "expected"),
    [(1, 1, False), (1, 2, True), (2, 3, True), (3, 3, False), (9, 10, True), (10, 10, False)],
)
def test_attempts_is_the_total_number_of_tries(number, attempts, expected):
    assert retries(EXIT_1, number=number, attempts=attempts, evaluate_on_exit=()) is expected


@pytest.mark.parametrize(
    ("ending", "entries", "expected"),
    [
        pytest.param(RECLAIMED, [ON_HOST, ELSE_EXIT], True, id="the first entry that matches decides"),
        pytest.param(EXIT_1, [ON_HOST, ELSE_EXIT], False, id="an absent reason matches the catch-all"),
        pytest.param(EXIT_1, [ON_HOST], True, id="no entry matches: it is retried"),
        pytest.param(RECLAIMED, [ELSE_EXIT, ON_HOST], False, id="the order decides"),
        pytest.param(EXIT_137, [{"onExitCode": "137", "action": "EXIT"}], False, id="exit code"),
        pytest.param(EXIT_137, [{"onExitCode": "13*", "action": "EXIT"}], False, id="exit code prefix"),
        pytest.param(EXIT_1, [{"onExitCode": "13*", "action": "EXIT"}], True, id="other exit code"),
        pytest.param(EXIT_1, [{"onExitCode": "1", "action": "exit"}], False, id="action in lower case"),
        pytest.param(EXIT_1, [{"onExitCode": "1", "action": "Retry"}], True, id="action in mixed case"),
        pytest.param(RECLAIMED, [{"onExitCode": "1*", "action": "EXIT"}], True, id="no exit code"),
        pytest.param(
            NOT_PULLED,
            [{"onReason": "CannotPull*", "onExitCode": "1", "action": "EXIT"}],
            True,
            id="all conditions of an entry must match",
        ),
        pytest.param(
            NOT_PULLED,
            [{"onReason": "CannotPull*", "onStatusReason": "Task failed*", "action": "EXIT"}],
            False,
            id="all conditions match",
        ),
    ],
)
def test_evaluate_on_exit(ending, entries, expected):
    assert _decides(ending, *entries) is expected


def test_an_entry_that_says_retry_gives_no_attempt_beyond_the_last():
    entry = {"onReason": "*", "action": "RETRY"}
    assert not retries(EXIT_1, number=2, attempts=2, evaluate_on_exit=[entry])


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("Host EC2*", "Host EC2 (instance i-1) terminated.", True),
        ("Host EC2", "Host EC2 (instance i-1) terminated.", False),
        ("host EC2*", "Host EC2 (instance i-1) terminated.", False),
        ("*", "", True),
        ("", "", True),
        ("", "x", False),
        ("1", "137", False),
        ("1*", "1", True),
        ("a*b*", "a*bc", True),
        ("a*b*", "axbc", False),
    ],
)
def test_a_pattern_is_the_whole_text_or_a_prefix(pattern, text, expected):
    assert pattern_matches(pattern, text) is expected
