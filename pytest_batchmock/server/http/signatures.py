"""Whether the signature of a request is right, for a server that was given keys.

Without keys nobody looks at signatures. With keys, every request to a service is signed anew by
botocore's own signer, as its client must have done, and refused if the result differs. The errors are
those of AWS; services with a JSON protocol call a wrong signature InvalidSignatureException, those with
XML SignatureDoesNotMatch.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from pytest_batchmock.transports import http_services
from pytest_batchmock.transports.http import HttpAnswer, HttpRequest

_WRONG: Final = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)
_UNKNOWN: Final = "The security token included in the request is invalid."
_MISSING: Final = "Missing Authentication Token"
_INCOMPLETE: Final = (
    "The signature lacks one of Credential, SignedHeaders (with host), Signature and X-Amz-Date."
)
_HEADER: Final = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)", re.ASCII)
_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_SKEW_MINUTES: Final = {"s3": 15}
_SKEW_MINUTES_OF_OTHERS: Final = 5


class _Signed(NamedTuple):
    """What a request says of its signature."""

    key: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    signature: str
    at: str
    expires: int | None


class _Refused(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Signatures:
    """The keys of a server.

    Args:
        keys: The secret of each access key.
        now: The wall clock, by which signatures expire.
    """

    def __init__(
        self,
        keys: Mapping[str, str],
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._keys = dict(keys)
        self._now = now

    def refusal(self, request: HttpRequest, service: str | None, target: str) -> HttpAnswer | None:
        """The refusal of a request whose signature is not right.

        Args:
            request: The request.
            service: Which service it is for.
            target: Path and query as they were sent.
        """
        try:
            self._verify(request, target)
        except _Refused as refused:
            code = refused.code
            if http_services.speaks_xml(request, service):
                code = _CODE_IN_XML.get(code, code)
            # Seen: 403 of services that speak REST, and 400 of those that speak AWS JSON.
            status = 400 if http_services.speaks_json_1(request) else 403
            return http_services.refusal(request, service, status, code, str(refused))
        return None

    def _verify(self, request: HttpRequest, target: str) -> None:
        signed = _signed(request)
        secret = self._keys.get(signed.key)
        if secret is None:
            raise _Refused("UnrecognizedClientException", _UNKNOWN)
        self._check_time(signed)
        given = request.headers.get("x-amz-content-sha256", "")
        if re.fullmatch("[0-9a-f]{64}", given) and given != hashlib.sha256(request.body).hexdigest():
            raise _Refused("InvalidSignatureException", _WRONG)
        right = _signature(request, target, signed, secret)
        if not hmac.compare_digest(right.encode(), signed.signature.encode("utf-8", "replace")):
            raise _Refused("InvalidSignatureException", _WRONG)

    def _check_time(self, signed: _Signed) -> None:
        try:
            at = datetime.strptime(signed.at, _FORMAT).replace(tzinfo=timezone.utc)
        except ValueError:
            raise _Refused("IncompleteSignatureException", _INCOMPLETE) from None
        if signed.date != signed.at[:8]:
            raise _Refused(
                "InvalidSignatureException",
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
                f"HTTP: '{signed.date}' != '{signed.at[:8]}', from '{signed.at}'.",
            )
        now, minutes = self._now(), _SKEW_MINUTES.get(signed.service, _SKEW_MINUTES_OF_OTHERS)
        lasts = timedelta(minutes=minutes)
        oldest = now - (timedelta(seconds=signed.expires) if signed.expires is not None else lasts)
        if at < oldest:
            raise _Refused(
                "InvalidSignatureException",
                f"Signature expired: {signed.at} is now earlier than {oldest.strftime(_FORMAT)} "
                f"({now.strftime(_FORMAT)} - {minutes} min.)",
            )
        if at > now + lasts:
            raise _Refused(
                "InvalidSignatureException",
                f"Signature not yet current: {signed.at} is still later than "
                f"{(now + lasts).strftime(_FORMAT)} ({now.strftime(_FORMAT)} + {minutes} min.)",
            )


_CODE_IN_XML: Final = {
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "IncompleteSignatureException": "IncompleteSignature",
}


def _signed(request: HttpRequest) -> _Signed:
    """Read the signature of a header, or of a presigned query."""
    text = request.headers.get("authorization", "")
    query = {key.lower(): value for key, value in request.query if key.lower().startswith("x-amz-")}
    expires = None
    if text:
        parts = dict(_HEADER.findall(text)) if text.startswith("AWS4-HMAC-SHA256 ") else {}
        parts["at"] = request.headers.get("x-amz-date", "")
    elif "x-amz-signature" in query:
        names = {"Credential": "credential", "SignedHeaders": "signedheaders", "Signature": "signature"}
        parts = {name: query.get(f"x-amz-{key}", "") for name, key in names.items()}
        parts["at"] = query.get("x-amz-date", "")
        seconds = query.get("x-amz-expires", "")
        expires = int(seconds) if re.fullmatch("[0-9]{1,6}", seconds) else 0
    else:
        raise _Refused("MissingAuthenticationTokenException", _MISSING)
    scope = parts.get("Credential", "").rsplit("/", 4)
    headers = tuple(name.lower() for name in parts.get("SignedHeaders", "").split(";"))
    if len(scope) != 5 or not parts.get("Signature") or "host" not in headers:
        raise _Refused("IncompleteSignatureException", _INCOMPLETE)
    key, date, region, service, _ = scope
    return _Signed(key, date, region, service, headers, parts["Signature"], parts["at"], expires)


def _signature(request: HttpRequest, target: str, signed: _Signed, secret: str) -> str:
    """What botocore makes of the request, with that secret."""
    from botocore.awsrequest import AWSRequest

    path, _, query = target.partition("?")
    query = "&".join(part for part in query.split("&") if not part.startswith("X-Amz-Signature="))
    again = AWSRequest(
        method=request.method,
        url=f"http://{request.headers.get('host', '')}{quote(path, safe='/%~:=@!$&()*+,;')}?{query}",
        headers={name: request.headers.get(name, "") for name in signed.headers},
        data=request.body,
    )
    again.context["timestamp"] = signed.at
    signer = _signer(signed, secret)
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return str(signer.signature(text, again))


def _signer(signed: _Signed, secret: str) -> Any:
    from botocore import auth
    from botocore.credentials import Credentials

    kinds = {
        (False, False): auth.SigV4Auth,
        (False, True): auth.SigV4QueryAuth,
        (True, False): auth.S3SigV4Auth,
        (True, True): auth.S3SigV4QueryAuth,
    }
    kind = kinds[signed.service == "s3", signed.expires is not None]
    return kind(Credentials(signed.key, secret), signed.service, signed.region)
