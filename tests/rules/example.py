"""What every rule must show: a request it lets pass, and one it refuses, with the words."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_batchmock.rules.registry import Request


@dataclass(frozen=True)
class Example:
    """Two requests for one rule.

    Attributes:
        accepted: The rule lets it pass (another rule may still refuse it).
        refused: The rule refuses it, and no rule before it does.
        message: The bare text of the refusal; with a final "…" only its beginning.
    """

    accepted: Request
    refused: Request
    message: str

    def matches(self, message: str | None) -> bool:
        """Whether a refusal has the expected words."""
        if message is None:
            return False
        if self.message.endswith("…"):
            return message.startswith(self.message[:-1])
        return message == self.message
