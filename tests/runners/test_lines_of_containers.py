"""The output of a container becomes lines, however it comes; that it broke off is heard of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from pytest_batchmock.runners.docker.again import read_again
from pytest_batchmock.runners.docker.lines import LONGEST_LINE, cut, text_of

OUTPUT = b"one\n\n" + b"x" * (2 * LONGEST_LINE + 5) + b"\n" + b"y" * LONGEST_LINE + b"\nlast"


@pytest.mark.parametrize("size", [1000, LONGEST_LINE, LONGEST_LINE + 1, len(OUTPUT)])
def test_the_lines_are_the_same_in_whatever_parts_they_come(size: int) -> None:
    lines: list[bytes] = []
    rest = b""
    for begin, end in pairwise([*range(0, len(OUTPUT), size), len(OUTPUT)]):
        whole, rest = cut(rest + OUTPUT[begin:end])
        lines += whole
    assert rest == b"last"
    assert [len(line) for line in lines] == [3, 0, LONGEST_LINE, LONGEST_LINE, 5, LONGEST_LINE]


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    assert text_of(b"caf\xe9\r") == "caf\N{REPLACEMENT CHARACTER}"


class Engine:
    """What gives the streams of a container; one of them breaks off."""

    def __init__(self, breaks: str) -> None:
        self.breaks = breaks

    def logs(self, container: str, *, stdout: bool, stderr: bool, **options: bool) -> Iterator[bytes]:
        name = "stdout" if stdout else "stderr"
        yield f"{name}\n".encode()
        if name == self.breaks:
            raise ConnectionError(f"{container}: {name} is gone")


@pytest.mark.parametrize("breaks", ["stdout", "stderr"])
def test_that_either_stream_of_a_container_broke_off_is_raised(breaks: str) -> None:
    pytest.importorskip("docker")
    lines: list[str] = []
    with pytest.raises(ConnectionError, match=f"c: {breaks} is gone"):
        read_again(Engine(breaks), "c", lines.append, ["stdout"])
    assert lines == ["stderr"] or breaks == "stdout"
