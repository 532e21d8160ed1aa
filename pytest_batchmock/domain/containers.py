"""Which container properties and overrides a job, a child or a node has.

The one place that knows where a definition keeps them: ``containerProperties``, or the narrowest
node range that holds the node, and the matching overrides of the submit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pytest_batchmock.domain.job import Job, JobSpec
from pytest_batchmock.domain.node_ranges import properties_of

Members = Mapping[str, Any]
_NOTHING: Final[Members] = {}


class Parts(NamedTuple):
    """What carries the containers of a job, and what the submit overrides of it.

    Attributes:
        defined: The definition's members, or those of the node's range: ``containerProperties``
            (also for a node), ``ecsProperties`` or ``eksProperties``.
        overriding: ``containerOverrides``, ``ecsPropertiesOverride``, ``eksPropertiesOverride``.
    """

    defined: Members
    overriding: Members

    @property
    def container(self) -> Members:
        """The only container, or nothing for a job of several."""
        found: Members = self.defined.get("containerProperties", _NOTHING)
        return found

    @property
    def container_override(self) -> Members:
        """What the submit overrides of it."""
        found: Members = self.overriding.get("containerOverrides", _NOTHING)
        return found


def parts_of(job: Job, *, described: bool = False) -> Parts:
    """Return the parts of `job`; of a multi-node parent those of its main node.

    Args:
        job: The job, child or node.
        described: Whether the members are wanted as the service shows them (defaults filled in).
    """
    definition = job.spec.definition
    members = definition.described if described else definition.request
    submitted: Members = json.loads(job.spec.request)
    if not job.spec.num_nodes:
        return Parts(members, submitted)
    return _of_node(job.spec, members, submitted, node_index(job))


def node_index(job: Job) -> int:
    """The index of a node; of the parent, that of its main node."""
    return job.spec.main_node if job.index is None else job.index


def _of_node(spec: JobSpec, members: Members, submitted: Members, index: int) -> Parts:
    ranges = members["nodeProperties"]["nodeRangeProperties"]
    node = properties_of(index, spec.num_nodes, ranges) or _NOTHING
    overrides = submitted.get("nodeOverrides", _NOTHING).get("nodePropertyOverrides", ())
    override = properties_of(index, spec.num_nodes, overrides) or _NOTHING
    if "container" in node:
        return Parts({**node, "containerProperties": node["container"]}, override)
    return Parts(node, override)
