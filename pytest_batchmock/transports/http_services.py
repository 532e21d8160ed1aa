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


OURS: Final = frozenset({BATCH, http_logs.SERVICE})
"""The services that are answered here."""


def answer(
    request: HttpRequest,
    service: str | None,
    target_of: Targets,
    elsewhere: Elsewhere | None = None,
) -> HttpAnswer:
    """Answer one request.

    Args:
        request: The request.
        service: Which service it is for; see `service_of`.
        target_of: Gives what answers the calls of an account.
        elsewhere: Answers the other services.

    Raises:
        NoAnswer: A planned fault says so.
    """
    if service == http_logs.SERVICE:
        return http_logs.answer(request, target_of, elsewhere)
    if service == BATCH or (service is None and elsewhere is None):
        return http.answer(request, target_of)
    if elsewhere is not None:
        return elsewhere(request)
    return refusal(request, service, 501, "NotModelledError", _NOBODY.format(service=service))


_NOBODY: Final = (
    "This server answers AWS Batch and the logs of its jobs, and not the service {service!r}, for which "
    "this request is signed. Start it with 'batchmock serve --with-moto' to have moto answer the other "
    "services, or set AWS_ENDPOINT_URL_BATCH and not AWS_ENDPOINT_URL."
)


def refusal(request: HttpRequest, service: str | None, status: int, code: str, text: str) -> HttpAnswer:
    """A refusal in the protocol of the service that was asked, or its client could not read it."""
    reply = Reply.of_error(status, code, text)
    asked = f"{service} {request.headers.get('x-amz-target') or f'{request.method} {request.path}'}"
    if speaks_xml(request, service):
        answered = reply.packed(request, asked, {})
        error = f"<Code>{code}</Code><Message>{escape(text)}</Message>"
        template = _XML.get(str(service), _XML_OF_OTHERS)
        answered.body = template.format(error=error, id=reply.request_id).encode()
        answered.headers["Content-Type"] = "text/xml"
        return answered
    return reply.packed(request, asked, {}, JSON_1_1 if speaks_json_1(request) else REST_JSON)


def speaks_xml(request: HttpRequest, service: str | None) -> bool:
    """Whether the client of a request reads XML."""
    kind = request.headers.get("content-type", "")
    return service in _REST_XML or kind.startswith("application/x-www-form-urlencoded")


def speaks_json_1(request: HttpRequest) -> bool:
    """Whether the client of a request reads the code of an error in the body."""
    return request.headers.get("content-type", "").startswith("application/x-amz-json")


_REST_XML: Final = frozenset({"s3", "s3control", "s3express", "route53", "cloudfront"})
_XML: Final = {
    "ec2": "<Response><Errors><Error>{error}</Error></Errors><RequestID>{id}</RequestID></Response>",
    "s3": "<Error>{error}<RequestId>{id}</RequestId></Error>",
}
_XML_OF_OTHERS: Final = (
    "<ErrorResponse><Error>{error}</Error><RequestId>{id}</RequestId></ErrorResponse>"
)
