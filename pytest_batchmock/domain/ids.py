"""Ids and ARNs. Every id is a pure function of (seed, purpose, entity): nothing draws from a stream.

So one more job does not reshuffle the ids of the others, and the same seed gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import product
from typing import Final

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
_80_BITS: Final = 2**80 - 1
_LONG_STRIDE: Final = 0x85EB_CA6B_C2B2_AE35_27D5  # odd, so that all 2**80 come before one comes again
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}

# All bytes in two digits, not in their order; twice, to begin at any of them.
_BYTES: Final = tuple(f"{(number * 0x9D) & 0xFF:02x}" for number in range(256)) * 2


@lru_cache(maxsize=64)
def _begun(seed: int, purpose: str, size: int) -> blake2b:
    """A hash that has taken in what the entities of one purpose have in common: copying it is cheap."""
    return blake2b(f"{seed}/{purpose}/".encode(), digest_size=size)


def _digest(seed: int, purpose: str, entity: str | int, size: int) -> blake2b:
    digest = _begun(seed, purpose, size).copy()
    digest.update(str(entity).encode())
    return digest


def keyed_hex(seed: int, purpose: str, entity: str | int, digits: int = 32) -> str:
    """Return `digits` (at most 128) hexadecimal digits that depend on nothing but the arguments."""
    return _digest(seed, purpose, entity, (digits + 1) // 2).hexdigest()[:digits]


def keyed_fraction(seed: int, purpose: str, entity: str | int) -> float:
    """Return a number in [0, 1) that depends on nothing but the arguments."""
    digest = _digest(seed, purpose, entity, 7).digest()
    return (int.from_bytes(digest) >> 4) / 16**13  # of 13 hexadecimal digits


def keyed_uuid(seed: int, purpose: str, entity: str | int, version: int = 4) -> str:
    """Return a lower-case UUID of the given version."""
    h = _digest(seed, purpose, entity, 16).hexdigest()
    return f"{h[:8]}-{h[8:12]}-{version}{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:]}"


class NumberedUuids:
    """Makes the version-4 UUID of a number, for entities that are counted and many.

    They differ in their first 8 and last 12 digits; a fifth of the price of `keyed_uuid`.
    """

    __slots__ = ("_first", "_middle")

    def __init__(self, seed: int, purpose: str) -> None:
        pattern = keyed_uuid(seed, purpose, "")
        self._first, self._middle = int(pattern[:8] + pattern[24:], 16), pattern[8:24]

    def __call__(self, number: int) -> str:
        digits = (self._first + number * _LONG_STRIDE & _80_BITS).to_bytes(10).hex()
        return f"{digits[:8]}{self._middle}{digits[8:]}"


def uuid_stream(seed: int, purpose: str) -> Iterator[str]:
    """Version-4 UUIDs, 2**48 of them, for what has no entity to be keyed by, such as a request.

    They differ in their last 12 digits: every call of a program draws one, so it has to be cheap.
    """
    beginning = keyed_uuid(seed, purpose, "")[:24]
    last = (_BYTES[first : first + 256] for first in _digest(seed, purpose, "last", 6).digest())
    return map("".join, product((beginning,), *last))  # no Python runs to draw one


def partition(region: str) -> str:
    """The ARN partition of a region name."""
    for prefix, name in _PARTITIONS:
        if region.startswith(prefix):
            return name
    return "aws"


def arn(service: str, region: str, account: str, resource: str) -> str:
    """Write an ARN in the partition of `region`."""
    return f"arn:{partition(region)}:{service}:{region}:{account}:{resource}"
