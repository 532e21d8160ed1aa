"""What a handler of botocore's ``before-call`` gives back, and whose account a request is signed for.

Relied upon, and private to botocore: ``request_signer._credentials``, and the ``(http, parsed)``
that a handler may return (the Stubber relies on it too).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from pytest_batchmock.errors import BatchError

_PLAIN_CREDENTIALS = frozenset(
    {("botocore.credentials", "Credentials"), ("aiobotocore.credentials", "AioCredentials")}
)
"""The classes whose ``access_key`` is an attribute; reading it from the others starts a refresh."""

Answer = tuple["_Http", dict[str, Any]]


class _Http:
    """What botocore looks at in the HTTP response when a handler has answered; shared by status."""

    __slots__ = ("headers", "status_code")

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code
        self.headers: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})


_OK = _Http(200)
_refusals: dict[int, _Http] = {}


def completed(request_id: str, answer: dict[str, Any]) -> Answer:
    """The answer that has its members: in front of them it is given its metadata."""
    answer["ResponseMetadata"] = {  # as _metadata
        "RequestId": request_id,
        "HTTPStatusCode": 200,
        "HTTPHeaders": {"x-amzn-requestid": request_id, "content-type": "application/json"},
        "RetryAttempts": 0,
    }
    return _OK, answer


def answered(request_id: str, members: dict[str, Any]) -> Answer:
    """The answer with these members of the output shape."""
    return completed(request_id, {"ResponseMetadata": None, **members})


def refused(model: Any, error: BatchError) -> Answer:
    """The answer from which botocore raises its own exception class for the error's code."""
    request_id = cast(str, getattr(error, "request_id", ""))
    text = error.text(request_id)
    metadata = _metadata(request_id, error.status)
    metadata["HTTPHeaders"]["x-amzn-errortype"] = error.code
    parsed: dict[str, Any] = {
        "Error": {"Message": text, "Code": error.code},
        "ResponseMetadata": metadata,
    }
    if model.service_model.shape_for_error_code(error.code) is not None:
        parsed["message"] = text  # botocore adds the members of the error's shape, if it is modelled
    http = _refusals.get(error.status)
    if http is None:
        http = _refusals[error.status] = _Http(error.status)
    return http, parsed


def account_of(signer: Any) -> str | None:
    """The access key, where it is a plain one of 12 digits: moto's way to name an account."""
    credentials = plain_credentials(signer)
    return None if credentials is None else account_in(credentials.access_key)


def account_in(access_key: str) -> str | None:
    """The account that an access key names, if it names one."""
    if len(access_key) != 12:
        return None
    return access_key if access_key.isascii() and access_key.isdigit() else None


def plain_credentials(signer: Any) -> Any:
    """The credentials of a client, if they are plain ones; else None."""
    credentials: Any = getattr(signer, "_credentials", None)
    kind = type(credentials)
    return credentials if (kind.__module__, kind.__qualname__) in _PLAIN_CREDENTIALS else None


def _metadata(request_id: str, status: int) -> dict[str, Any]:
    return {
        "RequestId": request_id,
        "HTTPStatusCode": status,
        "HTTPHeaders": {"x-amzn-requestid": request_id, "content-type": "application/json"},
        "RetryAttempts": 0,
    }
