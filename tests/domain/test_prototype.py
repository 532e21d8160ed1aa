"""Copies of a prototype are its value, each a fresh one, whatever it holds."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_batchmock.domain import prototype as domain_prototype
from pytest_batchmock.domain.prototype import Prototype

_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_TEXT = st.text(st.characters(codec=None))  # lone surrogates and control characters too
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(_TEXT, _VALUES, max_size=4))
@example({"\ud800": "'\"\\\n\u2028{}", "f'{1/0}'": ["__import__('os').abort()", 10**40, -0.0, True]})
@settings(deadline=None, max_examples=40)
def test_copies_are_the_same_however_many_were_made_and_after_pickling(value: Any) -> None:
    prototype = Prototype.of(value)
    copies = [prototype.copy() for _ in range(45)]
    assert prototype.compiled is not None
    copies.append(pickle.loads(pickle.dumps(prototype)).copy())  # written in this line
    assert {json.dumps(it) for it in copies} == {json.dumps(value)}


def test_one_of_the_same_value_knows_what_was_compiled_and_few_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    makers: dict[Any, Any] = {}
    monkeypatch.setattr(domain_prototype, "_makers", makers)
    first = Prototype.of({"a": [1]})
    for _ in range(45):
        first.copy()
    assert Prototype.of({"a": [1]}).copy() == {"a": [1]}
    assert Prototype.of({"a": [1]}).compiled is first.compiled
    assert Prototype.of({"a": [1]}, ("a",)).compiled is None
    assert Prototype.of({"a": [True]}).compiled is None
    for number in range(100):
        other = Prototype.of({"number": number})
        for _ in range(45):
            other.copy()
    assert 0 < len(makers) <= 64


def test_what_is_done_to_a_copy_is_seen_in_no_other() -> None:
    prototype = Prototype.of({"container": {"command": ["a"]}})
    for _ in range(45):
        copy = prototype.copy()
        assert copy == {"container": {"command": ["a"]}}
        copy["container"]["command"].append("b")


def test_each_copy_has_its_own_values_in_the_blanks() -> None:
    prototype = Prototype.of({"id": None, "of_all": ["id"], "status": None}, ("id", "status"))
    prototype = pickle.loads(pickle.dumps(prototype))  # written in this line
    for number in range(45):
        assert json.dumps(prototype.copy(number, "RUNNING")) == json.dumps(
            {"id": number, "of_all": ["id"], "status": "RUNNING"}
        )
        with pytest.raises((TypeError, ValueError)):
            prototype.copy(number)
