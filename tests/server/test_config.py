"""`batchmock serve --config FILE.toml`: rules, faults, resources and options without Python."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from installed_model import skip_if_lacking

from pytest_batchmock import BatchMock, MockUsageError
from pytest_batchmock.cli import main
from pytest_batchmock.cli.serve_config import Config
from pytest_batchmock.server.accounts import Accounts

from .conftest import a_client
from .test_command import served

WHOLE = """
[options]
clock = "manual"
seed = 7
region = "eu-west-1"

[server]
quiet = true

[server.keys]
AKIDEXAMPLE = "not checked"

[[outcomes]]
name = "report-*"
attempts = [{ kind = "fails", exit_code = 3, after = "4m", log = ["connecting", ["30s", "no table"]] }]

[[faults]]
kind = "throttle"
operations = ["ListJobs"]
times = 1

[[CreateComputeEnvironment]]
computeEnvironmentName = "ce"
type = "MANAGED"

[CreateComputeEnvironment.computeResources]
type = "FARGATE"
maxvCpus = 4
subnets = ["subnet-1"]
securityGroupIds = ["sg-1"]

[[CreateJobQueue]]
jobQueueName = "q"
priority = 1
computeEnvironmentOrder = [{ order = 1, computeEnvironment = "ce" }]

[[RegisterJobDefinition]]
jobDefinitionName = "d"
type = "container"
platformCapabilities = ["FARGATE"]

[RegisterJobDefinition.containerProperties]
image = "busybox"
executionRoleArn = "arn:aws:iam::123456789012:role/r"
resourceRequirements = [{ type = "VCPU", value = "1" }, { type = "MEMORY", value = "2048" }]
"""


@pytest.fixture
def config(tmp_path):
    def config(text: str = WHOLE) -> Config:
        (tmp_path / "batchmock.toml").write_text(text, "utf-8")
        return Config.read(tmp_path / "batchmock.toml")

    return config


def prepared(config: Config, **options: Any) -> Accounts:
    accounts = Accounts(BatchMock(**config.options | options))
    config.prepare(accounts, None)
    accounts.prepare = lambda account: config.prepare(accounts, account)
    return accounts


def queues(mock: BatchMock) -> list[str]:
    return [queue["jobQueueName"] for queue in mock.call("DescribeJobQueues", {})["jobQueues"]]


def test_a_served_file_has_its_resources_rules_keys_and_options(tmp_path):
    file = tmp_path / "batchmock.toml"
    file.write_text(WHOLE, "utf-8")
    with served("--config", str(file)) as (_, url):
        client = a_client(url, region="eu-west-1")
        job = client.submit_job(jobName="report-1", jobQueue="q", jobDefinition="d")
        assert ":eu-west-1:" in job["jobArn"]
        client.close()


def test_rules_and_faults_hold(config):
    mock = prepared(config()).mock()
    mock.call("SubmitJob", {"jobName": "report-1", "jobQueue": "q", "jobDefinition": "d"})
    mock.run_until_idle()
    assert mock.jobs.one().exit_code == 3
    assert mock.logs.of(mock.jobs.one()) == ["connecting", "no table"]
    [(fault, left)] = mock._world.faults.left()
    assert (fault.kind, fault.operations, left) == ("throttle", ("ListJobs",), 1)


def test_every_account_begins_with_it_and_so_does_a_reset(config):
    accounts = prepared(config())
    other = accounts.mock("111122223333")
    assert queues(other) == ["q"]
    other.call("UpdateJobQueue", {"jobQueue": "q", "state": "DISABLED"})
    accounts.reset()
    assert queues(accounts.mock()) == queues(accounts.mock("111122223333")) == ["q"]


def test_resources_wait_for_those_before_them(config):
    assert queues(prepared(config(), resource_latency="5s").mock()) == ["q"]


def test_a_journal_keeps_what_the_file_said_and_a_restart_does_not_say_it_again(tmp_path):
    file, state = tmp_path / "batchmock.toml", tmp_path / "state"
    file.write_text(WHOLE, "utf-8")
    for _ in range(2):
        with served("--config", str(file), "--state", str(state)) as (_, url):
            client = a_client(url, region="eu-west-1")
            job = client.submit_job(jobName="report-1", jobQueue="q", jobDefinition="d")
            assert job["jobId"]
            found = client.describe_job_definitions()["jobDefinitions"]
            assert [definition["revision"] for definition in found] == [1]
            client.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "is no TOML"),
        ("[[DescribeJobs]]", "has a key 'DescribeJobs'; it takes options, server, outcomes, faults"),
        ("[colours]", "has a key 'colours'"),
        ("[options]\ncolour = 1", r"\[options\] has no colour; it has: clock"),
        ("[options]\nclock = 'fast'", r"\[options\]: clock='fast'"),
        ("options = 1", r"options is no table: write \[options\]"),
        ("[outcomes]\nname = 'x'", r"outcomes is no list of tables: write \[\[outcomes\]\]"),
        ("[server]\nprot = 1", r"\[server\] has no prot; it has: host, port"),
        ("[server]\nkeys = ['x']", r"write \[server.keys\]"),
        ("[server]\nquiet = 'yes'", "quiet = 'yes'"),
        ("[server]\nport = true", "port = True"),
        ("[server]\nstate = 5", "state = 5: that is not what it takes"),
        ("[server]\nhost = 127", "host = 127"),
        ("[[outcomes]]\nname = 'x'", r"outcomes\[0\]: attempts: give a list"),
        ("[[outcomes]]\nattempts = [{ kind = 'explodes' }]", r"outcomes\[0\]: kind='explodes'"),
        ("[[faults]]\nkind = 'flood'", r"faults\[0\]: kind='flood'"),
        ("[[CreateJobQueue]]\njobQueueName = 'q'", r"CreateJobQueue\[0\]: .*priority"),
        ("[[CreateJobQueue]]\njobQueueName = 2026-01-01", r"CreateJobQueue\[0\]"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_key(config, text, said):
    with pytest.raises(MockUsageError, match=rf"batchmock\.toml.*{said}"):
        prepared(config(text))


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [("[", "is no TOML", 2), ("[server]\nport = 70000", "is no port", 2)],
)
def test_a_wrong_file_ends_the_command(tmp_path, capsys, text, said, code):
    file = tmp_path / "batchmock.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--config", str(file)])
    assert ended.value.code == code
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["serve", "--config", str(tmp_path / "none.toml")])
    assert "none.toml: No such file" in capsys.readouterr().err


def test_resources_that_are_refused_end_the_command_with_1(tmp_path, capsys):
    file = tmp_path / "batchmock.toml"
    file.write_text("[[CreateJobQueue]]\njobQueueName = 'q'", "utf-8")
    assert main(["serve", "--port=0", "--config", str(file)]) == 1
    assert "CreateJobQueue[0]" in capsys.readouterr().err


def test_the_file_of_the_documentation_is_one(config):
    skip_if_lacking("CreateConsumableResource", {})
    page = (Path(__file__).parents[2] / "docs/server.md").read_text("utf-8")
    [text] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    read = config(text)
    accounts = prepared(read)
    [made] = accounts.mock().call("ListConsumableResources", {})["consumableResources"]
    assert (made["consumableResourceName"], made["totalQuantity"]) == ("licences", 5)
    assert read.arguments == ["--port=4567", "--with-moto"]
