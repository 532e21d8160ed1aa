"""Checkpoints of a run in S3: one an epoch, and the model at the end."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3

from .settings import REGION


@cache
def client() -> Any:
    """The S3 client, made when it is needed."""
    return boto3.client("s3", region_name=REGION)


def prefix(run: str) -> str:
    """Where the checkpoints of a run are."""
    return f"runs/{run}/epoch-"


def save(bucket: str, run: str, epoch: int, state: dict[str, Any]) -> None:
    """Keep the state after an epoch."""
    client().put_object(Bucket=bucket, Key=f"{prefix(run)}{epoch:05}", Body=json.dumps(state))


def latest(bucket: str, run: str) -> tuple[int, str | None]:
    """The last epoch that is kept, with its key; 0 and None before the first."""
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix(run))
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    if not keys:
        return 0, None
    key = max(keys)
    return int(key.removeprefix(prefix(run))), key


def load(bucket: str, key: str) -> dict[str, Any]:
    """The state that is kept under a key."""
    state: dict[str, Any] = json.loads(client().get_object(Bucket=bucket, Key=key)["Body"].read())
    return state
