"""The conditions of a CloudFormation template: Fn::Equals, Fn::And, Fn::Or, Fn::Not and each other.

What they compare is resolved by the template (parameters, pseudo parameters, Fn::Join and so on).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_batchmock.errors import MockUsageError

_MOST: Final = 10
"""Fn::And and Fn::Or take 2 to 10 conditions (CloudFormation's documentation)."""


class Conditions:
    """What the conditions of one template come to; each is evaluated once.

    Args:
        declared: The template's ``Conditions``.
        resolve: Does the functions in a value that is compared.
    """

    def __init__(self, declared: Mapping[str, Any], resolve: Callable[[Any, str], Any]) -> None:
        self._declared = declared
        self._resolve = resolve
        self._known: dict[str, bool] = {}
        self._open: list[str] = []

    def holds(self, name: Any, where: str) -> bool:
        """Whether the condition of that name holds.

        Args:
            name: Its logical id.
            where: Who asks, for messages.

        Raises:
            MockUsageError: There is none, it refers to itself, or it uses what is not modelled.
        """
        if not isinstance(name, str) or name not in self._declared:
            raise MockUsageError(
                f"{where} has the condition {name!r}, which the template does not have."
            )
        if name in self._open:
            way = " → ".join([*self._open[self._open.index(name) :], name])
            raise MockUsageError(f"{where}: the condition {name} refers to itself ({way}).")
        if name not in self._known:
            self._open.append(name)
            try:
                self._known[name] = self._evaluate(self._declared[name], f"{where}: condition {name}")
            finally:
                self._open.pop()
        return self._known[name]

    def _evaluate(self, condition: Any, where: str) -> bool:
        if not isinstance(condition, Mapping) or len(condition) != 1:
            raise MockUsageError(f"{where}: {condition!r} is no condition.")
        [(function, argument)] = condition.items()
        if function == "Condition":
            return self.holds(argument, where)
        if function == "Fn::Equals":
            left, right = self._arguments(function, argument, where, 2, 2)
            return _as_text(self._resolve(left, where)) == _as_text(self._resolve(right, where))
        if function == "Fn::Not":
            [inner] = self._arguments(function, argument, where, 1, 1)
            return not self._evaluate(inner, where)
        if function in ("Fn::And", "Fn::Or"):
            parts = self._arguments(function, argument, where, 2, _MOST)
            held = [self._evaluate(part, where) for part in parts]
            return all(held) if function == "Fn::And" else any(held)
        raise MockUsageError(
            f"{where} uses {function}, which is not modelled in a condition (Fn::Equals, Fn::And, "
            "Fn::Or and Fn::Not are): replace it in a copy of the template, or dump the deployed "
            "resources with aws batch describe-…"
        )

    @staticmethod
    def _arguments(function: str, argument: Any, where: str, least: int, most: int) -> list[Any]:
        if not isinstance(argument, list) or not least <= len(argument) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            raise MockUsageError(f"{where}: {function} takes a list of {count}.")
        return argument


def _as_text(value: Any) -> str:
    """Values of templates are texts to CloudFormation, however YAML or JSON spells them."""
    return str(value).lower() if isinstance(value, bool) else str(value)
