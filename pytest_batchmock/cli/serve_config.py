"""``batchmock serve --config FILE.toml``: what a test says in Python, for people who write none.

The file holds options of the mock and of the server, outcome rules, faults, and resources as the
requests that make them. They hold for each account from its start, and again after its reset.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pytest_batchmock.api import model
from pytest_batchmock.api.dispatch import is_read
from pytest_batchmock.errors import BatchError, MockUsageError
from pytest_batchmock.options import Options
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.control import api
from pytest_batchmock.transports.http import HttpRequest

Table = dict[str, Any]

_TABLES: Final = ("options", "server", "outcomes", "faults")
_FLAGS: Final = (
    "host",
    "port",
    "url_file",
    "quiet",
    "with_moto",
    "keys",
    "token",
    "allow_host",
    "state",
    "state_sync",
    "snapshot_every",
)
"""The keys of ``[server]``: the arguments of `batchmock serve` that are about no mock."""


@dataclass(frozen=True)
class Config:
    """What a file says.

    Attributes:
        path: The file.
        options: Fields of `Options`.
        arguments: The table ``[server]``, as arguments of `batchmock serve`.
        outcomes: Outcome rules, as the control API takes them.
        faults: Faults, likewise.
        requests: The operations that make the resources, with their parameters, in the file's order.
    """

    path: Path
    options: Table = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    outcomes: list[Table] = field(default_factory=list)
    faults: list[Table] = field(default_factory=list)
    requests: list[tuple[str, Table]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Config:
        """Read a file.

        Raises:
            MockUsageError: It cannot be read, is no TOML, or says what makes no sense; the text names
                the key.
        """
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MockUsageError(f"{path}: {error.strerror or error}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise MockUsageError(f"{path} is no TOML: {error}") from error
        for name in told:
            if name not in _TABLES and not _makes_something(name):
                raise MockUsageError(
                    f"{path} has a key {name!r}; it takes {', '.join(_TABLES)}, and the operations of "
                    "AWS Batch that change something, such as [[CreateJobQueue]]."
                )
        options = _table(path, told, "options")
        _refuse_unknown(f"{path}: [options]", options, Options.names())
        try:
            Options.of(**options)
        except MockUsageError as error:
            raise MockUsageError(f"{path}: [options]: {error}") from error
        server = _table(path, told, "server")
        _refuse_unknown(f"{path}: [server]", server, _FLAGS)
        return cls(
            path,
            options,
            list(_arguments(path, server)),
            _tables(path, told, "outcomes"),
            _tables(path, told, "faults"),
            [
                (name, params)
                for name in told
                if name not in _TABLES
                for params in _tables(path, told, name)
            ],
        )

    def prepare(self, accounts: Accounts, account: str | None) -> None:
        """Say to an account's mock what the file says.

        Raises:
            MockUsageError: The mock refuses; the text names the table.
        """
        for name, tables in (("outcomes", self.outcomes), ("faults", self.faults)):
            for number, table in enumerate(tables):
                _say(accounts, account, name, table, f"{self.path}: {name}[{number}]")
        numbers: dict[str, int] = {}
        for operation, params in self.requests:
            number = numbers[operation] = numbers.get(operation, -1) + 1
            mock = accounts.mock(account)
            where = f"{self.path}: {operation}[{number}]"
            try:
                mock.call(operation, params)
            except BatchError as error:
                raise MockUsageError(f"{where}: {error}") from error
            if mock.options.resource_latency is not None:  # no queue takes an environment in CREATING
                duration = mock.options.resource_latency
                _say(accounts, account, "clock/advance", {"duration": duration}, where)


def _say(accounts: Accounts, account: str | None, path: str, members: Table, where: str) -> None:
    """Through the control API, so that a journal hears of it as of all that is said."""
    given = api.answer(
        HttpRequest(
            "POST",
            f"{api.VERSION}{path}",
            [] if account is None else [("account", account)],
            {"content-type": "application/json"},
            _as_json(members, where),
        ),
        accounts,
    )
    if given.status != 200:
        raise MockUsageError(f"{where}: {json.loads(given.body)['error']['message']}")


def _as_json(members: Table, where: str) -> bytes:
    try:
        return json.dumps(members).encode()
    except TypeError as error:  # TOML has dates
        raise MockUsageError(f"{where}: {error}") from error


def _makes_something(name: str) -> bool:
    return name in model.operation_names() and not is_read(name)


def _refuse_unknown(where: str, table: Table, known: Sequence[str]) -> None:
    unknown = [name for name in table if name not in known]
    if unknown:
        raise MockUsageError(f"{where} has no {', '.join(unknown)}; it has: {', '.join(known)}.")


def _table(path: Path, told: Table, name: str) -> Table:
    table = told.get(name, {})
    if not isinstance(table, dict):
        raise MockUsageError(f"{path}: {name} is no table: write [{name}].")
    return table


def _tables(path: Path, told: Table, name: str) -> list[Table]:
    tables = told.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise MockUsageError(f"{path}: {name} is no list of tables: write [[{name}]].")
    return tables


def _kinds_of(name: str) -> tuple[type, ...]:
    """What a key of ``[server]`` may be: a number where one is meant, else a text."""
    return (int, str) if name in ("port", "snapshot_every") else (str,)


def _arguments(path: Path, server: Table) -> Iterator[str]:
    for name, value in server.items():
        if name == "keys":
            if not isinstance(value, dict) or not all(isinstance(it, str) for it in value.values()):
                raise MockUsageError(f'{path}: [server] keys: write [server.keys] with ID = "SECRET".')
            yield from (f"--key={key}:{secret}" for key, secret in value.items())
            continue
        flag = f"--{name.replace('_', '-')}"
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, bool):
                if name not in ("quiet", "with_moto"):
                    raise MockUsageError(f"{path}: [server] {name} = {entry!r}: it is no yes or no.")
                yield from [flag] if entry else []
            elif name in ("quiet", "with_moto") or not isinstance(entry, _kinds_of(name)):
                raise MockUsageError(f"{path}: [server] {name} = {entry!r}: that is not what it takes.")
            else:
                yield f"{flag}={entry}"
