"""Status names as the API spells them. A job has a status; ENABLED and DISABLED are states."""

from __future__ import annotations

from typing import Final

SUBMITTED: Final = "SUBMITTED"
PENDING: Final = "PENDING"
RUNNABLE: Final = "RUNNABLE"
SCHEDULED: Final = "SCHEDULED"  # service jobs only
STARTING: Final = "STARTING"
RUNNING: Final = "RUNNING"
SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"

JOB_STATUSES: Final = (SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED)
SERVICE_JOB_STATUSES: Final = (
    SUBMITTED,
    PENDING,
    RUNNABLE,
    SCHEDULED,
    STARTING,
    RUNNING,
    SUCCEEDED,
    FAILED,
)
TERMINAL: Final = frozenset({SUCCEEDED, FAILED})
NON_TERMINAL: Final = frozenset(SERVICE_JOB_STATUSES) - TERMINAL

CREATING: Final = "CREATING"
UPDATING: Final = "UPDATING"
DELETING: Final = "DELETING"
DELETED: Final = "DELETED"
VALID: Final = "VALID"
INVALID: Final = "INVALID"

ENABLED: Final = "ENABLED"
DISABLED: Final = "DISABLED"

ACTIVE: Final = "ACTIVE"
INACTIVE: Final = "INACTIVE"
