"""Every rule lets one request pass and refuses another, and no earlier rule hides it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from pytest_batchmock.errors import BatchError
from pytest_batchmock.rules.registry import RULES, Request, Rule, enforce

from .example import Example

EXAMPLES: dict[str, Example] = {}
for _path in sorted(Path(__file__).parent.glob("examples_*.py")):
    EXAMPLES |= import_module(f".{_path.stem}", __package__).EXAMPLES

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.subject}.{rule.name}")


def example_of(rule: Rule) -> Example:
    if rule.name not in EXAMPLES:
        pytest.fail(f"The rule {rule.name} of {rule.subject}.py has no example in tests/rules.")
    return EXAMPLES[rule.name]


def test_names_of_rules_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert sorted(set(names)) == sorted(names)


def test_every_example_belongs_to_a_rule() -> None:
    assert set(EXAMPLES) <= {rule.name for rule in RULES}


@each_rule
def test_a_rule_lets_a_legal_request_pass(rule: Rule) -> None:
    example = example_of(rule)
    assert example.accepted.operation in rule.operations
    assert rule.check(example.accepted) is None


@each_rule
def test_a_rule_refuses_with_its_words(rule: Rule) -> None:
    example = example_of(rule)
    assert example.refused.operation in rule.operations
    message = rule.check(example.refused)
    assert example.matches(message), message


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.members], ids=lambda rule: rule.name)
def test_a_rule_has_nothing_to_say_without_its_members(rule: Rule) -> None:
    """Of any request that stands here as an example; else leaving it out of `enforce` would be wrong."""
    asked = 0
    for example in EXAMPLES.values():
        for request in (example.accepted, example.refused):
            if request.operation in rule.operations:
                assert rule.check(without(request, rule.members)) is None
                asked += 1
    assert asked


def without(request: Request, members: tuple[str, ...]) -> Request:
    """The same request, resolved to the same things, with some members absent."""
    params = {name: value for name, value in request.params.items() if name not in members}
    for outer, _, inner in (member.partition(".") for member in members):
        if inner and outer in params:
            params[outer] = {name: value for name, value in params[outer].items() if name != inner}
    return Request(
        request.operation,
        params,
        request.region,
        request.options,
        target=request.target,
        queue=request.queue,
        definition=request.definition,
    )


@each_rule
def test_no_earlier_rule_hides_the_refusal(rule: Rule) -> None:
    example = example_of(rule)
    with pytest.raises(BatchError) as refusal:
        enforce(example.refused)
    assert example.matches(refusal.value.message), refusal.value.message
    assert refusal.value.wrapped == rule.wrapped
    assert refusal.value.code == "ClientException"


@each_rule
def test_a_rule_says_where_it_comes_from(rule: Rule) -> None:
    assert rule.source
    assert rule.evidence in ("observed", "measured", "documented", "inferred")
