"""Pages of a listing: maxResults and nextToken.

A token holds the key of the last item that was given, so resources may come and go between two
pages without an item given twice or left out. It is bound to its operation and parameters by a
checksum: the token of another question is refused, not misread.
"""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from pytest_batchmock.errors import BatchError

Item = TypeVar("Item")
Key = str | int | float | tuple["Key", ...]
"""What orders items: plain values that JSON can carry, or tuples of them."""

_OF_THE_PAGE: Final = frozenset({"maxResults", "nextToken"})
_CHECKSUM_BYTES: Final = 9


def page(
    items: Iterable[Item],
    params: Mapping[str, Any],
    *,
    operation: str,
    maximum: int,
    key: Callable[[Item], Any],
    default: int | None = None,
    descending: bool = False,
) -> tuple[list[Item], str | None]:
    """Choose the page that `params` asks for.

    Args:
        items: The whole listing, in any order.
        params: The request. Its ``maxResults`` and ``nextToken`` choose the page (an empty token
            is none); all else is what the listing depends on.
        operation: The operation; its tokens are good for no other.
        maximum: The largest ``maxResults`` that is allowed.
        key: The `Key` of an item; no two items have the same.
        default: The size of a page if ``maxResults`` is absent; `maximum` if None.
        descending: Whether the largest key comes first.

    Returns:
        The items of the page, and the token of the next page, None on the last.

    Raises:
        BatchError: ``maxResults`` is out of range, or the token is not of this listing (texts
            inferred).
    """
    size = _size(params.get("maxResults"), maximum, maximum if default is None else default)
    ordered = sorted(items, key=key)
    token = params.get("nextToken")
    if descending:
        end = (
            bisect_left(ordered, _last_key(operation, params, token), key=key) if token else len(ordered)
        )
        chosen = ordered[max(0, end - size) : end][::-1]
        more = end > size
    else:
        start = bisect_right(ordered, _last_key(operation, params, token), key=key) if token else 0
        chosen = ordered[start : start + size]
        more = start + size < len(ordered)
    return chosen, _token(operation, params, key(chosen[-1])) if more else None


def answer(member: str, listed: list[Any], token: str | None) -> dict[str, Any]:
    """The answer of a listing: its page, and the token if there is a next one."""
    return {member: listed} if token is None else {member: listed, "nextToken": token}


def _size(asked: int | None, maximum: int, default: int) -> int:
    if asked is None:
        return default
    if not 1 <= asked <= maximum:
        raise BatchError(f"MaxResults must be between 1 and {maximum}, got {asked}.", wrapped=True)
    return asked


def _token(operation: str, params: Mapping[str, Any], last: Key) -> str:
    return _sealed(operation, params, json.dumps(last, separators=(",", ":")).encode())


def _last_key(operation: str, params: Mapping[str, Any], token: str) -> Any:
    """The key in a token of this listing."""
    try:
        content = base64.urlsafe_b64decode(token)
    except ValueError:
        content = b""
    written = content[_CHECKSUM_BYTES:]
    # Compared as text: base64 has several spellings of the same bytes.
    if not written or token != _sealed(operation, params, written):
        raise BatchError(
            "NextToken is not valid: pass the nextToken of the previous answer, "
            f"with the same parameters, to {operation}.",
            wrapped=True,
        )
    return _as_tuples(json.loads(written))


def _sealed(operation: str, params: Mapping[str, Any], written: bytes) -> str:
    """A key behind the checksum of itself and of the question."""
    question = {name: value for name, value in params.items() if name not in _OF_THE_PAGE}
    text = json.dumps([operation, question], sort_keys=True, separators=(",", ":"))
    checksum = hashlib.blake2b(text.encode() + b"\n" + written, digest_size=_CHECKSUM_BYTES).digest()
    return base64.urlsafe_b64encode(checksum + written).decode()


def _as_tuples(value: Any) -> Any:
    """Lists as the tuples they were before JSON."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value
