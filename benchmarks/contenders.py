"""Who is compared: a constant answer, botocore's Stubber, this project and moto without Docker.

Each contender answers the same two calls of the same program. It lives in a process of its own (see
`rounds`), so none of them carries the patches or the memory of another.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PLAIN: dict[str, Any] = {"jobName": "benchmark", "jobQueue": "default", "jobDefinition": "default"}
FULL: dict[str, Any] = {
    **PLAIN,
    "containerOverrides": {
        "command": ["python", "-m", "report", "--day", "2026-01-31"],
        "environment": [{"name": "STAGE", "value": "test"}, {"name": "SHARD", "value": "7"}],
    },
    "retryStrategy": {"attempts": 2},
    "tags": {"team": "reports"},
}
CALLS = (
    "SubmitJob",
    "SubmitJob with overrides, retries, tags",
    "DescribeJobs",
    "DescribeJobs, the first of a job",
)
POLLS = 5
"""How often a job is described again, by a program that waits for it."""

JOB_ID = "0d7b9cc0-0000-4000-8000-000000000001"
JOB_ARN = f"arn:aws:batch:us-east-1:123456789012:job/{JOB_ID}"
SUBMITTED = {"jobArn": JOB_ARN, "jobName": "benchmark", "jobId": JOB_ID}
DESCRIBED = {
    "jobs": [
        {
            "jobArn": JOB_ARN,
            "jobName": "benchmark",
            "jobId": JOB_ID,
            "jobQueue": "arn:aws:batch:us-east-1:123456789012:job-queue/default",
            "status": "SUCCEEDED",
            "startedAt": 1_767_225_600_000,
            "jobDefinition": "arn:aws:batch:us-east-1:123456789012:job-definition/default:1",
        }
    ]
}


def new_client() -> Any:
    """A Batch client as a program makes it, with dummy credentials."""
    import boto3

    return boto3.client("batch", region_name="us-east-1")


def dummy_credentials() -> None:
    """Let botocore sign without looking for anything real."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="dummy", AWS_SECRET_ACCESS_KEY="dummy", AWS_DEFAULT_REGION="us-east-1"
    )


