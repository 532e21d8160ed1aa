"""Test code that uses AWS Batch: a boto3-compatible mock with a scheduler and a virtual clock.

The public names are loaded at first use, so that the plugin costs next to nothing where nobody
asks for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_batchmock.control.verbs import BatchMockLike
    from pytest_batchmock.errors import (
        BatchError,
        JobInterrupted,
        MockUsageError,
        NotModelledError,
        StalledError,
    )
    from pytest_batchmock.mock import BatchMock, SlowPollingWarning, mock_batch
    from pytest_batchmock.runners.outcomes import (
        cannot_pull,
        fails,
        hangs,
        host_lost,
        out_of_memory,
        reclaimed,
        runs,
        runs_docker,
        runs_process,
        runs_swarm,
        service_error,
        succeeds,
    )
    from pytest_batchmock.server.remote.mock import RemoteBatchMock

__version__ = "0.1.0"

_HOME = {
    "BatchError": "errors",
    "BatchMock": "mock",
    "BatchMockLike": "control.verbs",
    "RemoteBatchMock": "server.remote.mock",
    "JobInterrupted": "errors",
    "MockUsageError": "errors",
    "NotModelledError": "errors",
    "SlowPollingWarning": "mock",
    "StalledError": "errors",
    "cannot_pull": "runners.outcomes",
    "fails": "runners.outcomes",
    "hangs": "runners.outcomes",
    "host_lost": "runners.outcomes",
    "mock_batch": "mock",
    "out_of_memory": "runners.outcomes",
    "reclaimed": "runners.outcomes",
    "runs": "runners.outcomes",
    "runs_docker": "runners.outcomes",
    "runs_process": "runners.outcomes",
    "runs_swarm": "runners.outcomes",
    "service_error": "runners.outcomes",
    "succeeds": "runners.outcomes",
}

__all__ = [
    "BatchError",
    "BatchMock",
    "BatchMockLike",
    "JobInterrupted",
    "MockUsageError",
    "NotModelledError",
    "RemoteBatchMock",
    "SlowPollingWarning",
    "StalledError",
    "cannot_pull",
    "fails",
    "hangs",
    "host_lost",
    "mock_batch",
    "out_of_memory",
    "reclaimed",
    "runs",
    "runs_docker",
    "runs_process",
    "runs_swarm",
    "service_error",
    "succeeds",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"pytest_batchmock.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
