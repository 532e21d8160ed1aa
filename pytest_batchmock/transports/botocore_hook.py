"""The one place that touches botocore's inside: Batch calls of any client, answered in-process.

Here: the dormant ``before-call`` hook on every session, the second net for clients that are older
than the hook, and the environment that lets a client be made without credentials or region. Not
here: the calls for the output of jobs (`logs_hook`), the shape of an answer (`botocore_answer`), what
a call does (the active target's ``call``), who is active (`active`), and the way of a
call that a planned fault may hit (`botocore_faults`): ``before-call`` and the second net prepare it
and give no answer, so that it goes on to botocore's end point and its retries.

Who wins where several want to answer a call:

* A botocore ``Stubber`` on the same client wins over us: it registers for ``before-call.*.*``, ours
  is the less specific ``before-call.batch``, and botocore asks the more specific first. Ours is
  registered last, so that handlers of the user's for the same event come before it too.
* We win over moto, whichever of the two was started first: moto answers in ``before-send``, which
  is never reached.
* The second net runs only where ``before-call`` gave no answer, so it does not disturb either.

Relied upon, and private to botocore: ``request_signer._credentials``, ``client_region`` in the
request context, the ``(http, parsed)`` that a handler may return (the Stubber relies on it too),
``BaseClient._make_request``, ``_request_signer`` and ``_serializer``.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote

from pytest_batchmock.errors import BatchError
from pytest_batchmock.transports import botocore_answer, botocore_faults, logs_hook, virtual_sleep
from pytest_batchmock.transports.active import CallContext, current
from pytest_batchmock.transports.botocore_answer import (
    Answer,
    account_in,
    completed,
    plain_credentials,
)
from pytest_batchmock.transports.botocore_faults import FaultyTarget
from pytest_batchmock.transports.dormant import install, uninstall
from pytest_batchmock.transports.virtual_sleep import Replacement

__all__ = ["activate", "deactivate", "hook_session", "install", "uninstall"]

_UNIQUE_ID = "pytest-batchmock"
_SERVICE_ID = "Batch"
_UNCHECKED = "_batchmock_unchecked"
"""Set on the signer of a client that does not check its parameters: the handler is given that."""

_lock = threading.Lock()
_activations = 0
_second_nets: list[Replacement] = []
_supplied: dict[str, str] = {}


# --- The first net -----------------------------------------------------------------------------


def hook_session(session: Any) -> None:
    """Put our dormant handlers on a session that is being made."""
    events = session.get_component("event_emitter")
    events.register_last("before-call.batch", _before_call, unique_id=_UNIQUE_ID)
    _hear_attempts(events)
    events.register_last(logs_hook.EVENT, logs_hook.before_call, unique_id=f"{_UNIQUE_ID}-logs")
    events.register_last("creating-client-class.batch", _add_mixin, unique_id=f"{_UNIQUE_ID}-class")


def _hear_attempts(events: Any) -> None:
    """Be asked about every attempt of a call that goes on to the end point; first, and only once."""
    events.register_first(
        "before-send.batch", botocore_faults.before_send, unique_id=f"{_UNIQUE_ID}-send"
    )


class _MarksUncheckedRequests:
    """A base class of Batch clients that lets the hook know whether botocore checks parameters.

    The handler of ``before-call`` sees neither the client nor its serializer, and the
    ``parameter_validation`` of the configuration it does see is True whatever the user chose.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _mark_unchecked(self)


def _add_mixin(*, base_classes: list[type], **_: Any) -> None:
    base_classes.insert(0, _MarksUncheckedRequests)


def _mark_unchecked(client: Any) -> None:
    from botocore.validate import ParamValidationDecorator

    if not isinstance(client._serializer, ParamValidationDecorator):
        setattr(client._request_signer, _UNCHECKED, True)


# --- The second net, and the environment --------------------------------------------------------


def activate(region: str) -> None:
    """Make ready for an active mock; counted, so nested mocks may each call it.

    Args:
        region: The region of clients that name none, unless the environment or the profile gives
            one. Of nested mocks the outermost decides.
    """
    global _activations
    install()
    with _lock:
        if _activations == 0:
            _spread_second_net()
            _supply_environment(region)
        _activations += 1


