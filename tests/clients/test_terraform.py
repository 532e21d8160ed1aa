"""Terraform and its AWS provider, unmodified: apply, an empty plan, update, import, destroy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PLAIN = ("-no-color", "-input=false")
CONFIGURATION = """
terraform {{
  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }}
  }}
}}
provider "aws" {{
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}}
resource "aws_batch_compute_environment" "workers" {{
  name = "workers"
  type = "MANAGED"
  compute_resources {{
    type               = "FARGATE"
    max_vcpus          = {vcpus}
    subnets            = ["subnet-0a1b2c3d"]
    security_group_ids = ["sg-0a1b2c3d"]
  }}
}}
resource "aws_batch_job_queue" "queue" {{
  name     = "queue"
  state    = "ENABLED"
  priority = 1
  compute_environment_order {{
    order               = 1
    compute_environment = aws_batch_compute_environment.workers.arn
  }}
}}
resource "aws_batch_job_definition" "report" {{
  name                 = "report"
  type                 = "container"
  container_properties = jsonencode({{
    image                = "busybox"
    command              = ["true"]
    resourceRequirements = [{{ type = "VCPU", value = "1" }}, {{ type = "MEMORY", value = "512" }}]
  }})
}}
"""


@pytest.fixture
def terraform(tmp_path: Path, environment: dict[str, str]):
    """Run terraform in a folder of its own, with the provider in it."""
    command = shutil.which("terraform")
    if command is None:
        pytest.skip("there is no terraform on the PATH")
    if os.environ.get("BATCHMOCK_DOWNLOADS") != "1":
        pytest.skip("set BATCHMOCK_DOWNLOADS=1 to let terraform fetch its AWS provider")

    def terraform(*arguments: str, expected: int = 0) -> str:
        done = subprocess.run(
            [command, *arguments],
            cwd=tmp_path,
            env=os.environ | environment | {"CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout

    (tmp_path / "main.tf").write_text(CONFIGURATION.format(vcpus=8))
    try:
        terraform("init", *PLAIN)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"terraform cannot install its AWS provider here: {str(error)[-300:]}")
    return terraform


def test_apply_empty_plan_update_import_destroy(terraform, mock, tmp_path):
    def environments():
        told = mock.call("DescribeComputeEnvironments", {"computeEnvironments": ["workers"]})
        return told["computeEnvironments"]

    terraform("apply", *PLAIN, "-auto-approve")
    assert environments()[0]["status"] == "VALID"
    terraform("plan", *PLAIN, "-detailed-exitcode", expected=0)
    (tmp_path / "main.tf").write_text(CONFIGURATION.format(vcpus=16))
    terraform("plan", *PLAIN, "-detailed-exitcode", expected=2)
    terraform("apply", *PLAIN, "-auto-approve")
    assert environments()[0]["computeResources"]["maxvCpus"] == 16
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    assert {entry["type"] for entry in state["resources"]} >= {"aws_batch_job_queue"}
    terraform("state", "rm", "aws_batch_compute_environment.workers")
    terraform("import", *PLAIN, "aws_batch_compute_environment.workers", "workers")
    terraform("plan", *PLAIN, "-detailed-exitcode", expected=0)
    terraform("destroy", *PLAIN, "-auto-approve")
    assert environments() == []
