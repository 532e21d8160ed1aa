"""`batchmock serve`: AWS Batch on a port of this machine, until somebody stops it."""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
import secrets
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.cli.kinds import duration
from pytest_batchmock.cli.serve_config import Config
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.options import Options
from pytest_batchmock.server.defaults import DEFAULTS, SNAPSHOT_EVERY

if TYPE_CHECKING:
    from pytest_batchmock.server.http.app import Application
    from pytest_batchmock.server.http.listening import Server

_MISSING: Final = "batchmock serve needs werkzeug: pip install 'pytest-batchmock[server]'"
_EVERYWHERE: Final = ("", "0.0.0.0", "::")
_EPILOG: Final = """\
A job without an outcome rule passes through all its states in about two seconds. Say what happens to
jobs with 'batchmock outcome', look at them with 'batchmock jobs', begin anew with 'batchmock reset'.
Suites that use a server at the same time stay apart by a 12-digit access key (AWS_ACCESS_KEY_ID) each:
it is the account, and an account has resources, jobs, rules and a clock of its own.

examples:
  batchmock serve
  batchmock serve --clock manual --seed 7 --port 0 --url-file url
  batchmock serve --config batchmock.toml --state state.sqlite
  batchmock serve --host 0.0.0.0 --key AKIDEXAMPLE:secret --token LONG-TOKEN

exit codes: 0 it is done (SIGINT or SIGTERM stopped it), 1 it cannot start, 2 a wrong argument
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
    config = None
    try:
        if given.config is not None:
            config = Config.read(given.config)
            given = parser.parse_args([*config.arguments, *(sys.argv[1:] if argv is None else argv)])
        chosen = _options(given, config.options if config is not None else {})
        Options.of(**_usual() | chosen)
    except MockUsageError as error:
        parser.error(str(error))
    from pytest_batchmock.server.http.listening import Server

    elsewhere = not _is_loopback(given.host)
    if elsewhere and given.token is None:
        given.token = secrets.token_urlsafe(16)
    try:
        is_new = given.state is None or not given.state.exists()
        app, options = _application(given, chosen, elsewhere)
        if config is not None:
            if is_new:
                config.prepare(app.accounts, None)
            app.accounts.prepare = partial(config.prepare, app.accounts)
        server = Server(app, given.host, given.port)
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
    greeting = _greeting(server.url, options) + _of_strangers(given, server.url, elsewhere)
    try:
        _serve(server, greeting, given.url_file)
    finally:
        app.accounts.close()
    return 0


def _application(
    given: argparse.Namespace, chosen: dict[str, Any], elsewhere: bool
) -> tuple[Application, dict[str, Any]]:
    """What is served, and its options: those that were chosen, and those that the state file has."""
    from pytest_batchmock.mock import BatchMock
    from pytest_batchmock.server.accounts import Accounts
    from pytest_batchmock.server.http.app import Application
    from pytest_batchmock.server.http.door import Door
    from pytest_batchmock.server.http.moto import OtherServices
    from pytest_batchmock.server.journal import replay

    if given.state is None:
        options = _usual() | chosen
        accounts = Accounts(BatchMock(**options))
    else:
        full = given.state_sync == "full"
        accounts, options = replay.resumed(
            given.state, chosen, _usual(), full=full, every=given.snapshot_every
        )
    account = accounts.mock().options.account_id
    app = Application(
        accounts,
        Door(given.allow_host, elsewhere=elsewhere, token=given.token),
        keys=dict(given.key),
        others=OtherServices(account) if given.with_moto else None,
        log=None if given.quiet else _log,
    )
    return app, options


def _serve(server: Server, greeting: str, url_file: Path | None) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    # Containers of jobs that call Batch find this server, unless they are to find another.
    os.environ.setdefault("AWS_ENDPOINT_URL_BATCH", server.url)
    print(f"{greeting}\n\nCtrl-C stops it.", flush=True)
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
        f"  export AWS_DEFAULT_REGION={region}"
    )


def _of_strangers(given: argparse.Namespace, url: str, elsewhere: bool) -> str:
    """What to know of a server that others can reach, or that asks for a token."""
    text = ""
    if elsewhere:
        text += (
            f"\n\nWARNING: it listens at {given.host}, so other machines reach it"
            + (", by the name or an address of this one" if given.host in _EVERYWHERE else "")
            + ". Whoever does may call AWS Batch here"
            + (" with one of its keys." if given.key else "; --key AKID:SECRET asks for a signature.")
        )
    if given.token is not None:
        text += (
            "\nThe control API and the console ask for a token:\n\n"
            f"  export BATCHMOCK_TOKEN={given.token}\n  {url}/?token={given.token}"
        )
    return text


def _log(line: str) -> None:
    print(line, flush=True)


def _write_whole(path: Path, text: str) -> None:
    """Write a file that a reader finds whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _options(given: argparse.Namespace, of_config: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the mock that were given: by arguments, else by the file."""
    options = dict(of_config)
    for name in ("clock", "latency_scale", "default_duration", "region", "runner"):
        if getattr(given, name) is not None:
            options[name] = getattr(given, name)
    if given.rate is not None:
        if options.get("clock", DEFAULTS["clock"]) != "real":
            raise MockUsageError("--rate is about the real clock; the others have none.")
        options["rate"] = given.rate
    if given.seed is not None:
        options["seed"] = given.seed
    return options


def _usual() -> dict[str, Any]:
    """What holds where nothing was given."""
    return {**DEFAULTS, "seed": secrets.randbits(32)}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(text: str) -> tuple[str, str]:
    name, colon, secret = text.partition(":")
    if not (name and colon and secret):
        raise argparse.ArgumentTypeError("give it as ACCESS_KEY_ID:SECRET")
    return name, secret


def _token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.~-]{8,200}", text):
        raise argparse.ArgumentTypeError("give 8 to 200 letters, digits and any of - _ . ~")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number: give 0 or more")
    return int(text)


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
    add(
        "--host",
        default="127.0.0.1",
        help="the address to listen at (default %(default)s); 0.0.0.0 lets other machines in",
    )
    add("--port", type=_port, default=4567, help="0 takes a free one (default %(default)s)")
    add("--url-file", type=Path, metavar="FILE", help="write the endpoint URL there once it answers")
    add(
        "--config",
        type=Path,
        metavar="FILE",
        help="options, outcome rules, faults and resources in TOML; arguments win over it",
    )
    add("--quiet", action="store_true", help="no line for each request")
    add("--with-moto", action="store_true", help="moto answers all other services (extra 'moto')")
    add = parser.add_argument_group("who may use it").add_argument
    add(
        "--key",
        type=_key,
        action="append",
        default=[],
        metavar="ID:SECRET",
        help="verify signatures, made with this access key or another --key (default: not verified)",
    )
    add(
        "--token",
        type=_token,
        metavar="T",
        help="what the control API asks for (default: one is made up if other machines are let in)",
    )
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer requests for this host name too",
    )
    add = parser.add_argument_group("state").add_argument
    add(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep all that is answered there, and go on with it after a restart; "
        "'batchmock replay FILE' shows it",
    )
    add(
        "--state-sync",
        choices=("normal", "full"),
        default="normal",
        help="full: each answer waits for the disk, and survives a loss of power too "
        "(default %(default)s)",
    )
    add(
        "--snapshot-every",
        type=_count,
        default=SNAPSHOT_EVERY,
        metavar="N",
        help="keep a snapshot after so many inputs, so that a start plays only what came later; "
        "0: none (default %(default)s)",
    )
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
        type=duration,
        metavar="D",
        help=f"how long a job without a rule runs (default {DEFAULTS['default_duration']} s)",
    )
    add(
        "--latency-scale",
        type=float,
        metavar="N",
        help=f"factor for the stages before and after that (default {DEFAULTS['latency_scale']})",
    )
    parser.add_argument(
        "--runner",
        choices=("scripted", "process", "docker", "swarm"),
        help="what does a job without an outcome rule: nothing (default), its command as a process of "
        "this machine, its container at a Docker engine, or as a job of that engine's swarm",
    )
    add = parser.add_argument_group("identity").add_argument
    add("--seed", type=int, metavar="N", help="seed of all ids (default: another one each time)")
    add("--region", help="region of callers whose signature names none (default us-east-1)")
    return parser
