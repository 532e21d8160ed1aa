"""AWS Batch on a port: any language, any tool. Needs the extra ``server`` (werkzeug).

`app` is the WSGI application, `listening` the HTTP server it runs under by default, `control` what
`batchmock jobs`, `advance` and their kin (`verbs`) talk to, `accounts` what keeps suites apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_batchmock.server.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    # Lazily: the verbs of the command line live in this package too, and need no werkzeug.
    if name == "create_app":
        from pytest_batchmock.server.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