class Contender:
    """One way to answer Batch calls; the subclasses say how."""

    name = ""
    runs_whole_tests = False

    @contextmanager
    def active(self, *, for_single_calls: bool = False) -> Iterator[Callable[[], Any]]:
        """Switch the mock on; the value makes a client it answers.

        Args:
            for_single_calls: Whether calls are timed one by one, not a program that polls.
        """
        raise NotImplementedError

    def expect_calls(self, client: Any, count: int) -> None:
        """Prepare for `count` pairs of calls; only the Stubber has to."""

    def make_resources(self, *, fargate: bool = False) -> None:
        """Make the queue and the definition that PLAIN names; the constant answers need none."""

    def calls(self, count: int) -> dict[str, list[float]]:
        """Seconds of each call: a short and a long SubmitJob, the latter polled."""
        clock = time.perf_counter
        samples: dict[str, list[float]] = {name: [] for name in CALLS}
        with self.active(for_single_calls=True) as make_client:
            self.make_resources()
            client = make_client()
            self.expect_calls(client, count + 1)
            for _ in range(count + 1):
                began = clock()
                client.submit_job(**PLAIN)
                plain = clock()
                answer = client.submit_job(**FULL)
                full = clock()
                samples[CALLS[0]].append(plain - began)
                samples[CALLS[1]].append(full - plain)
                for name in (CALLS[3], *[CALLS[2]] * POLLS):
                    asked = clock()
                    client.describe_jobs(jobs=[answer["jobId"]])
                    samples[name].append(clock() - asked)
        # The first round warms up.
        return {name: seconds[len(seconds) // (count + 1) :] for name, seconds in samples.items()}

    def mock_on_and_off(self, count: int) -> dict[str, list[float]]:
        """Seconds to switch the mock on and off again."""
        return {"mock on and off": [self._seconds(self._on_and_off) for _ in range(count)]}

    def whole_tests(self, count: int) -> dict[str, list[float]]:
        """Seconds of a whole small test, with a client that stands and with one made in it."""
        with self.active() as make_client:
            client = make_client()
        return {
            "small test, client stands": [
                self._seconds(lambda: self._small_test(client)) for _ in range(count)
            ],
            "small test, makes its client": [
                self._seconds(lambda: self._small_test(None)) for _ in range(count)
            ],
        }

    def _on_and_off(self) -> None:
        with self.active():
            pass

    def _small_test(self, client: Any) -> None:
        with self.active() as make_client:
            self.make_resources()
            client = client or make_client()
            job_id = client.submit_job(**PLAIN)["jobId"]
            while (status := client.describe_jobs(jobs=[job_id])["jobs"][0]["status"]) != "SUCCEEDED":
                if status == "FAILED":
                    raise RuntimeError(f"{self.name}: the benchmark's job failed")

    @staticmethod
    def _seconds(action: Callable[[], None]) -> float:
        began = time.perf_counter()
        action()
        return time.perf_counter() - began


class Floor(Contender):
    """A ``before-call`` handler that returns a constant: what botocore itself costs."""

    name = "floor"

    @contextmanager
    def active(self, *, for_single_calls: bool = False) -> Iterator[Callable[[], Any]]:
        from botocore.awsrequest import AWSResponse

        def make() -> Any:
            client = new_client()
            for operation, answer in (("SubmitJob", SUBMITTED), ("DescribeJobs", DESCRIBED)):
                reply = (AWSResponse("", 200, {}, None), answer)
                client.meta.events.register(f"before-call.batch.{operation}", lambda _r=reply, **_: _r)
            return client

        yield make


class Stubbed(Contender):
    """botocore's Stubber, its answers queued before the clock starts."""

    name = "Stubber"

    @contextmanager
    def active(self, *, for_single_calls: bool = False) -> Iterator[Callable[[], Any]]:
        yield new_client

    def expect_calls(self, client: Any, count: int) -> None:
        from botocore.stub import Stubber

        stubber = Stubber(client)
        for _ in range(count):
            stubber.add_response("submit_job", SUBMITTED)
            stubber.add_response("submit_job", SUBMITTED)
            for _ in range(POLLS + 1):
                stubber.add_response("describe_jobs", DESCRIBED)
        stubber.activate()


class Ours(Contender):
    """This project, with the options a test has by default.

    Single calls are timed with the manual clock, or the second DescribeJobs would be the jump to the
    next change, with all that happens until then, and no longer one call.
    """

    name = "batchmock"
    runs_whole_tests = True

    @contextmanager
    def active(self, *, for_single_calls: bool = False) -> Iterator[Callable[[], Any]]:
        from pytest_batchmock import mock_batch

        with mock_batch(clock="manual" if for_single_calls else "autojump") as self.batch:
            yield new_client

    def make_resources(self, *, fargate: bool = False) -> None:
        self.batch.defaults(fargate=fargate)


class Moto(Contender):
    """moto without Docker (``batch_simple``): SubmitJob itself marks the job SUCCEEDED."""

    name = "moto"
    runs_whole_tests = True

    @contextmanager
    def active(self, *, for_single_calls: bool = False) -> Iterator[Callable[[], Any]]:
        from moto import mock_aws

        with mock_aws(config={"batch": {"use_docker": False}}):
            yield new_client

    def make_resources(self, *, fargate: bool = False) -> None:
        """Always of Fargate; moto checks that role, subnets and security groups exist."""
        role, subnets, groups, batch = self._prerequisites()
        environment = batch.create_compute_environment(
            computeEnvironmentName="default",
            type="MANAGED",
            state="ENABLED",
            serviceRole=role,
            computeResources={
                "type": "FARGATE",
                "maxvCpus": 256,
                "subnets": subnets,
                "securityGroupIds": groups,
            },
        )
        batch.create_job_queue(
            jobQueueName="default",
            state="ENABLED",
            priority=1,
            computeEnvironmentOrder=[
                {"order": 1, "computeEnvironment": environment["computeEnvironmentArn"]}
            ],
        )
        resources = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]
        batch.register_job_definition(
            jobDefinitionName="default",
            type="container",
            containerProperties={"image": "busybox", "resourceRequirements": resources},
        )

    def _prerequisites(self) -> tuple[str, list[str], list[str], Any]:
        if not hasattr(self, "_clients"):
            import boto3

            self._clients = tuple(boto3.client(n, "us-east-1") for n in ("iam", "ec2", "batch"))
        iam, ec2, batch = self._clients
        role = iam.create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
        groups = [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]]
        return role, subnets, groups, batch


CONTENDERS: tuple[type[Contender], ...] = (Floor, Stubbed, Ours, Moto)
