"""Which service a request over HTTP is for, and who answers it.

AWS Batch and the logs of its jobs are ours. Whatever else is asked is `elsewhere`'s, or an error that
names the service: one endpoint URL may stand for all of AWS, or for Batch alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import escape

from pytest_batchmock.api import model
from pytest_batchmock.transports import http, http_logs
from pytest_batchmock.transports.http import REST_JSON, HttpAnswer, HttpRequest, Reply, Targets
from pytest_batchmock.transports.http_logs import JSON_1_1

BATCH: Final = "batch"

Elsewhere = Callable[[HttpRequest], HttpAnswer]
"""What answers requests for the other services."""


def service_of(request: HttpRequest) -> str | None:
    """The service that a request is for, by its signature or else by its looks; None: nobody knows."""
    signed_for = http.scope_of(request).service
    if signed_for:
        return signed_for
    if request.headers.get("x-amz-target", "").startswith(http_logs.TARGET):
        return http_logs.SERVICE
    return BATCH if model.route(request.method, request.path) is not None else None


def answer(request: HttpRequest, target_of: Targets, elsewhere: Elsewhere | None = None) -> HttpAnswer:
    """Answer one request, for whichever service it is.

    Raises:
        ConnectionDropped: A planned fault says so.
    """
    service = service_of(request)
    if service == http_logs.SERVICE:
        return http_logs.answer(request, target_of, elsewhere)
    if service == BATCH or (service is None and elsewhere is None):
        return http.answer(request, target_of)
    if elsewhere is not None:
        return elsewhere(request)
    return _nobody(request, str(service))


_NOBODY: Final = (
    "This server answers AWS Batch and the logs of its jobs, and not the service {service!r}, for which "
    "this request is signed. Start it with 'batchmock serve --with-moto' to have moto answer the other "
    "services, or set AWS_ENDPOINT_URL_BATCH and not AWS_ENDPOINT_URL."
)
_REST_XML: Final = frozenset({"s3", "s3control", "s3express", "route53", "cloudfront"})


def _nobody(request: HttpRequest, service: str) -> HttpAnswer:
    """Say that there is no such service here, in its own protocol, or its client cannot read it."""
    reply = Reply.of_error(501, "NotModelledError", _NOBODY.format(service=service))
    asked = f"{service} {request.headers.get('x-amz-target') or f'{request.method} {request.path}'}"
    kind = request.headers.get("content-type", "")
    if service in _REST_XML or kind.startswith("application/x-www-form-urlencoded"):
        answered = reply.packed(request, asked, {})
        error = f"<Code>{reply.error_code}</Code><Message>{escape(reply.members['message'])}</Message>"
        answered.body = (
            _XML.get(service, _XML_OF_OTHERS).format(error=error, id=reply.request_id).encode()
        )
        answered.headers["Content-Type"] = "text/xml"
        return answered
    return reply.packed(
        request, asked, {}, JSON_1_1 if kind.startswith("application/x-amz-json") else REST_JSON
    )


_XML: Final = {
    "ec2": "<Response><Errors><Error>{error}</Error></Errors><RequestID>{id}</RequestID></Response>",
    "s3": "<Error>{error}<RequestId>{id}</RequestId></Error>",
}
_XML_OF_OTHERS: Final = (
    "<ErrorResponse><Error>{error}</Error><RequestId>{id}</RequestId></ErrorResponse>"
)
