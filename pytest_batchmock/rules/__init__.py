"""What the service refuses: one file a subject, one small function a rule.

Importing this package registers every rule. The rules of one operation are asked in the order of
`SUBJECTS`, and within a subject from top to bottom; the first refusal is the answer.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

SUBJECTS: Final = (
    # what is the same for every resource
    "names",
    # submits and job definitions: the name comes before all else
    "submit",
    "submit_overrides",
    "submit_nodes",
    "submit_parameters",
    "job_definition",
    "retry",
    "timeout",
    "multinode",
    "ecs_properties",
    "container_properties",
    "container_fargate",
    "linux_parameters",
    "volumes",
    "eks_properties",
    "eks_volumes",
    "service_job",
    # jobs that exist
    "jobs",
    "listing",
    # what is the same for every resource, again
    "tags",
    "quotas",
    # compute environments: what exists first, then what a type allows, then the values
    "compute_environment_update",
    "managed_instances",
    "eks_environment",
    "fargate",
    "compute_environment",
    "instance_types",
    "spot",
    "launch_template",
    # queues and what they are attached to
    "job_queue_update",
    "job_queue_order",
    "job_queue",
    "scheduling_policy",
    "service_environment",
    "quota_share",
    "consumable_resource",
)

for _subject in SUBJECTS:
    import_module(f"{__name__}.{_subject}")
