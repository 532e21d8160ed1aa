"""Files and mappings: reading them, and telling what they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final

from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.seeding import cloudformation, dumps, terraform
from pytest_batchmock.seeding.plan import Plan, Scope

Document = Mapping[str, Any]
Source = str | PathLike[str] | Document

_KINDS: Final = (
    "answers of 'aws batch describe-…' as JSON, a CloudFormation or CDK template (JSON or YAML), or a "
    "Terraform state (JSON)"
)


def load(sources: Iterable[Source]) -> list[tuple[str, list[Document]]]:
    """Read files; a mapping, such as an answer of boto3, is a document already.

    Returns:
        For each source its name, and the documents in it.

    Raises:
        MockUsageError: There is no such file, or it can be none of these.
    """
    found = []
    for source in sources:
        if isinstance(source, Mapping):
            found.append(("the mapping", [source]))
            continue
        if not isinstance(source, (str, PathLike)):
            raise MockUsageError(f"seed({source!r}): give the path of a file, or a mapping.")
        path = Path(source)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise MockUsageError(f"seed: {path} cannot be read: {reason}.") from None
        found.append((path.name, parse(path.name, text)))
    if not found:
        raise MockUsageError(f"seed: name at least one file; it may hold {_KINDS}.")
    return found


def parse(name: str, text: str) -> list[Document]:
    """The documents in the text of a file.

    Raises:
        MockUsageError: It is neither JSON nor YAML.
    """
    try:
        parsed = _json_documents(text)
    except ValueError as error:
        if text.lstrip()[:1] in ("{", "["):
            raise MockUsageError(f"seed: {name} is no JSON: {error}.") from None
        from pytest_batchmock.seeding.yaml_files import parse_yaml

        parsed = [parse_yaml(name, text)]
    documents = [entry for part in parsed for entry in (part if isinstance(part, list) else [part])]
    if not documents or not all(isinstance(entry, Mapping) for entry in documents):
        raise MockUsageError(f"seed: {name} holds no object; it may hold {_KINDS}.")
    return documents


def _json_documents(text: str) -> list[Any]:
    """All values of a text: `aws … >> FILE` puts one answer after another."""
    documents: list[Any] = []
    decoder, at = json.JSONDecoder(), 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text) and documents:
            return documents
        document, at = decoder.raw_decode(text, at)
        documents.append(document)


def plan(
    documents: Iterable[tuple[str, Iterable[Document]]], parameters: Mapping[str, str], scope: Scope
) -> Plan:
    """What the documents hold, in the order of creation.

    Args:
        documents: As `load` gives them.
        parameters: Values of a template's parameters.
        scope: Account and region, for what a template says of them.

    Raises:
        MockUsageError: A document is of no known kind, or holds what cannot be seeded.
    """
    whole = Plan([], [])
    used: set[str] = set()
    for name, parts in documents:
        for document in parts:
            if cloudformation.is_template(document):
                part = cloudformation.read(document, name, parameters, scope, used)
            elif terraform.is_state(document):
                part = terraform.read(document, name)
            elif dumps.is_dump(document):
                part = dumps.read(document, name)
            else:
                has = ", ".join(map(str, document)) or "nothing"
                raise MockUsageError(f"seed: {name} has {has}: it must hold {_KINDS}.")
            whole.resources.extend(part.resources)
            whole.left_out.extend(part.left_out)
    unused = sorted(set(parameters) - used)
    if unused:
        raise MockUsageError(f"seed: no template asks for the parameter {', '.join(unused)}.")
    return whole
