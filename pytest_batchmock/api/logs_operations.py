"""The operations of CloudWatch Logs that read, for the log groups that Batch jobs write to.

A dispatcher of its own: these are no operations of Batch. Other groups, and operations that write,
are somebody else's: moto's or the network's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from pytest_batchmock.api.filter_pattern import compile_filter
from pytest_batchmock.api.log_streams import DEFAULT_GROUP, LogStream, LogStreams, group_arn
from pytest_batchmock.domain.ids import keyed_hex
from pytest_batchmock.domain.region import RegionState
from pytest_batchmock.engine.logs import Line
from pytest_batchmock.errors import BatchError

Params = dict[str, Any]

_MOST_EVENTS: Final = 10_000
_MOST_STREAMS: Final = 50
_NO_GROUP: Final = "The specified log group does not exist."
_NO_STREAM: Final = "The specified log stream does not exist."
_BAD_TOKEN: Final = "The specified nextToken is invalid."


class LogsCall:
    """One call, for a group of ours.

    Attributes:
        group: The name of the group; None for DescribeLogGroups.
        asked: The streams whose lines it asks for.
    """

    def __init__(
        self, streams: LogStreams, region: RegionState, operation: str, params: Params, group: str | None
    ) -> None:
        self._streams = streams
        self._region = region
        self._operation = operation
        self._params = params
        self.group = group

    @classmethod
    def of(
        cls, streams: LogStreams, region: RegionState, operation: str, params: Params
    ) -> LogsCall | None:
        """The call, or None if it is not about a group of ours."""
        if operation == "DescribeLogGroups":
            known = {DEFAULT_GROUP, *streams.groups(region)}
            ours = any(_is_described(name, params) for name in known)
            return cls(streams, region, operation, params, None) if ours else None
        if operation not in _OPERATIONS:
            return None
        group = _group_name(params)
        if group is None or not streams.has_group(region, group):
            return None
        return cls(streams, region, operation, params, group)

    @property
    def asked(self) -> list[LogStream]:
        """The streams whose lines the call asks for, as far as they exist."""
        found = self._streams.groups(self._region).get(self.group or "", {})
        if self._operation == "GetLogEvents":
            stream = found.get(self._params.get("logStreamName", ""))
            return [] if stream is None else [stream]
        return _chosen(found, self._params) if self._operation == "FilterLogEvents" else []

    def next_line_ms(self) -> int | None:
        """When the next line that is planned for one of these streams will be written."""
        return self._streams.next_line_ms(self.asked)

    def answer(self) -> dict[str, Any]:
        """Answer it.

        Raises:
            BatchError: The service refuses.
            NotModelledError: The filter pattern is one that this project does not have.
        """
        if self.group is None:
            return _describe_log_groups(self._streams, self._region, self._params)
        found = self._streams.groups(self._region).get(self.group)
        if found is None and self.group == DEFAULT_GROUP:
            raise _not_found(_NO_GROUP)  # it is made when it is first used (user guide)
        return _OPERATIONS[self._operation](self._streams, found or {}, self._params)


# --- GetLogEvents -----------------------------------------------------------------------------------


def _get_log_events(streams: LogStreams, found: dict[str, LogStream], params: Params) -> dict[str, Any]:
    """The lines of one stream, in pages that can be turned either way; the token of a side that has
    no more lines is the one that was sent."""
    if not params.get("logStreamName"):
        raise _invalid("logStreamName is required.")  # a client checks this before it sends
    stream = found.get(params["logStreamName"])
    if stream is None:
        raise _not_found(_NO_STREAM)
    limit = _limit(params, _MOST_EVENTS)
    lines = streams.lines(stream)
    first, end = _within(lines, params)
    token = params.get("nextToken")
    if token:
        direction, position = _position(token)
        position = min(max(position, first), end)
        if direction == "f":
            first, end = position, min(position + limit, end)
        else:
            first, end = max(position - limit, first), position
    elif params.get("startFromHead"):
        end = min(first + limit, end)
    else:
        first = max(end - limit, first)
    return {
        "events": [
            {"timestamp": line.at_ms, "message": line.text, "ingestionTime": line.at_ms}
            for line in lines[first:end]
        ],
        "nextForwardToken": f"f/{end:056d}/s",
        "nextBackwardToken": f"b/{first:056d}/s",
    }


def _within(lines: list[Line], params: Params) -> tuple[int, int]:
    """The positions of the first line of the time range, and of the first one behind it."""
    start_ms, end_ms = params.get("startTime"), params.get("endTime")
    first = sum(start_ms is not None and line.at_ms < start_ms for line in lines)
    end = sum(end_ms is None or line.at_ms < end_ms for line in lines)
    return first, max(first, end)


def _position(token: str) -> tuple[str, int]:
    match = re.fullmatch(r"([fb])/(\d{56})/s", token)
    if match is None:
        raise _invalid(_BAD_TOKEN)
    return match[1], int(match[2])


# --- FilterLogEvents --------------------------------------------------------------------------------


def _filter_log_events(
    streams: LogStreams, found: dict[str, LogStream], params: Params
) -> dict[str, Any]:
    """The lines of several streams by time, those that match the pattern."""
    if params.get("logStreamNames") and params.get("logStreamNamePrefix"):
        raise _invalid("LogStreamNamePrefix and logStreamNames are mutually exclusive.")
    for name in params.get("logStreamNames") or ():
        if name not in found:
            raise _not_found(_NO_STREAM)
    matches = compile_filter(params.get("filterPattern") or "")
    start_ms, end_ms = params.get("startTime"), params.get("endTime")
    events = [
        (line.at_ms, place, stream, number, line.text)
        for place, stream in enumerate(_chosen(found, params))
        for number, line in enumerate(streams.lines(stream))
        if (start_ms is None or line.at_ms >= start_ms)
        and (end_ms is None or line.at_ms <= end_ms)
        and matches(line.text)
    ]
    events.sort(key=lambda event: (event[0], event[1], event[3]))
    page, token = _page(events, params, _MOST_EVENTS)
    answer: dict[str, Any] = {
        "events": [
            {
                "logStreamName": stream.name,
                "timestamp": at_ms,
                "message": text,
                "ingestionTime": at_ms,
                "eventId": _event_id(stream, number, at_ms),
            }
            for at_ms, _, stream, number, text in page
        ],
        "searchedLogStreams": [],  # no longer filled in (API reference)
    }
    return answer if token is None else {**answer, "nextToken": token}


def _chosen(found: dict[str, LogStream], params: Params) -> list[LogStream]:
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix") or ""
    if names:
        return [found[name] for name in names if name in found]
    return [stream for name, stream in found.items() if name.startswith(prefix)]


def _event_id(stream: LogStream, number: int, at_ms: int) -> str:
    """56 digits, ascending in time."""
    tail = int(keyed_hex(0, "log event", f"{stream.name}/{number}", 16), 16)
    return f"3{at_ms:016d}{tail:039d}"


# --- The descriptions --------------------------------------------------------------------------------


def _describe_log_streams(
    streams: LogStreams, found: dict[str, LogStream], params: Params
) -> dict[str, Any]:
    prefix, order = params.get("logStreamNamePrefix") or "", params.get("orderBy", "LogStreamName")
    if order not in ("LogStreamName", "LastEventTime"):
        raise _invalid(
            f"1 validation error detected: Value '{order}' at 'orderBy' failed to satisfy constraint: "
            "Member must satisfy enum value set: [LogStreamName, LastEventTime]"
        )
    if prefix and order == "LastEventTime":
        raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    shown = [
        _described_stream(stream, streams.lines(stream))
        for name, stream in found.items()
        if name.startswith(prefix)
    ]
    shown.sort(key=lambda it: it["logStreamName"])
    if order == "LastEventTime":
        shown.sort(key=lambda it: it.get("lastEventTimestamp", it["creationTime"]))
    if params.get("descending"):
        shown.reverse()
    page, token = _page(shown, params, _MOST_STREAMS)
    return {"logStreams": page} if token is None else {"logStreams": page, "nextToken": token}


def _described_stream(stream: LogStream, lines: list[Line]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": stream.arn,
        "storedBytes": 0,  # always so for streams (API reference)
    }
    if lines:
        shown["firstEventTimestamp"] = lines[0].at_ms
        shown["lastEventTimestamp"] = shown["lastIngestionTime"] = lines[-1].at_ms
        shown["uploadSequenceToken"] = keyed_hex(0, "upload", stream.name, 56)
    return shown


def _is_described(group: str, params: Params) -> bool:
    """Whether DescribeLogGroups asks for a group."""
    identifiers = params.get("logGroupIdentifiers")
    return (
        group.startswith(params.get("logGroupNamePrefix") or "")
        and (params.get("logGroupNamePattern") or "").lower() in group.lower()
        and (not identifiers or group in map(_plain_name, identifiers))
    )


def _describe_log_groups(streams: LogStreams, region: RegionState, params: Params) -> dict[str, Any]:
    groups = streams.groups(region)
    shown = []
    for name in sorted(groups):
        if not _is_described(name, params):
            continue
        arn = group_arn(region, name)
        shown.append(
            {
                "logGroupName": name,
                "creationTime": min(stream.created_ms for stream in groups[name].values()),
                "metricFilterCount": 0,
                "arn": f"{arn}:*",
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
                "logGroupArn": arn,
            }
        )
    page, token = _page(shown, params, _MOST_STREAMS)
    return {"logGroups": page} if token is None else {"logGroups": page, "nextToken": token}


# --- What they share ----------------------------------------------------------------------------------


def _group_name(params: Params) -> str | None:
    given = params.get("logGroupName") or params.get("logGroupIdentifier")
    return _plain_name(given) if isinstance(given, str) else None


def _plain_name(identifier: str) -> str:
    """The name in the ARN of a group, or the name itself."""
    if not identifier.startswith("arn:"):
        return identifier
    return identifier.partition(":log-group:")[2].removesuffix(":*")


def _limit(params: Params, most: int) -> int:
    limit: int = params.get("limit", most)
    if not 1 <= limit <= most:
        bound = "greater than or equal to 1" if limit < 1 else f"less than or equal to {most}"
        raise _invalid(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value {bound}"
        )
    return limit


def _page(entries: list[Any], params: Params, most: int) -> tuple[list[Any], str | None]:
    """One page, and the token of the next one."""
    limit, token = _limit(params, most), params.get("nextToken")
    if token and not re.fullmatch(r"p/\d{1,18}", token):
        raise _invalid(_BAD_TOKEN)
    first = int(token[2:]) if token else 0
    end = first + limit
    return entries[first:end], f"p/{end}" if end < len(entries) else None


def _not_found(text: str) -> BatchError:
    return BatchError(text, code="ResourceNotFoundException")


def _invalid(text: str) -> BatchError:
    return BatchError(text, code="InvalidParameterException")


_OPERATIONS: Final[dict[str, Callable[[LogStreams, dict[str, LogStream], Params], dict[str, Any]]]] = {
    "GetLogEvents": _get_log_events,
    "FilterLogEvents": _filter_log_events,
    "DescribeLogStreams": _describe_log_streams,
}

READS: Final[Iterable[str]] = frozenset({*_OPERATIONS, "DescribeLogGroups"})
"""The operations that are answered."""
