"""Requests from the shapes of the model: legal ones, ones that look legal, and broken ones.

Values for a member come, by chance, from what exists in the region, from its enum and range, from
their edges, and from nonsense. A request is either put together from its shape, or is a legal one in
which some members were replaced.
"""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_batchmock.api import model

from .world import Params, good_values, legal_requests

LONGEST: Final = 1_100
"""Members of the longest list or map that is made; limits of the service lie below."""

_EDGES: Final = (0, 1, -1, 2, 3, 10, 59, 60, 100, 101, 500, 1000, 1001, 9999, 10_000, 10_001)
_HUGE: Final = (2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**63 - 1, 2**63, -(2**63))
_NUMBERS: Final = (0.0, 1.0, -0.5, 0.0001, 999.9999, 1000.5, 1e300, 5e-324)
_TEXTS: Final = (
    "",
    " ",
    "x",
    "*",
    "a*b*",
    "x" * 127,
    "x" * 129,
    "x" * 1025,
    "y" * 30_000,
    "ünï-çødé 🚀",
    "٣",  # a decimal digit that is none in ASCII
    "²",  # a digit that int() does not take
    "\x00\n\t",
    "\ud800",  # half a surrogate pair, which JSON can carry
    "{}",
    "{0} %s <b>",
    "-1",
    "1e9",
    "1.",
    "NaN",
    "Infinity",
    "0x10",
    "1_000",
    "9" * 400,
    "9" * 5_000,  # too long for int()
    "Ref::day",
    "Ref::nothing",
    "AWS_BATCH_X",
    "aws:tag",
    "a:b",
    ":",
    ":0",
    "plain:",
    "plain:0",
    "plain:99999999999999999999",
    "plain:x",
    "arn:",
    "arn:aws:batch:::",
    "arn:aws:batch:us-east-1:123456789012:job-queue/",
    "arn:aws:batch:us-east-1:123456789012:job-definition/plain",
    "arn:aws:batch:eu-west-1:123456789012:job-queue/ec2",
    "arn:aws:batch:us-east-1:123456789012:job/x#1",
    "11111111-1111-4111-8111-111111111111",
    "11111111-1111-4111-8111-111111111111:3",
    "11111111-1111-4111-8111-111111111111#x",
)
_OTHER_TYPES: Final = (None, True, 3, 2.5, "text", [], {}, [None], {"x": 1}, [["x"]], -0.0)


def requests(operation: str) -> SearchStrategy[Params]:
    """Requests of an operation."""
    return _requests(operation)


@st.composite
def _requests(draw: DrawFn, operation: str) -> Params:
    shape = model.operation(operation).input_shape
    if shape is None:
        return {}
    # 0: every member of its shape; more: that chance in a hundred to break a member.
    broken = draw(st.sampled_from((0, 0, 3, 10)))
    legal = legal_requests()[operation]
    # The ids of jobs in legal requests are those of another run.
    if legal and "jobId" not in shape.members and draw(st.integers(0, 3)):
        base = draw(st.sampled_from(legal))
        chance = draw(st.sampled_from((0, 5, 15, 40)))
        return _replaced(draw, shape, base, chance, broken)
    found = _structure(draw, shape, broken, depth=0)
    if "ServiceJob" in operation and isinstance(found.get("jobId"), str) and draw(st.booleans()):
        found["jobId"] = draw(st.sampled_from(good_values()["serviceJobId"]))
    return found


def _replaced(draw: DrawFn, shape: Any, value: Any, chance: int, broken: int) -> Any:
    """A legal value in which some parts were replaced, left out or added."""
    if shape.type_name == "structure" and isinstance(value, dict):
        found = {}
        for name, entry in value.items():
            if name not in shape.members:
                found[name] = entry
            elif _happens(draw, chance):
                if draw(st.booleans()):
                    found[name] = _value(draw, shape.members[name], name, broken, depth=1)
            else:
                found[name] = _replaced(draw, shape.members[name], entry, chance, broken)
        if _happens(draw, chance):
            name = draw(st.sampled_from(sorted(shape.members)))
            found[name] = _value(draw, shape.members[name], name, broken, depth=1)
        return found
    if shape.type_name == "list" and isinstance(value, list):
        return [_replaced(draw, shape.member, entry, chance, broken) for entry in value]
    return value


def _structure(draw: DrawFn, shape: Any, broken: int, depth: int) -> Params:
    names = list(shape.required_members)
    optional = sorted(set(shape.members) - set(names))
    if optional:
        at_most = max(1, 4 - depth)
        names += draw(st.lists(st.sampled_from(optional), max_size=at_most, unique=True))
    if broken and names and _happens(draw, broken):
        names.remove(draw(st.sampled_from(names)))
    found = {name: _value(draw, shape.members[name], name, broken, depth + 1) for name in names}
    if broken and _happens(draw, broken):
        found[draw(st.sampled_from(("extra", "JobName", "context", "")))] = "x"
    return found


def _value(draw: DrawFn, shape: Any, name: str, broken: int, depth: int) -> Any:
    if broken and _happens(draw, broken):
        return draw(st.sampled_from(_OTHER_TYPES))
    kind = shape.type_name
    if kind == "structure":
        return _structure(draw, shape, broken, depth)
    if kind == "list":
        return _list(draw, shape, name, broken, depth)
    if kind == "map":
        return _map(draw, shape, name, broken, depth)
    if kind == "boolean":
        return draw(st.booleans())
    if kind in ("integer", "long"):
        return _integer(draw, shape)
    if kind in ("float", "double"):
        return draw(st.sampled_from(_NUMBERS))
    return _text(draw, shape, name)


def _list(draw: DrawFn, shape: Any, name: str, broken: int, depth: int) -> list[Any]:
    length = draw(st.sampled_from((0, 1, 1, 1, 2, 2, 3, 5)))
    items = [_value(draw, shape.member, name, broken, depth + 1) for _ in range(length)]
    if items and _happens(draw, 3):
        return (items * LONGEST)[: draw(st.sampled_from((20, 21, 51, 101, 501, LONGEST)))]
    return items


def _map(draw: DrawFn, shape: Any, name: str, broken: int, depth: int) -> Params:
    length = draw(st.sampled_from((0, 1, 1, 2, 3)))
    keys = [_text(draw, shape.key, f"{name}.key") for _ in range(length)]
    found = {key: _value(draw, shape.value, f"{name}.value", broken, depth + 1) for key in keys}
    if _happens(draw, 3):
        found |= {f"key{number}": "x" for number in range(draw(st.sampled_from((50, 51, LONGEST))))}
    return found


def _integer(draw: DrawFn, shape: Any) -> int:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    near = [edge + by for edge in (low, high) if edge is not None for by in (-1, 0, 1)]
    choice = draw(st.integers(0, 9))
    if choice < 6:
        return draw(st.sampled_from((*near, *_EDGES)))
    if choice < 9:
        return draw(st.integers(0, 300))
    return draw(st.sampled_from(_HUGE))


def _text(draw: DrawFn, shape: Any, name: str) -> str:
    choice = draw(st.integers(0, 19))
    if shape.enum and choice < 16:
        found: str = draw(st.sampled_from(shape.enum))
        return found.lower() if choice == 15 else found
    good = good_values().get(name)
    if good and choice < 16:
        return str(draw(st.sampled_from(good)))
    if choice < 19:
        return draw(st.sampled_from(_TEXTS))
    return draw(st.text(max_size=40))


def _happens(draw: DrawFn, chance: int) -> bool:
    """Whether something of that chance in a hundred happens; no is the simpler answer."""
    return chance > 0 and draw(st.integers(0, 99)) > 99 - chance
