"""Everything that speaks to S3."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3

from .settings import REGION

REFERENCE = "reference/"


@cache
def client() -> Any:
    """The S3 client, made at first use."""
    return boto3.client("s3", region_name=REGION)


def read(bucket: str, key: str) -> str:
    """The text of an object."""
    return str(client().get_object(Bucket=bucket, Key=key)["Body"].read(), "utf-8")


def write(bucket: str, key: str, text: str) -> None:
    """Write an object."""
    client().put_object(Bucket=bucket, Key=key, Body=text.encode())


def read_json(bucket: str, key: str) -> Any:
    """The value in an object."""
    return json.loads(read(bucket, key))


def write_json(bucket: str, key: str, value: Any) -> None:
    """Write a value as JSON."""
    write(bucket, key, json.dumps(value))


def chromosomes(bucket: str) -> list[str]:
    """The chromosomes of the reference, in a lasting order: the index of an array is a place in it."""
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=REFERENCE)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    return sorted(key.removeprefix(REFERENCE) for key in keys)
