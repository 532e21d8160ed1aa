"""The index of free room finds what a look at all instances would find."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pytest_batchmock.domain import instance_types
from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.requirements import Requirements
from pytest_batchmock.engine.room import FreeRoom

TYPES = ["c5.large", "c5.xlarge", "m5.large", "g4dn.xlarge"]
NEEDS = st.builds(
    Requirements,
    st.sampled_from([250, 1000, 2000, 3000]),
    st.sampled_from([128, 1000, 3000, 7000]),
    st.sampled_from([0, 0, 0, 1]),
)


def an_instance(name: str, number: int) -> Instance:
    kind = instance_types.get(name)
    assert kind is not None
    environment: Any = None
    return Instance(f"i-{number}", kind, "us-east-1a", environment, 0)


def has_room(instance: Instance, need: Requirements) -> bool:
    return all(there >= needed for there, needed in zip(instance.free, need, strict=True))


@given(
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=6),
    st.lists(st.tuples(NEEDS, st.booleans()), max_size=40),
)
def test_it_finds_room_if_and_only_if_an_instance_has_it(
    types: list[str], asked: list[tuple[Requirements, bool]]
) -> None:
    room = FreeRoom()
    instances = [an_instance(name, number) for number, name in enumerate(types)]
    for instance in instances:
        room.put(instance)
    taken: list[tuple[Instance, Requirements]] = []
    for need, gives_back in asked:
        found = room.find(need)
        assert (found is not None) == any(has_room(it, need) for it in instances)
        if found is not None:
            assert has_room(found, need)
            found.take(need)
            room.put(found)
            taken.append((found, need))
        if gives_back and taken:
            instance, former = taken.pop(0)
            instance.give_back(former)
            room.put(instance)


def test_the_fullest_instance_that_fits_is_taken() -> None:
    room = FreeRoom()
    empty, used = an_instance("c5.xlarge", 1), an_instance("c5.xlarge", 2)
    used.take(Requirements(2000, 1000, 0))
    for instance in (empty, used):
        room.put(instance)
    assert room.find(Requirements(1000, 1000, 0)) is used
    assert room.find(Requirements(3000, 1000, 0)) is empty


def test_jobs_without_gpus_get_those_with_gpus_last() -> None:
    room = FreeRoom()
    with_gpu, without = an_instance("g4dn.xlarge", 1), an_instance("c5.4xlarge", 2)
    for instance in (with_gpu, without):
        room.put(instance)
    assert room.find(Requirements(1000, 1000, 0)) is without


def test_an_instance_that_was_dropped_takes_nothing() -> None:
    room = FreeRoom()
    instance = an_instance("c5.large", 1)
    room.put(instance)
    room.drop(instance)
    assert room.find(Requirements(1000, 100, 0)) is None