def deactivate() -> None:
    """Undo one `activate`; the last one leaves botocore and the environment as they were."""
    global _activations, _last_caller
    with _lock:
        if _activations == 0:
            raise RuntimeError("botocore_hook.deactivate() without a matching activate()")
        _activations -= 1
        if _activations == 0:
            while _second_nets:
                _second_nets.pop().undo()
            _withdraw_environment()
            _last_caller = _NOBODY


def _spread_second_net() -> None:
    """Catch clients and sessions that are older than the hook.

    Only modules that are imported already can have made such a client. What is imported later
    makes hooked sessions only, aiobotocore included.
    """
    for module_name, class_name, wrap in (
        ("botocore.client", "BaseClient", _catching),
        ("aiobotocore.client", "AioBaseClient", _catching_async),
    ):
        client_class = getattr(sys.modules.get(module_name), class_name, None)
        if client_class is not None:
            _second_nets.append(Replacement(client_class, "_make_request", wrap))


def _catching(original: Callable[..., Any]) -> Callable[..., Any]:
    def _make_request(self: Any, operation_model: Any, request_dict: Any, request_context: Any) -> Any:
        answer = _caught(self, operation_model, request_dict, request_context)
        if answer is not None:
            return answer
        return original(self, operation_model, request_dict, request_context)

    return _make_request


def _catching_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _make_request(
        self: Any, operation_model: Any, request_dict: Any, request_context: Any
    ) -> Any:
        answer = _caught(self, operation_model, request_dict, request_context)
        if answer is not None:
            return answer
        return await original(self, operation_model, request_dict, request_context)

    return _make_request


def _caught(client: Any, model: Any, request: dict[str, Any], context: dict[str, Any]) -> Answer | None:
    service = model.service_model.service_id
    if service == logs_hook.SERVICE_ID:
        return logs_hook.before_call(
            model=model, params=request, request_signer=client._request_signer, context=context
        )
    if service != _SERVICE_ID or botocore_faults.is_on_its_way(request):
        return None
    _mark_unchecked(client)
    answer = _before_call(
        model=model, params=request, request_signer=client._request_signer, context=context
    )
    if answer is None and botocore_faults.is_on_its_way(request):
        _hear_attempts(client.meta.events)
    return answer


def _supply_environment(region: str) -> None:
    """Let clients be made without credentials and region; what the user has set stays.

    No dummy credentials: a call is answered before it would be signed, and moto (or the user) may
    have some of their own. But making a client runs through botocore's credential chain, whose last
    link asks the instance metadata service over the network; that alone is switched off. Whoever
    needs the instance's role beside the mock sets ``AWS_EC2_METADATA_DISABLED=false``.
    """
    if "AWS_EC2_METADATA_DISABLED" not in os.environ:
        _supply("AWS_EC2_METADATA_DISABLED", "true")
    if not {"AWS_DEFAULT_REGION", "AWS_REGION"} & os.environ.keys() and not _profile_region():
        _supply("AWS_DEFAULT_REGION", region)


def _supply(name: str, value: str) -> None:
    os.environ[name] = _supplied[name] = value


def _withdraw_environment() -> None:
    for name, value in _supplied.items():
        if os.environ.get(name) == value:  # else somebody has set it meanwhile: it is theirs
            del os.environ[name]
    _supplied.clear()


def _profile_region() -> str | None:
    """The region that the user's profile gives; the session (4 ms) is made only if there are files."""
    files = (
        os.environ.get("AWS_CONFIG_FILE", "~/.aws/config"),
        os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    )
    if not any(os.path.exists(os.path.expanduser(file)) for file in files):
        return None
    import botocore.exceptions
    import botocore.session

    try:
        return cast("str | None", botocore.session.Session().get_config_variable("region"))
    except botocore.exceptions.ProfileNotFound:
        return None  # making a client will say so, in botocore's own words


# --- One call ------------------------------------------------------------------------------------

_read = json.JSONDecoder().raw_decode  # json.loads without its guesses: botocore wrote the text


