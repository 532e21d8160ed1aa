"""The story of `scenario`, told once without a client: what every operation answered."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_batchmock import BatchError, BatchMock
from pytest_batchmock.api import model

from . import scenario


class Told(dict[str, list[dict[str, Any]]]):
    """The answers by operation, in order, without the refusals; those are counted apart."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: list[str] = []


@pytest.fixture(scope="session")
def told() -> Told:
    """What every operation answered in the whole story."""
    batch = BatchMock(**scenario.OPTIONS)
    scenario.plan(batch)
    operations = {model.method_name(name): name for name in model.operation_names()}
    answers = Told()

    def call(method: str, params: dict[str, Any]) -> dict[str, Any]:
        operation = operations[method]
        try:
            answer = batch.call(operation, params)
        except BatchError as error:
            answers.refusals.append(f"{method}: {error}")
            return {"Error": error.message}
        answers.setdefault(operation, []).append(answer)
        return answer

    scenario.tell(scenario.everything(), call, batch)
    return answers
