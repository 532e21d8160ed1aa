"""What `RemoteBatchMock` hands out: jobs, logs, events and the timeline of a server elsewhere.

Capacity is in `capacity`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pytest_batchmock.api import arns
from pytest_batchmock.arguments import check_index, check_job_id, check_text, check_whole, job_id_of
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.jobs import not_one
from pytest_batchmock.observe.timeline import TITLE, check_look, form_of
from pytest_batchmock.server.remote.client import ControlClient


def moment(text: str) -> datetime:
    """The moment that an answer tells."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class RemoteAttempt:
    """One attempt that has ended; the attributes are those of a `BatchMock`'s."""

    number: int
    compute_environment: str
    instance_id: str | None
    started_at: datetime | None
    stopped_at: datetime | None
    exit_code: int | None
    reason: str | None
    status_reason: str | None
    log_stream_name: str | None


class RemoteJob:
    """One job as it was when it was asked for; `refreshed` asks again."""

    def __init__(self, client: ControlClient, told: dict[str, Any]) -> None:
        self._client = client
        self._told = told
        self.id: str = told["id"]
        self.arn: str = told["arn"]
        self.name: str = told["name"]
        self.queue: str = told["queue"]
        self.definition: str = told["definition"]
        self.status: str = told["status"]
        self.status_reason: str | None = told["status_reason"]
        self.exit_code: int | None = told["exit_code"]
        self.created_at = moment(told["created_at"])
        self.started_at = optional_moment(told["started_at"])
        self.stopped_at = optional_moment(told["stopped_at"])
        self.history = [(entry["status"], moment(entry["at"])) for entry in told["history"]]
        self.attempts = [
            RemoteAttempt(
                **attempt
                | {name: optional_moment(attempt[name]) for name in ("started_at", "stopped_at")}
            )
            for attempt in told["attempts"]
        ]

    @property
    def statuses(self) -> list[str]:
        """Every status it has had, oldest first."""
        return [status for status, _ in self.history]

    @property
    def is_terminal(self) -> bool:
        """Whether it has ended for good."""
        return self.status in ("SUCCEEDED", "FAILED")

    def explain(self) -> str:
        """Why it is where it is, in words."""
        return str(self._told["explanation"])

    def refreshed(self) -> RemoteJob:
        """The same job as it is now."""
        return RemoteJob(self._client, self._client.get(f"jobs/{quote(self.id, safe='')}"))

    def __repr__(self) -> str:
        return f"<job {self.name} {self.id} {self.status}>"


def optional_moment(text: str | None) -> datetime | None:
    """Likewise, where there may be none."""
    return None if text is None else moment(text)


class RemoteJobs:
    """The jobs, or service jobs, of a server, in the order of submission; the newest thousand."""

    def __init__(self, client: ControlClient, *, service: bool = False) -> None:
        self._client = client
        self._kind = {"service": "true" if service else "false"}

    def all(
        self, *, name: str = "*", queue: str | None = None, status: str | None = None
    ) -> list[RemoteJob]:
        """The jobs whose name matches the pattern, in a queue (name or ARN), in a status.

        Raises:
            MockUsageError: An argument is no text, or no job can have that status.
        """
        check_text("name", name, "a pattern of job names")
        if queue is not None:
            check_text("queue", queue, "the name or the ARN of a queue")
        told = self._client.get("jobs", name=name, queue=queue, status=status, **self._kind)["jobs"]
        return [RemoteJob(self._client, job) for job in told]

    def one(self, *, name: str = "*", queue: str | None = None, status: str | None = None) -> RemoteJob:
        """The only job of that description.

        Raises:
            MockUsageError: There is none, or more than one.
        """
        found = self.all(name=name, queue=queue, status=status)
        if len(found) == 1:
            return found[0]
        raise not_one(found or self.all(), bool(found), name=name, queue=queue, status=status)

    def get(self, job_id: str) -> RemoteJob:
        """The job, child or node with that id.

        Raises:
            MockUsageError: There is none.
        """
        check_job_id("jobs.get", job_id)
        return RemoteJob(self._client, self._client.get(f"jobs/{quote(job_id, safe='')}"))

    def __iter__(self) -> Iterator[RemoteJob]:
        return iter(self.all())

    def __getitem__(self, index: int) -> RemoteJob:
        """The job at that place in the order of submission, ``-1`` for the newest.

        Raises:
            IndexError: There are not so many.
            MockUsageError: It is no number.
        """
        check_index("jobs", index)
        return self.all()[index]

    def __len__(self) -> int:
        return int(self._client.get("jobs", limit=0, **self._kind)["total"])

    def __repr__(self) -> str:
        told = self.all()
        return f"<{len(self)} jobs: {', '.join(f'{job.name} {job.status}' for job in told[:10])}>"


