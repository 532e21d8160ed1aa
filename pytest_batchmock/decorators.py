"""What `mock_batch` makes of a function, a coroutine function or a class: a fresh mock for each test."""

from __future__ import annotations

import functools
import inspect
import sys
import unittest
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final
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
            with _unless_set_up(args, fresh):
                return await function(*args, **kwargs)

        return run_async

    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise MockUsageError(
            f"mock_batch cannot decorate the generator {function.__qualname__}: "
            "use 'with mock_batch() as batch' inside it."
        )

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with _unless_set_up(args, fresh):
            return function(*args, **kwargs)

    return run


_OF_SETUP: Final = "_batchmock_of_setup"


def _unless_set_up(args: tuple[Any, ...], fresh: Callable[[], Mock]) -> AbstractContextManager[Any]:
    """A fresh mock, unless the method's object has one since its ``setup_method``."""
    if args and getattr(args[0], _OF_SETUP, None) is not None:
        return nullcontext()
    return fresh()


_replaced: WeakKeyDictionary[Callable[..., Any], Any] = WeakKeyDictionary()
"""What the decoration of a class put in place, with what stood there: a decorated subclass takes the
latter, or the mock of its base class would be the inner one and win."""


def decorated_class(target: type, fresh: Callable[[], Mock]) -> type:
    """`target` with a fresh mock around each of its tests."""
    if issubclass(target, unittest.TestCase):
        return _decorated_test_case(target, fresh)
    _decorate_setup(target, fresh)
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


def _decorate_setup(target: Any, fresh: Callable[[], Mock]) -> None:
    """Start before pytest's ``setup_method``, if there is one, and stop after ``teardown_method``."""
    setup, teardown = (
        _undecorated(target, name, inspect.getattr_static(target, name, None))
        for name in ("setup_method", "teardown_method")
    )
    if setup is None:
        return

    def setup_method(self: Any, method: Any) -> None:
        mock = fresh()
        mock.__enter__()
        setattr(self, _OF_SETUP, mock)
        try:
            _call(setup, self, method)
        except BaseException:  # pytest calls no teardown_method then
            mock.__exit__(*sys.exc_info())
            raise

    def teardown_method(self: Any, method: Any) -> None:
        try:
            if teardown is not None:
                _call(teardown, self, method)
        finally:
            mock = getattr(self, _OF_SETUP)
            setattr(self, _OF_SETUP, None)
            mock.__exit__(*sys.exc_info())

    for function, former in ((setup_method, setup), (teardown_method, teardown)):
        _replaced[function] = former
        setattr(target, function.__name__, function)


def _call(function: Any, self: Any, method: Any) -> None:
    """Call a ``setup_method`` or ``teardown_method``, which may leave out the argument."""
    bound = function.__get__(self, type(self))
    bound(*(method,) if inspect.signature(bound).parameters else ())


def _decorated_member(target: type, name: str, function: Any, fresh: Callable[[], Mock]) -> Any:
    wrapped = decorated(_undecorated(target, name, function), fresh)
    _replaced[wrapped] = function
    return wrapped


def _undecorated(target: type, name: str, function: Any) -> Any:
    """`function` as it was before the base class of `target` was decorated."""
    while name not in vars(target) and inspect.isfunction(function) and function in _replaced:
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
