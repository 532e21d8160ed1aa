"""What SubmitJob refuses in ``parameters``: placeholders of the command that nothing fills.

It is asked after the overrides, because the command that counts is the one after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_batchmock.rules.definition_profile import placeholders, profile_of
from pytest_batchmock.rules.registry import Request, rule

SUBMIT: Final = "SubmitJob"
_OVERRIDES: Final = frozenset({"containerOverrides", "ecsPropertiesOverride", "nodeOverrides"})


@rule(SUBMIT, evidence="observed", source="public transcript")
def every_placeholder_has_a_value(request: Request) -> str | None:
    """``Ref::name`` in the command, filled by the parameters of the submit or of the definition."""
    params = request.params
    names: Sequence[str]
    if not _OVERRIDES.isdisjoint(params):
        defaults = request.definition.request.get("parameters") or {}
        names = [it for it in placeholders(request.definition.request, params) if it not in defaults]
    else:
        names = profile_of(request.definition).unfilled
    if names:
        filled = params.get("parameters") or {}
        for name in names:
            if name not in filled:
                return f"Unable to substitute value. No parameter found for reference {name}"
    return None