class RemoteLogs:
    """What the containers of a server's jobs wrote."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def of(
        self, job: RemoteJob | str, *, attempt: int | None = None, container: str | None = None
    ) -> list[str]:
        """What a job has written by now, line by line.

        Raises:
            MockUsageError: The job has no such stream.
        """
        job_id = job_id_of("logs.of", job)
        if attempt is not None:
            check_whole("attempt", attempt, 1)
        answer = self._client.get(f"logs/{quote(job_id, safe='')}", attempt=attempt, container=container)
        return list(answer["lines"])


class RemoteTimeline:
    """What happened to the jobs of a server, drawn there."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def text(self, width: int | None = None) -> str:
        """As text; by default 100 columns wide.

        Raises:
            MockUsageError: The width is no number of columns.
        """
        if width is not None:
            check_whole("width", width, 1)
        return self._drawn("text", width=width)

    def svg(self, *, title: str = TITLE, theme: str = "auto") -> str:
        """As an SVG document; see `Timeline.svg`.

        Raises:
            MockUsageError: There is no such theme.
        """
        return self._drawn("svg", title=title, theme=theme)

    def html(self, *, title: str = TITLE, theme: str = "auto") -> str:
        """As an HTML page, with the image and a table of the same; see `Timeline.html`.

        Raises:
            MockUsageError: There is no such theme.
        """
        return self._drawn("html", title=title, theme=theme)

    def save(self, path: str | os.PathLike[str], *, title: str = TITLE, theme: str = "auto") -> Path:
        """Write a file that needs nothing else, and return its path; see `Timeline.save`.

        Raises:
            MockUsageError: The name ends otherwise than in .html, .svg or .txt, or there is no such
                theme.
            OSError: The file cannot be written.
        """
        form = form_of(path)
        if form == "text":
            check_look(title, theme)
            drawn = self._drawn(form) + "\n"
        else:
            drawn = self._drawn(form, title=title, theme=theme)
        file = Path(path)
        file.write_text(drawn, encoding="utf-8")
        return file

    def __str__(self) -> str:
        return self.text()

    def _drawn(self, form: str, **how: Any) -> str:
        if form != "text":
            check_look(**how)
        return str(self._client.get("timeline", form=form, **how)["timeline"])


class RemoteEvents:
    """The events of a server's jobs, oldest first; the newest thousand."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._client.get("events")["events"])

    def __len__(self) -> int:
        return int(self._client.get("events", limit=0)["total"])

    def matching(self, pattern: Mapping[str, Any] | str) -> list[dict[str, Any]]:
        """The events that match a pattern of EventBridge's.

        Raises:
            MockUsageError: It is none.
        """
        text = pattern if isinstance(pattern, str) else json.dumps(pattern)
        return list(self._client.get("events", pattern=text)["events"])

    def of(self, job: RemoteJob | str) -> list[dict[str, Any]]:
        """The events of one job, given as `jobs` does or by its id.

        Raises:
            MockUsageError: It is neither.
        """
        wanted = job_id_of("events.of", job, arns.is_job_id)
        return [event for event in self if event["detail"].get("jobId") == wanted]

    def subscribe(self, handler: object, pattern: object = None) -> None:
        """Not possible from another process; nor are `start`, `delivery` and `to_moto`.

        Raises:
            MockUsageError: Always.
        """
        raise MockUsageError(
            "events.subscribe: a handler cannot be sent to a server. Read matching(pattern) after the "
            "fact, or use the fixture batchmock_server, whose server runs in the test's process."
        )
