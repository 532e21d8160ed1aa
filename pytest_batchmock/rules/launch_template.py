"""Launch templates of EC2 and Spot environments, and their overrides.

A template lives in EC2; what is in it cannot be known here. So two refusals of the service are
missing on purpose: `userdataType` without an image id in the template ("The userdataType attribute
is only allowed when the launch template has an imageId."), and a template that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_batchmock.domain import instance_types
from pytest_batchmock.rules.common import (
    MEASURED,
    first_repeated,
    given,
    is_ec2,
    removes_launch_template,
    resources,
    sent_resources,
)
from pytest_batchmock.rules.registry import Request, rule

MOST_OVERRIDES: Final = 10
_VERSION: Final = re.compile(r"[0-9]+|\$Default|\$Latest")


def _template(request: Request) -> Mapping[str, Any] | None:
    """The template that was sent; None also for one that only removes the present one."""
    template: Mapping[str, Any] | None = sent_resources(request).get("launchTemplate")
    if template is None or not is_ec2(request):
        return None
    if request.target is not None and removes_launch_template(template):
        return None
    return template


def _overrides(request: Request) -> list[Mapping[str, Any]]:
    return (_template(request) or {}).get("overrides") or []


def _targets(request: Request) -> Iterator[str]:
    for override in _overrides(request):
        yield from override.get("targetInstanceTypes") or ()


def _names_one(template: Mapping[str, Any]) -> bool:
    return given(template, "launchTemplateId") != given(template, "launchTemplateName")


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_launch_template_has_an_id_or_a_name(request: Request) -> str | None:
    template = _template(request)
    if template is None or _names_one(template):
        return None
    if given(template, "overrides") and not given(template, "launchTemplateId"):
        return None
    return (
        "One of LaunchTemplateId and LaunchTemplateName or LaunchTemplate.overrides should be provided"
    )


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_launch_template_version_is_a_number_or_default_or_latest(request: Request) -> str | None:
    for template in (_template(request) or {}, *_overrides(request)):
        if given(template, "version") and not _VERSION.fullmatch(template["version"]):
            return "LaunchTemplateVersion must be either empty or a number or $Default or $Latest."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def a_launch_template_has_at_most_10_overrides(request: Request) -> str | None:
    if len(_overrides(request)) > MOST_OVERRIDES:
        return f"LaunchTemplate.overrides size cannot be greater than {MOST_OVERRIDES}"
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def an_override_has_an_id_or_a_name(request: Request) -> str | None:
    if all(map(_names_one, _overrides(request))):
        return None
    return "LaunchTemplate.overrides should have either LaunchTemplateId or LaunchTemplateName"


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def an_override_targets_instance_types(request: Request) -> str | None:
    if all(given(override, "targetInstanceTypes") for override in _overrides(request)):
        return None
    return "LaunchTemplate.overrides.targetInstanceTypes[] is required"


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="documented",
    source="API model, LaunchTemplateSpecificationOverride.targetInstanceTypes; text inferred",
    wrapped=True,
)
def an_override_targets_no_bundles(request: Request) -> str | None:
    bundles = [target for target in _targets(request) if target in instance_types.BUNDLES]
    if bundles:
        return f"LaunchTemplate.overrides.targetInstanceTypes cannot contain {bundles[0]}."
    return None


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=MEASURED,
    wrapped=True,
)
def an_override_targets_what_the_environment_may_launch(request: Request) -> str | None:
    targets = list(_targets(request))
    if not targets:
        return None
    allowed = set(instance_types.resolve(resources(request)["instanceTypes"]))
    known = all(map(instance_types.is_known, targets))
    if known and allowed.issuperset(instance_types.resolve(targets)):
        return None
    return "LaunchTemplate.overrides have targetInstanceTypes that do not match"


@rule(
    "CreateComputeEnvironment",
    "UpdateComputeEnvironment",
    evidence="measured",
    source=f"{MEASURED} for the same entry twice; a type and its family by the API model",
    wrapped=True,
)
def overrides_do_not_overlap(request: Request) -> str | None:
    every = [kind.name for target in _targets(request) for kind in instance_types.resolve([target])]
    if first_repeated(every) is not None:
        repeated = first_repeated(list(_targets(request))) or first_repeated(every)
        return f"LaunchTemplate.overrides have duplicate targetInstanceTypes: [{repeated}]"
    return None
