"""The process runner: the command of the container as a process of this machine.

What it keeps of a container: the environment, a working directory of its own, the signals, the exit
code, the log, and that nothing of it outlives it. What it does not: the image and its entry point,
mounts and volumes, the user, the network; memory and CPUs are limited on request.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import math
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.runners.killer import Killer
from pytest_batchmock.runners.protocol import RUNNING, Report, RunnerReport, Task, Write

NOT_FOUND: Final = "executable file not found in $PATH"
_LONGEST_LINE: Final = 256 * 1024
"""Bytes; what the log driver takes as one event."""

_at_work: set[ProcessRun] = set()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class ProcessRunner:
    """Runs tasks as processes.

    Attributes:
        pass_environment: The names of variables of this process that the task gets to see.
        limit_memory: Whether the address space is limited to the task's memory.
        limit_cpus: Whether it is kept to as many CPUs as it has vCPUs.
    """

    pass_environment: tuple[str, ...] = ()
    limit_memory: bool = False
    limit_cpus: bool = False

    def start(self, task: Task, report: Report, write: Write) -> ProcessRun | None:
        """Start the command; see `pytest_batchmock.runners.protocol.Runner`."""
        if os.name != "posix":
            raise MockUsageError("runs_process: needs signals and process groups, so no Windows.")
        if self.limit_cpus and not hasattr(os, "sched_setaffinity"):
            raise MockUsageError(
                "runs_process(limit_cpus=True): only Linux keeps processes to some CPUs."
            )
        if not task.command:
            raise MockUsageError(
                f"Job {task.job_name!r} has no command, and a process knows no image whose default "
                "it could be: give one in the definition or in containerOverrides."
            )
        environment = self._environment(task)
        directory = tempfile.mkdtemp(prefix="batchmock-")
        program = _program(task.command[0], environment["PATH"], directory)
        if program is None:
            shutil.rmtree(directory, ignore_errors=True)
            name = task.command[0]
            is_path = "/" in name
            why = f"stat {name}: no such file or directory" if is_path else NOT_FOUND
            report(_not_started(task, why))
            return None
        command = [program, *task.command[1:]]
        if self.limit_memory and task.memory_mib:
            command = [
                "/bin/sh",
                "-c",
                'ulimit -v "$0" && exec "$@"',
                str(task.memory_mib * 1024),
                *command,
            ]
        try:
            with _on_cpus(task.vcpus if self.limit_cpus else None):
                process = subprocess.Popen(
                    command,
                    cwd=directory,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:  # ValueError: a NUL, or a name of a variable with '='
            shutil.rmtree(directory, ignore_errors=True)
            report(_not_started(task, (getattr(error, "strerror", None) or str(error)).lower()))
            return None
        report(RUNNING)
        return ProcessRun(process, directory, report, write)

    def _environment(self, task: Task) -> dict[str, str]:
        allowed = {name: os.environ[name] for name in self.pass_environment if name in os.environ}
        return {"PATH": os.environ.get("PATH", os.defpath), **allowed, **task.environment}


class ProcessRun:
    """A process at work, and the thread that waits for it."""

    def __init__(
        self, process: subprocess.Popen[bytes], directory: str, report: Report, write: Write
    ) -> None:
        self._process = process
        self._directory = directory
        self._report = report
        self._write = write
        self._lock = threading.Lock()
        self._is_over = False
        self._gone = threading.Event()
        self._is_told = False
        self._killer = Killer(lambda: self.stop(0))
        with _lock:
            _at_work.add(self)
        threading.Thread(target=self._attend, name=f"batchmock-{process.pid}", daemon=True).start()

    def stop(self, grace_ms: int) -> None:
        """SIGTERM to the whole group, SIGKILL when `grace_ms` have passed; with 0 SIGKILL at once."""
        with self._lock:
            if self._is_over:
                return
            if grace_ms <= 0:
                self._signal(signal.SIGKILL)
                return
            if not self._is_told:
                self._signal(signal.SIGTERM)
                self._is_told = True
            self._killer.within(grace_ms)

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended and nothing of it is left."""
        return self._gone.wait(seconds)

    def _attend(self) -> None:
        """Pass the output on, wait for the end, kill what is left of the group, tidy up, report."""
        output = self._process.stdout
        if output is None:
            raise AssertionError("The process was started without a pipe.")
        reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        reader.start()
        # Not reaped yet: until then no other process group can have this number.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            self._signal(signal.SIGKILL)
            self._is_over = True
            self._killer.give_up()
            code = self._process.wait()
        reader.join(_LAST_WORDS_SECONDS)
        shutil.rmtree(self._directory, ignore_errors=True)
        self._report(RunnerReport("ended", code if code >= 0 else 128 - code))
        with _lock:
            _at_work.discard(self)
        self._gone.set()

    def _read(self, output: IO[bytes]) -> None:
        with output:
            while line := output.readline(_LONGEST_LINE):
                self._write(line.decode("utf-8", "replace").rstrip("\r\n"))

    def _signal(self, number: signal.Signals) -> None:
        # macOS refuses with PermissionError where only a zombie is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


_LAST_WORDS_SECONDS: Final = 5.0
"""How long to read on when the group is dead: only a process that left it can hold the pipe."""


_next_cpu = itertools.count()


@contextlib.contextmanager
def _on_cpus(vcpus: float | None) -> Iterator[None]:
    """What is started meanwhile uses as many CPUs as it has vCPUs, rounded up; each time it begins with
    another one. None: as many as there are."""
    if vcpus is None:
        yield
        return
    usable = os.sched_getaffinity(0)
    in_order = sorted(usable)
    first = next(_next_cpu)
    count = min(len(in_order), max(1, math.ceil(vcpus)))
    os.sched_setaffinity(0, {in_order[(first + at) % len(in_order)] for at in range(count)})
    try:
        yield  # a process has the CPUs of the thread that started it
    finally:
        os.sched_setaffinity(0, usable)


def _program(name: str, path: str, directory: str) -> str | None:
    """The file that a name means for the task; None if there is none."""
    if "/" in name:
        found = os.path.join(directory, name)
        return found if os.path.exists(found) else None
    return shutil.which(name, mode=os.F_OK | os.X_OK, path=path)


def _not_started(task: Task, why: str) -> RunnerReport:
    """The failure in the words of the container engine (`docker run` of a missing command)."""
    reason = (
        "CannotStartContainerError: Error response from daemon: OCI runtime create failed: runc create "
        f'failed: unable to start container process: exec: "{task.command[0]}": {why}: unknown'
    )
    return RunnerReport("failed_to_start", None, reason[:255])


@atexit.register
def _kill_all() -> None:
    """Leave nothing behind when the interpreter ends in the middle of it."""
    with _lock:
        left = list(_at_work)
    for run in left:
        run.stop(0)
    for run in left:
        run.wait(5)
