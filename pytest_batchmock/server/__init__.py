"""AWS Batch on a port: any language, any tool. Needs the extra ``server`` (werkzeug).

`http` takes requests in, `control` and `console` answer those of tests and of browsers, `accounts`
keeps suites apart, `journal` keeps their state over a restart; `remote` is the other end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_batchmock.server.http.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    # Lazily: `remote` is in this package too, and needs no werkzeug.
    if name == "create_app":
        from pytest_batchmock.server.http.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
