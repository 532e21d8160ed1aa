"""Everything that speaks to S3."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3

from .settings import REGION


@cache
def client() -> Any:
    """The S3 client, made at first use: the worker's container pays for it only when it needs it."""
    return boto3.client("s3", region_name=REGION)


def read_text(bucket: str, key: str) -> str:
    """The text of an object."""
    return str(client().get_object(Bucket=bucket, Key=key)["Body"].read(), "utf-8")


def read_json(bucket: str, key: str) -> Any:
    """The value in an object."""
    return json.loads(read_text(bucket, key))


def write_text(bucket: str, key: str, text: str, content_type: str = "text/plain") -> None:
    """Write an object; readers see the old one or the new one, never half of it."""
    client().put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType=content_type)


def write_json(bucket: str, key: str, value: Any) -> None:
    """Write a value as JSON."""
    write_text(bucket, key, json.dumps(value, indent=1, sort_keys=True), "application/json")


def keys(bucket: str, prefix: str) -> set[str]:
    """The keys of all objects whose key begins with `prefix`."""
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {entry["Key"] for page in pages for entry in page.get("Contents", ())}
