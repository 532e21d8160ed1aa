"""The part of CloudWatch Logs' filter patterns that is about plain terms (user guide, filter patterns).

``ERROR timeout`` is all of them, ``?ERROR ?WARN`` any of them, ``-debug`` without it, and quotes
make one term of several words. A term is found anywhere in a message, in the case it is written in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from pytest_batchmock.errors import BatchError, NotModelledError

_TERM: Final = re.compile(r'\s*([?-]?)("(?:\\.|[^"\\])*"|\S+)')
_PLAIN: Final = re.compile(r"\w+")


def compile_filter(pattern: str) -> Callable[[str], bool]:
    """Return the function that tells whether a message matches.

    Raises:
        NotModelledError: The pattern is one for JSON, columns or a regular expression, or mixes
            ``?`` with other terms.
        BatchError: CloudWatch Logs refuses the pattern.
    """
    text = pattern.strip()
    if text[:1] in ("{", "[", "%"):
        raise NotModelledError(
            f"FilterLogEvents: the filter pattern {pattern!r} is one for "
            f"{ {'{': 'JSON', '[': 'columns', '%': 'a regular expression'}[text[0]] }; "
            "only plain terms are modelled."
        )
    terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
    for match in _TERM.finditer(text):
        sign, term = match.groups()
        if term.startswith('"') and term.endswith('"') and len(term) > 1:
            terms[sign].append(re.sub(r"\\(.)", r"\1", term[1:-1]))
        elif _PLAIN.fullmatch(term):
            terms[sign].append(term)
        else:
            raise BatchError(
                f"Invalid character(s) in term '{sign}{term}'", code="InvalidParameterException"
            )
    if terms["?"] and (terms[""] or terms["-"]):
        raise NotModelledError(
            f"FilterLogEvents: the filter pattern {pattern!r} mixes '?' with other terms, which the "
            "service says it ignores; that is not modelled."
        )
    return lambda message: (
        all(term in message for term in terms[""])
        and not any(term in message for term in terms["-"])
        and (not terms["?"] or any(term in message for term in terms["?"]))
    )
