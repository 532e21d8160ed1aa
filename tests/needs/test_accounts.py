"""Credentials that nobody gave out, accounts and regions."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from behaviour.conftest import Driver
from moto import mock_aws

from pytest_batchmock import mock_batch


@pytest.mark.parametrize("batch_first", [True, False])
def test_dummy_credentials_do_and_the_account_is_the_one_of_the_other_services(
    batch_first: bool,
) -> None:
    managers = [mock_batch(), mock_aws()]
    for manager in managers if batch_first else managers[::-1]:
        manager.__enter__()
    try:
        account = boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"]
        mock = managers[0]
        mock.defaults()
        arn = boto3.client("batch", region_name="us-east-1").submit_job(
            jobName="job", jobQueue="default", jobDefinition="default"
        )["jobArn"]
    finally:
        for manager in managers[::-1] if batch_first else managers:
            manager.__exit__(None, None, None)
    assert arn.split(":")[4] == account


def test_an_access_key_of_12_digits_is_an_account_of_its_own(ec2: Driver) -> None:
    def client(key: str) -> Any:
        return boto3.session.Session(
            aws_access_key_id=key, aws_secret_access_key="dummy", region_name="us-east-1"
        ).client("batch")

    other = client("111122223333")
    assert other.describe_job_queues()["jobQueues"] == []
    assert len(client("testing").describe_job_queues()["jobQueues"]) == 1


def test_each_region_has_resources_of_its_own(ec2: Driver) -> None:
    elsewhere = boto3.client("batch", region_name="eu-west-1")
    assert elsewhere.describe_job_queues()["jobQueues"] == []
