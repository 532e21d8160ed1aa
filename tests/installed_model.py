"""What the installed botocore cannot say: tests that need a newer model are skipped with its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import botocore
import pytest
from contract.newest import IS_NEWEST

from pytest_batchmock import BatchError, NotModelledError
from pytest_batchmock.api import model


@contextmanager
def skipping_what_it_lacks() -> Iterator[None]:
    """Skip the running test if it asks, with an older botocore, for what that does not know."""
    try:
        yield
    except NotModelledError as error:
        _skip_if_older(error)
    except BatchError as error:
        if "Unknown member" not in str(error):
            raise
        _skip_if_older(error)


def _skip_if_older(error: Exception) -> None:
    if IS_NEWEST:
        raise error
    pytest.skip(f"botocore {botocore.__version__}: {str(error).partition(':')[0]}")


def lacking(operation: str, params: Mapping[str, Any]) -> str | None:
    """The operation, or the first member of the request, that the installed model does not know."""
    if operation not in model.operation_names():
        return operation
    path = _unknown(model.operation(operation).input_shape, params)
    return None if path is None else f"{operation}.{path}"


def skip_if_lacking(operation: str, params: Mapping[str, Any]) -> None:
    """Skip the running test if the installed botocore, an older one, could not send this request.

    Values of enums count too, so give it a legal request.
    """
    name = None if IS_NEWEST else lacking(operation, params)
    if name is not None:
        pytest.skip(f"botocore {botocore.__version__} does not know {name}")


def _unknown(shape: Any, value: Any) -> str | None:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        for name, entry in value.items():
            if name not in shape.members:
                return str(name)
            found = _unknown(shape.members[name], entry)
            if found is not None:
                return f"{name}.{found}"
    elif shape.type_name == "list" and isinstance(value, list):
        return next(filter(None, (_unknown(shape.member, entry) for entry in value)), None)
    elif shape.type_name == "map" and isinstance(value, Mapping):
        return next(filter(None, (_unknown(shape.value, entry) for entry in value.values())), None)
    elif getattr(shape, "enum", None) and value not in shape.enum:
        return f"value {value}"
    return None
