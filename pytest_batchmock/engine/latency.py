"""How long the stages take that nobody scripts, in virtual milliseconds. One table, all inferred.

Each is above zero, or a polling program would skip states. The real figures vary from seconds to
minutes; these are short enough to read in a timeline and in the right order of size.
"""

from __future__ import annotations

from typing import Final

EVALUATE_DEPENDENCIES_MS: Final = 1_000
"""SUBMITTED to PENDING or RUNNABLE."""

SCHEDULE_PASS_MS: Final = 1_000
"""From a reason to look (a job became RUNNABLE, capacity came free) to the scheduler's look."""

BOOT_EC2_MS: Final = 30_000
"""From the launch of an EC2 instance until it takes jobs. It takes minutes in reality; this is short
enough for a test that lets five minutes pass to see its jobs end."""

IDLE_MS: Final = 10 * 60_000
"""How long a managed EC2 instance stays idle before it leaves, where the environment's scalingPolicy
does not say."""

UPDATE_TIMEOUT_MINUTES: Final = 30
"""How long jobs may go on on instances that an update replaces (API model, UpdatePolicy)."""

START_EC2_MS: Final = 10_000
"""STARTING to RUNNING on an EC2 instance: image pull and container start."""

START_FARGATE_MS: Final = 30_000
"""STARTING to RUNNING on Fargate (user guide: about half a minute)."""

START_LIVE_MS: Final = 100
"""How long a container that really runs stays STARTING before it is started: what the start takes
comes on top."""

LAUNCH_NODE_MS: Final = 100
"""Between the launches of two child nodes of a multi-node job."""

PULL_MS: Final = 5_000
"""STARTING to the failure of an image pull that nobody timed."""

HELPER_MS: Final = 5_000
"""How long an init container of a pod runs, or a container of a task that others wait for to end."""

SAGEMAKER_PENDING_MS: Final = 10_000
"""SCHEDULED to STARTING: SageMaker finds the instances."""

SAGEMAKER_DOWNLOADING_MS: Final = 30_000
"""STARTING to RUNNING: SageMaker fetches image and data."""

STOP_MS: Final = 2_000
"""From SIGTERM to the end of a scripted container, which ends on SIGTERM without delay."""

RETENTION_MS: Final = 7 * 86_400_000
"""How long an ended job is described (user guide, job_states)."""

INACTIVE_DEFINITION_RETENTION_MS: Final = 180 * 86_400_000
"""How long a deregistered definition is described (API model, DeregisterJobDefinition)."""
