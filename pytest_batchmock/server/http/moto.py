"""All other services of AWS on the same port, answered by moto. Needs the extra ``moto``.

moto keeps its state in the process, so there is one such world of other services, with the accounts
apart. Its own control API and its recorder, which writes files, cannot be reached. Its Lambda functions
are not run in containers: no request shall get to the engine of this machine.
"""

from __future__ import annotations

import io
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.transports import http, http_services
from pytest_batchmock.transports.http import HttpAnswer, HttpRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LARGEST_BODY: Final = 128 << 20
"""Bytes of a request's body: an object of S3 may be larger than any request to Batch."""

_MISSING: Final = "The other services need moto: pip install 'pytest-batchmock[moto]'"
_CLOSED: Final = ("/moto-api", "/latest/")


class OtherServices:
    """Answers by moto.

    Args:
        account: The account of callers whose access key names none.

    Raises:
        MockUsageError: moto is not installed with its server.
    """

    def __init__(self, account: str) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # moto warns before the import fails
                from moto.core.config import default_user_config
                from moto.moto_server.werkzeug_app import (
                    DomainDispatcherApplication,
                    create_backend_app,
                )
        except ImportError as error:
            raise MockUsageError(f"{_MISSING} ({error})") from error
        self._version = metadata.version("moto")
        default_user_config["lambda"] = {"use_docker": False}
        self._account = account

        def create_app(service: Any) -> Any:
            app = create_backend_app(service)
            app.config["PROPAGATE_EXCEPTIONS"] = True  # else Flask answers 500 with a page of HTML
            return app

        self._app: Callable[..., Iterable[bytes]] = DomainDispatcherApplication(create_app)
        self._resetting = threading.Lock()

    def answer(self, environ: WSGIEnvironment, request: HttpRequest) -> HttpAnswer:
        """Answer one request.

        Args:
            environ: The request as it came in.
            request: The same with its body, which counts.
        """
        asked = f"{request.method} {request.path}"
        if request.path.startswith(_CLOSED):
            return http_services.refusal(
                request, None, 404, "UnknownOperationException", f"There is no {request.path} here."
            )
        given = dict(environ)
        given["wsgi.input"] = io.BytesIO(request.body)
        given["CONTENT_LENGTH"] = str(len(request.body))
        given.pop("HTTP_X_MOTO_ACCOUNT_ID", None)
        given["HTTP_X_MOTO_ACCOUNT_ID"] = http.scope_of(request).account or self._account
        service = http.scope_of(request).service or "moto"
        try:
            status, headers, body = self._run(given)
        except Exception as error:
            if not isinstance(error, NotImplementedError):
                traceback.print_exc(file=sys.stderr)
            return self._failed(
                request, service, f"failed with this request: {type(error).__name__}: {error}"
            )
        if int(status[:3]) >= 400 and body.startswith(b"<!doctype html>"):
            return self._failed(request, service, f"does not know {asked}.")
        kept = {name: value for name, value in headers if not name.lower().startswith("access-control-")}
        return HttpAnswer(int(status[:3]), kept, body, f"{service} {asked} {status[:3]}")

    def _failed(self, request: HttpRequest, service: str, why: str) -> HttpAnswer:
        """An error that no client tries again: HTTP 501."""
        text = f"moto {self._version}, which answers for {service} here, {why}"
        return http_services.refusal(request, service, 501, "MotoFailure", text)

    def _run(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            begun.append((status, headers))
            return None

        chunks = self._app(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        return *begun[-1], body

    def reset(self, account: str | None = None) -> None:
        """Forget all that one account holds, or all accounts."""
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data

        with self._resetting:
            if account is None:
                BackendDict.reset()
                reset_model_data()
                return
            in_use: list[Any] = list(vars(BackendDict)["_instances"])
            for backends in in_use:
                if account in backends:
                    backends[account].reset()
                    del backends[account]