def _before_call(
    *,
    model: Any,
    params: dict[str, Any],
    request_signer: Any,
    context: dict[str, Any],
    event_name: str = "",
    **_: Any,
) -> Answer | None:
    """Answer a Batch call if a mock is active (botocore's ``before-call``, also under aiobotocore).

    Turns the request into parameters, asks the mock, and shapes its answer as botocore's parser does.
    None if a planned fault may hit the call: it is on its way then.
    """
    target: FaultyTarget | None = current()  # type: ignore[assignment]  # a cast costs a call
    if target is None:
        return None
    note = virtual_sleep.measure_wait(target)
    operation = model.name
    body = params["body"]
    signer, credentials, is_checked = _last_caller
    if signer is not request_signer:
        credentials, is_checked = _look_at(request_signer)
    account = target.options.account_id
    if credentials is not None and len(credentials.access_key) == 12:
        account = account_in(credentials.access_key) or account
    region = context["client_region"] or target.options.region
    if is_checked and not target.faults.armed:
        answer: dict[str, Any] = {"ResponseMetadata": None}  # in front, as from the parser
        try:
            request_id = target.again(account, region, operation, body, answer)
        finally:
            note.answered(target)
        if request_id is not None:
            return completed(request_id, answer)
    members = _read(body.decode())[0] if body else {}
    if operation not in _located:
        _located[operation] = _Located.of(model)
    located = _located[operation]
    if located is not None:
        located.read(params, members)
    call_context = CallContext(account, region, is_checked, body)
    if target.faults.armed and target.faults.concerns(operation):
        botocore_faults.send_on_its_way(target, call_context, operation, members, params)
        return None
    try:
        request_id, answered = target.call(call_context, operation, members)
    except BatchError as error:
        return botocore_answer.refused(model, error)
    finally:
        note.answered(target)
    return botocore_answer.answered(request_id, answered)


_Caller = tuple[Any, Any, bool]
_NOBODY: _Caller = (None, None, False)
_last_caller: _Caller = _NOBODY
"""Of the last call's client: its signer, its credentials if they are plain, and whether it checks."""


def _look_at(signer: Any) -> tuple[Any, bool]:
    global _last_caller  # of all threads, so what is returned is not read from it
    credentials, is_checked = plain_credentials(signer), not hasattr(signer, _UNCHECKED)
    _last_caller = (signer, credentials, is_checked)
    return credentials, is_checked


class _Located:
    """Where an operation carries values outside the body: in the path and in the query.

    Args:
        path: Matches the path, with one named group for each member.
        query: The query's key to the member's name and whether the member is a list.
    """

    __slots__ = ("_path", "_query")

    def __init__(self, path: re.Pattern[str], query: dict[str, tuple[str, bool]]) -> None:
        self._path = path
        self._query = query

    @classmethod
    def of(cls, model: Any) -> _Located | None:
        """Read the ``location`` traits of the operation's input; None if all of it is in the body."""
        labels: dict[str, str] = {}
        query: dict[str, tuple[str, bool]] = {}
        for member, shape in (model.input_shape.members if model.input_shape else {}).items():
            wire_name = shape.serialization.get("name", member)
            match shape.serialization.get("location"):
                case "uri":
                    labels[wire_name] = member
                case "querystring":
                    query[wire_name] = (member, shape.type_name == "list")
        if not labels and not query:
            return None
        template = re.escape(model.http["requestUri"].partition("?")[0])
        for label, member in labels.items():
            template = re.sub(rf"\\{{{re.escape(label)}\\?\+?\\}}", f"(?P<{member}>.*)", template)
        return cls(re.compile(template), query)

    def read(self, request: dict[str, Any], params: dict[str, Any]) -> None:
        """Add the values that `request` carries outside its body to `params`."""
        found = self._path.fullmatch(request["url_path"])
        if found is not None:
            for member, value in found.groupdict().items():
                params[member] = unquote(value)
        for key, value in request["query_string"].items():
            if key in self._query:
                member, is_list = self._query[key]
                params[member] = [value] if is_list and isinstance(value, str) else value


_located: dict[str, _Located | None] = {}
