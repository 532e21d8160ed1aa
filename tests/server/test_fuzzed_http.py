"""Random bytes, half requests and wrong lengths: the server keeps answering, and keeps nothing."""

from __future__ import annotations

import gc
import os
import random
import socket
import threading
import tracemalloc
from collections.abc import Callable

import pytest

from pytest_batchmock.server.http import listening

QUEUES = "/v1/describejobqueues"
ROUNDS = int(os.environ.get("BATCHMOCK_FUZZ_ROUNDS", "300"))
"""How many broken requests; `.ci/long` sends more."""

GROWTH = 256 << 10
"""Bytes of Python objects that may be there after the second half and not after the first."""

VALID = (
    b"POST /v1/describejobqueues HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 17\r\n\r\n" + b'{"jobQueues": []}'
)


def random_bytes(draw: random.Random) -> bytes:
    return draw.randbytes(draw.randrange(1, 2000))


def half_a_request(draw: random.Random) -> bytes:
    return VALID[: draw.randrange(1, len(VALID))]


def a_wrong_length(draw: random.Random) -> bytes:
    length = draw.choice([b"-1", b"0", b"16", b"18", b"1e3", b"0x10", b"9" * 30, b" 17", b"17, 17", b""])
    return VALID.replace(b"Length: 17", b"Length: " + length)


def flipped_bytes(draw: random.Random) -> bytes:
    text = bytearray(VALID)
    for _ in range(draw.randrange(1, 6)):
        text[draw.randrange(len(text))] = draw.randrange(256)
    return bytes(text)


def odd_chunks(draw: random.Random) -> bytes:
    head = VALID.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
    size = draw.choice([b"5", b"ffffffffffff", b"-5", b"zz", b"0", b"5;x=y", b"\xff"])
    return head + size + b"\r\n" + draw.randbytes(5) + draw.choice([b"", b"\r\n", b"\r\n0\r\n\r\n"])


def a_broken_body(draw: random.Random) -> bytes:
    body = draw.choice(
        [b"{" * 9000, b'{"jobQueues":' + b"[" * 5000, draw.randbytes(300), b'"', b"1" * 5000]
    )
    return VALID.partition(b"Content-Length")[0] + b"Content-Length: %d\r\n\r\n" % len(body) + body


def many_headers(draw: random.Random) -> bytes:
    count = draw.randrange(1, 300)
    more = b"".join(b"X-%d: %s\r\n" % (n, draw.randbytes(4).hex().encode()) for n in range(count))
    return VALID.replace(b"Content-Type", more + b"Content-Type", 1)


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    random_bytes,
    half_a_request,
    a_wrong_length,
    flipped_bytes,
    odd_chunks,
    a_broken_body,
    many_headers,
)


def send(port: int, data: bytes, *, leaves: bool) -> bytes:
    """Send what is broken; the client leaves at once, or reads until the server has closed."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(data)
            if not leaves:
                connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    received += chunk
        except ConnectionError:
            pass  # the server may have had enough before all was sent
    return received


def fuzz(port: int, draw: random.Random, rounds: int) -> None:
    for number in range(rounds):
        kind = KINDS[number % len(KINDS)]
        received = send(port, kind(draw), leaves=draw.random() < 0.3)
        assert not received or received.startswith(b"HTTP/1."), (kind.__name__, received[:200])


def settled(server: listening.Server) -> None:
    with server._changed:
        assert server._changed.wait_for(lambda: len(server._connections) <= 1, 30)


@pytest.mark.parametrize("seed", range(2))
def test_broken_requests_leave_the_server_answering_and_nothing_behind(server, raw, seed, capsys):
    draw = random.Random(seed)
    assert raw.ask("POST", QUEUES, {}).status == 200
    fuzz(server.port, draw, ROUNDS // 2)
    settled(server)
    threads = threading.active_count()
    tracemalloc.start()
    try:
        fuzz(server.port, draw, ROUNDS // 2)
        settled(server)
        server.app.accounts.reset()  # the calls that were answered are remembered until then
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < GROWTH
    assert threading.active_count() <= threads + 1
    assert raw.ask("POST", QUEUES, {}).status == 200
    assert "Traceback" not in capsys.readouterr().err
