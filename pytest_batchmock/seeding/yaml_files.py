"""YAML with the short tags of CloudFormation: ``!Ref x`` is ``{"Ref": "x"}``. Needs PyYAML."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.errors import MockUsageError


def parse_yaml(name: str, text: str) -> Any:
    """Parse a template.

    Raises:
        MockUsageError: It is no YAML, or there is nothing to parse it with.
    """
    try:
        import yaml
    except ImportError:
        raise MockUsageError(
            f"seed: {name} is no JSON, and YAML needs PyYAML: pip install 'pytest-batchmock[seed]'"
        ) from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
        """Of its own: the tags are not to be known to anybody else's YAML."""

    def short_tag(loader: Any, tag: str, node: Any) -> dict[str, Any]:
        function = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
        if isinstance(node, yaml.ScalarNode):
            value: Any = loader.construct_scalar(node)
            if tag == "GetAtt":
                value = value.split(".", 1)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        return {function: value}

    Loader.add_multi_constructor("!", short_tag)
    # A date such as the template's version is a text to CloudFormation.
    Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise MockUsageError(f"seed: {name} is neither JSON nor YAML: {error}") from None
