"""Recorded entries that the mock cannot show, by their id, and why."""

from __future__ import annotations

from typing import Final

_IAM: Final = "IAM is not modelled: every caller may do everything, and every role can be assumed."

NOT_SHOWN: Final[dict[str, str]] = {
    "err-014": _IAM,
    "err-020": (
        "Superseded by err-133: the text for the same request in 2021; today's names the version given."
    ),
    "err-061": "Not modelled: launch templates of EC2, so nobody knows whether one names an image.",
    "err-190": "Superseded by err-048: the text for the same request in 2017.",
    "sr-001": _IAM,
    "sr-002": "Not modelled: ECS clusters, which a user could delete from under an environment.",
    "sr-026": _IAM,
}
