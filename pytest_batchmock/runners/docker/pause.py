"""The image of what holds the namespaces of a task: one static program that does nothing.

It is made here, for the engine's architecture, as no registry need be in reach: an ELF header, one
program header and a loop around the system call that waits.
"""

from __future__ import annotations

import io
import struct
import tarfile
import threading
from typing import Final

from pytest_batchmock.errors import NotModelledError
from pytest_batchmock.runners.docker import engine as docker_engine
from pytest_batchmock.runners.docker.engine import DockerEngine

_NAME: Final = f"{docker_engine.LABEL}-pause"
_BASE: Final = 0x400000
_HEADERS: Final = 64 + 56
_MACHINES: Final = {
    # pause() for ever: mov eax, 34; syscall; jmp
    "amd64": (62, bytes.fromhex("b822000000 0f05 ebf7")),
    # ppoll(NULL, 0, NULL, NULL) for ever: mov x0..x3, #0; mov x8, #73; svc #0; b
    "arm64": (
        183,
        struct.pack(
            "<7I",
            0xD2800000,
            0xD2800001,
            0xD2800002,
            0xD2800003,
            0xD2800928,
            0xD4000001,
            0x17FFFFFA,
        ),
    ),
}
_lock = threading.Lock()
_made: set[str] = set()


def pause_image(engine: DockerEngine) -> str:
    """The name of the image, which is made where it is missing; it goes with the process.

    Raises:
        NotModelledError: The engine's architecture is not known here.
    """
    name = f"{_NAME}:{docker_engine.RUN}"
    with _lock:
        if engine.url not in _made:
            engine.api.import_image_from_data(
                _root(engine.architecture),
                repository=_NAME,
                tag=docker_engine.RUN,
                changes=['CMD ["/pause"]', *docker_engine.image_labels()],
            )
            _made.add(engine.url)
            docker_engine.at_exit(lambda: engine.remove("images", name))
    return name


def program(architecture: str) -> bytes:
    """The program, as an ELF file."""
    if architecture not in _MACHINES:
        known = ", ".join(_MACHINES)
        raise NotModelledError(
            f"Several containers need an engine of {known}; this one is {architecture}."
        )
    machine, code = _MACHINES[architecture]
    size = _HEADERS + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack(
        "<HHIQQQIHHHHHH", 2, machine, 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code


def _root(architecture: str) -> bytes:
    content = program(architecture)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        file = tarfile.TarInfo("pause")
        file.size, file.mode = len(content), 0o755
        archive.addfile(file, io.BytesIO(content))
    return packed.getvalue()
