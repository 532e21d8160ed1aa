"""`batchmock serve`: AWS Batch on a port of this machine, until somebody stops it."""

from __future__ import annotations

import argparse
import ipaddress
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.durations import to_ms
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.options import Options
from pytest_batchmock.server.defaults import DEFAULTS

if TYPE_CHECKING:
    from pytest_batchmock.server.listening import Server

_MISSING: Final = "batchmock serve needs werkzeug: pip install 'pytest-batchmock[server]'"
_EPILOG: Final = """\
A job without an outcome rule passes through all its states in about two seconds. Say what happens to
jobs with 'batchmock outcome', look at them with 'batchmock jobs', begin anew with 'batchmock reset'.
Suites that use a server at the same time stay apart by a 12-digit access key (AWS_ACCESS_KEY_ID) each:
it is the account, and an account has resources, jobs, rules and a clock of its own.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM.

    Returns:
        0 after a stop, 1 if the server cannot start, 2 for a wrong argument.
    """
    parser = _parser()
    given = parser.parse_args(argv)
    try:
        import werkzeug  # noqa: F401 — the extra is there, or is asked for
    except ImportError:
        print(_MISSING, file=sys.stderr)
        return 1
    try:
        options = _options(given)
        _refuse_other_hosts(given.host)
        Options.of(**options)
    except MockUsageError as error:
        parser.error(str(error))
    from pytest_batchmock.server.app import create_app
    from pytest_batchmock.server.listening import Server

    log: Callable[[str], None] | None = None if given.quiet else _log
    try:
        server = Server(create_app(log=log, **options), given.host, given.port)
    except MockUsageError as error:
        print(f"batchmock serve: {error}", file=sys.stderr)
        return 1
    try:
        if given.url_file is not None:
            _write_whole(given.url_file, server.url + "\n")
    except OSError as error:
        server.stop()
        print(f"batchmock serve: --url-file: {error}", file=sys.stderr)
        return 1
    _serve(server, options, given.url_file)
    return 0


def _serve(server: Server, options: dict[str, Any], url_file: Path | None) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    print(_greeting(server.url, options), flush=True)
    stop.wait()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # who cannot wait asks twice
    server.stop()
    if url_file is not None:
        url_file.unlink(missing_ok=True)
    print("batchmock: stopped", flush=True)


def _greeting(url: str, options: dict[str, Any]) -> str:
    region = options.get("region", Options().region)
    return (
        f"batchmock: AWS Batch at {url} (clock {options['clock']}, seed {options['seed']})\n\n"
        f"  export AWS_ENDPOINT_URL_BATCH={url}\n"
        f"  export AWS_DEFAULT_REGION={region}\n\n"
        "Ctrl-C stops it."
    )


def _log(line: str) -> None:
    print(line, flush=True)


def _write_whole(path: Path, text: str) -> None:
    """Write a file that a reader finds whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _options(given: argparse.Namespace) -> dict[str, Any]:
    """The options of the mock: what was given, else what suits a person at a terminal."""
    options = dict(DEFAULTS)
    for name in ("clock", "latency_scale", "default_duration", "region"):
        if getattr(given, name) is not None:
            options[name] = getattr(given, name)
    if given.rate is not None:
        if options["clock"] != "real":
            raise MockUsageError("--rate is about the real clock; the others have none.")
        options["rate"] = given.rate
    options["seed"] = secrets.randbits(32) if given.seed is None else given.seed
    return options


def _refuse_other_hosts(host: str) -> None:
    """Listening for other machines would hand them the control of this one's tests."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise MockUsageError(
            f"--host {host}: the server answers anybody who reaches it, and has no password, so it "
            "listens on this machine only: 127.0.0.1, ::1 or localhost."
        )


def _duration(text: str) -> str | float:
    value: str | float
    try:
        value = float(text)
    except ValueError:
        value = text
    try:
        to_ms(value)
    except MockUsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return value


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give 0 to 65535")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="batchmock serve",
        description="Start AWS Batch on this machine, for programs in any language.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="a loopback address (default %(default)s)")
    add("--port", type=_port, default=4567, help="0 takes a free one (default %(default)s)")
    add("--url-file", type=Path, metavar="FILE", help="write the endpoint URL there once it answers")
    add("--quiet", action="store_true", help="no line for each request")
    clock = parser.add_argument_group("time")
    add = clock.add_argument
    add(
        "--clock",
        choices=("real", "autojump", "manual"),
        help="who moves virtual time: the wall clock (default), a question asked twice, or "
        "'batchmock advance' alone",
    )
    add("--rate", type=float, metavar="N", help="virtual seconds in one real second (default 1)")
    add(
        "--default-duration",
        type=_duration,
        metavar="D",
        help=f"how long a job without a rule runs (default {DEFAULTS['default_duration']} s)",
    )
    add(
        "--latency-scale",
        type=float,
        metavar="N",
        help=f"factor for the stages before and after that (default {DEFAULTS['latency_scale']})",
    )
    add = parser.add_argument_group("identity").add_argument
    add("--seed", type=int, metavar="N", help="seed of all ids (default: another one each time)")
    add("--region", help="region of callers whose signature names none (default us-east-1)")
    return parser
