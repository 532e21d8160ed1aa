"""Tags: how many, how long, which characters. They are the same for every resource.

The tags of ``computeResources`` are EC2's, not Batch's, and are not checked here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from pytest_batchmock.rules.registry import Request, rule

MOST_TAGS: Final = 50
LONGEST_KEY: Final = 128
LONGEST_VALUE: Final = 256
_SPECIAL: Final = frozenset("_.:/=+-@")
_PLAIN: Final = re.compile(r"[A-Za-z0-9 _.:/=+@-]*")  # what nearly all tags are made of

TAGGING: Final = (
    "CreateComputeEnvironment",
    "CreateJobQueue",
    "CreateSchedulingPolicy",
    "CreateServiceEnvironment",
    "CreateConsumableResource",
    "CreateQuotaShare",
    "RegisterJobDefinition",
    "SubmitJob",
    "SubmitServiceJob",
    "TagResource",
)
"""The operations with a ``tags`` member that tags a Batch resource."""


def _tags(request: Request) -> Mapping[str, str]:
    return request.params.get("tags") or {}


def _present(request: Request) -> Mapping[str, str]:
    """The tags the resource already has; the target of TagResource is a resource or its tags."""
    if isinstance(request.target, Mapping):
        return request.target
    present: Mapping[str, str] | None = getattr(request.target, "tags", None)
    return present or {}


def too_many(tags: Mapping[str, str], present: Mapping[str, str]) -> str | None:
    """The refusal of more than 50 tags on one resource."""
    if len({*tags, *present}) > MOST_TAGS:
        return f"Number of tags exceeds the limit of {MOST_TAGS}."
    return None


def badly_sized(tags: Mapping[str, str]) -> str | None:
    """The refusal of a key or value that is too short or too long."""
    for key, value in tags.items():
        if not 1 <= len(key) <= LONGEST_KEY:
            return f"Tag keys must be between 1 and {LONGEST_KEY} characters long."
        if len(value) > LONGEST_VALUE:
            return f"Tag values must be no more than {LONGEST_VALUE} characters long."
    return None


def reserved(tags: Mapping[str, str]) -> str | None:
    """The refusal of a key that only AWS itself may use."""
    for key in tags:
        if key.lower().startswith("aws:"):
            return "Tag keys can't begin with aws:, it is reserved for AWS use."
    return None


def bad_characters(tags: Mapping[str, str]) -> str | None:
    """The refusal of a character that no tag may hold."""
    for text in (*tags.keys(), *tags.values()):
        if _PLAIN.fullmatch(text):
            continue
        if not all(c in _SPECIAL or unicodedata.category(c)[0] in "LNZ" for c in text):
            return (
                "Tags can only contain letters, numbers, spaces, "
                "and the following special characters: _ . : / = + - @"
            )
    return None


@rule(
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
    evidence="documented",
    source="API model, TagResourceRequest.resourceArn; text inferred",
)
def children_of_array_and_multinode_jobs_are_not_tagged(request: Request) -> str | None:
    job_id = request.params["resourceArn"].partition(":job/")[2]
    if ":" in job_id or "#" in job_id:
        return "Tags are not supported for child jobs of array and multi-node parallel jobs."
    return None


@rule(*TAGGING, evidence="documented", source="API model, TagrisTagsMap; text inferred", member="tags")
def a_resource_has_at_most_50_tags(request: Request) -> str | None:
    return too_many(_tags(request), _present(request))


@rule(
    *TAGGING,
    evidence="documented",
    source="API model, TagKey and TagValue; text inferred",
    member="tags",
)
def tag_keys_have_1_to_128_and_values_at_most_256_characters(request: Request) -> str | None:
    return badly_sized(_tags(request))


@rule(*TAGGING, evidence="documented", source="user guide, using-tags; text inferred", member="tags")
def tag_keys_do_not_begin_with_aws(request: Request) -> str | None:
    return reserved(_tags(request))


@rule(
    *TAGGING,
    evidence="observed",
    source="answer of the service, quoted in public reports",
    member="tags",
)
def tags_hold_letters_digits_spaces_and_eight_special_characters(request: Request) -> str | None:
    return bad_characters(_tags(request))


@rule("UntagResource", evidence="documented", source="API model, TagKeysList; text inferred")
def at_most_50_tag_keys_are_removed_at_once(request: Request) -> str | None:
    if len(request.params["tagKeys"]) > MOST_TAGS:
        return f"At most {MOST_TAGS} tag keys can be removed in one request."
    return None
