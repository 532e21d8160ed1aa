"""`batchmock.logs`: what the containers wrote."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timezone

from pytest_batchmock.api.log_streams import LogStream, LogStreams
from pytest_batchmock.arguments import check_whole, job_id_of
from pytest_batchmock.engine.engine import Engine
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.jobs import JobView


@dataclass(frozen=True, slots=True)
class LogStreamView:
    """One log stream.

    Attributes:
        group: The log group.
        name: The stream's name.
        job_id: The job, child or node that writes it.
        attempt: 1 for the first.
        container: The container's name; ``default`` where there is only one.
        lines: What has been written by now.
        times: When each line was written.
    """

    group: str
    name: str
    job_id: str
    attempt: int
    container: str
    lines: list[str]
    times: list[datetime]


class Logs:
    """The log streams of all jobs: one for each container that started and logs to awslogs."""

    def __init__(self, gate: Callable[[], AbstractContextManager[Engine]], streams: LogStreams) -> None:
        self._gate = gate
        self._streams = streams

    def streams(self) -> list[LogStreamView]:
        """All streams, in the order in which the jobs were submitted."""
        with self._gate():
            return [self._view(stream) for stream in self._all()]

    def of(
        self, job: JobView | str, *, attempt: int | None = None, container: str | None = None
    ) -> list[str]:
        """What a job has written by now, line by line.

        Args:
            job: The job, given as ``batchmock.jobs`` does or by its id.
            attempt: Which attempt; the last that ran, if not given.
            container: Which container of several; all of them, by time, if not given.

        Raises:
            MockUsageError: There is no such job, or it has no such stream; the text lists those it has.
        """
        job_id = job_id_of("logs.of", job)
        if attempt is not None:
            check_whole("attempt", attempt, 1)
        with self._gate() as engine:
            all_of_job = [stream for stream in self._all() if stream.job.id == job_id]
            number = attempt or max((stream.attempt.number for stream in all_of_job), default=0)
            found = [
                stream
                for stream in all_of_job
                if stream.attempt.number == number and container in (None, stream.container)
            ]
            if not found and not any(
                region.find_job(job_id) or region.service_jobs.get(job_id)
                for region in engine.regions.values()
            ):
                raise MockUsageError(f"No job has the id {job_id!r}.")
            if not found:
                raise MockUsageError(_no_stream(job_id, attempt, container, all_of_job))
            lines = [line for stream in found for line in self._streams.lines(stream)]
        return [line.text for line in sorted(lines, key=lambda line: line.at_ms)]

    def _all(self) -> list[LogStream]:
        return self._streams.everywhere()

    def _view(self, stream: LogStream) -> LogStreamView:
        lines = self._streams.lines(stream)
        return LogStreamView(
            group=stream.group,
            name=stream.name,
            job_id=stream.job.id,
            attempt=stream.attempt.number,
            container=stream.container,
            lines=[line.text for line in lines],
            times=[datetime.fromtimestamp(line.at_ms / 1000, timezone.utc) for line in lines],
        )

    def __repr__(self) -> str:
        with self._gate():
            return f"<{len(self._all())} log streams>"


def _no_stream(job_id: str, attempt: int | None, container: str | None, has: list[LogStream]) -> str:
    asked = f"attempt={attempt!r}, container={container!r}"
    if not has:
        return (
            f"logs.of({job_id!r}, {asked}): the job has no log stream. A stream begins when a "
            "container of a job runs; log drivers other than awslogs, pods and service jobs have none, "
            "and of an array or a multi-node job only the children and nodes have."
        )
    lines = "".join(f"\n  attempt={it.attempt.number}, container={it.container!r}" for it in has)
    return f"logs.of({job_id!r}, {asked}): there is no such stream. The job has:{lines}"
