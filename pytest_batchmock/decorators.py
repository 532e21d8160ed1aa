"""What `mock_batch` makes of a function, a coroutine function or a class: a fresh mock for each test."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakKeyDictionary

from pytest_batchmock.errors import MockUsageError

Mock = AbstractContextManager[Any]


def decorated(function: Any, fresh: Callable[[], Mock]) -> Any:
    """`function` with a fresh mock around each call of it.

    Raises:
        MockUsageError: It is a generator, which nobody could say the end of.
    """
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def run_async(*args: Any, **kwargs: Any) -> Any:
            with fresh():
                return await function(*args, **kwargs)

        return run_async

    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise MockUsageError(
            f"mock_batch cannot decorate the generator {function.__qualname__}: "
            "use 'with mock_batch() as batch' inside it."
        )

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with fresh():
            return function(*args, **kwargs)

    return run


_replaced: WeakKeyDictionary[Callable[..., Any], Callable[..., Any]] = WeakKeyDictionary()
"""What the decoration of a class put in place, with what stood there: a decorated subclass takes the
latter, or the mock of its base class would be the inner one and win."""


def decorated_class(target: type, fresh: Callable[[], Mock]) -> type:
    """`target` with a fresh mock around each of its tests."""
    if issubclass(target, unittest.TestCase):
        return _decorated_test_case(target, fresh)
    for name in dir(target):  # inherited tests too: the base class itself stays as it is
        member = inspect.getattr_static(target, name)
        if not name.startswith("test"):
            continue
        if inspect.isfunction(member):
            setattr(target, name, _decorated_member(target, name, member, fresh))
        elif isinstance(member, (staticmethod, classmethod)):
            function = _decorated_member(target, name, member.__func__, fresh)
            setattr(target, name, type(member)(function))
    return target


def _decorated_member(target: type, name: str, function: Any, fresh: Callable[[], Mock]) -> Any:
    wrapped = decorated(_undecorated(target, name, function), fresh)
    _replaced[wrapped] = function
    return wrapped


def _undecorated(target: type, name: str, function: Any) -> Any:
    """`function` as it was before the base class of `target` was decorated."""
    while name not in vars(target) and function in _replaced:
        function = _replaced[function]
    return function


def _decorated_test_case(target: Any, fresh: Callable[[], Mock]) -> type:
    """Start before setUp and stop after the clean-ups, so that both may use Batch."""
    run = _undecorated(target, "run", target.run)

    @functools.wraps(run)
    def run_with_mock(self: Any, result: Any = None) -> Any:
        with fresh() as mock:
            self.batchmock = mock
            return run(self, result)

    _replaced[run_with_mock] = run
    target.run = run_with_mock
    with_mock: type = target
    return with_mock
