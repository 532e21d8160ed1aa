"""Node ranges of multi-node jobs: the grammar of ``targetNodes``, and which range a node belongs to.

``a:b`` means a to b inclusive, ``:b`` 0 to b, ``a:`` a to the last node, ``:`` all nodes, ``n`` one
node. Ranges may be nested; the narrowest that holds a node gives its properties. (API model,
NodeRangeProperty.targetNodes; the single index is measured.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_GRAMMAR = re.compile(r"(?P<first>[0-9]{0,18})(?P<colon>:(?P<last>[0-9]{0,18}))?", re.ASCII)


def bounds(target_nodes: str, num_nodes: int) -> tuple[int, int] | None:
    """Return the first and last node of a range, or None if the text follows no form of the grammar.

    Args:
        target_nodes: The range as given.
        num_nodes: How many nodes the job has; an open upper end means the last of them.
    """
    match = _GRAMMAR.fullmatch(target_nodes)
    if match is None or not target_nodes:
        return None
    first = int(match["first"] or 0)
    if match["colon"] is None:
        return first, first
    return first, int(match["last"]) if match["last"] else num_nodes - 1


def has_open_end(target_nodes: str) -> bool:
    """Whether a range grows with the number of nodes (``n:`` or ``:``)."""
    return target_nodes.endswith(":")


def properties_of(
    node_index: int, num_nodes: int, ranges: Iterable[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the entry of `ranges` that a node follows, or None if none holds it.

    Args:
        node_index: The index of the node, from 0.
        num_nodes: How many nodes the job has.
        ranges: Entries with ``targetNodes``: ``nodeRangeProperties`` or ``nodePropertyOverrides``.

    Returns:
        The entry with the narrowest range; of equally narrow ones, the last given.
    """
    best: Mapping[str, Any] | None = None
    best_width = num_nodes + 1
    for entry in ranges:
        limits = bounds(str(entry["targetNodes"]), num_nodes)
        if limits is None or not limits[0] <= node_index <= limits[1]:
            continue
        width = limits[1] - limits[0] + 1
        if best is None or width <= best_width:
            best, best_width = entry, width
    return best


def uncovered(num_nodes: int, ranges: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the lowest node index that no range holds, or None if all nodes are covered."""
    limits = sorted(filter(None, (bounds(str(entry["targetNodes"]), num_nodes) for entry in ranges)))
    next_node = 0
    for first, last in limits:
        if first > next_node:
            break
        next_node = max(next_node, last + 1)
    return next_node if next_node < num_nodes else None
