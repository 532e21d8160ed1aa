"""Seeding from CloudFormation templates and Terraform states."""

from __future__ import annotations

import json

import pytest

from pytest_batchmock import BatchMock, MockUsageError

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, Default: dev}
  Subnets: {Type: List<AWS::EC2::Subnet::Id>}
  Image: {Type: String, Default: busybox}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup}
  Subnet: {Type: AWS::EC2::Subnet}
  JobRole: {Type: AWS::IAM::Role, Properties: {RoleName: job}}
  Profile: {Type: AWS::IAM::InstanceProfile}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/jobs/${Stage}"}}
  Workers:
    Type: AWS::Batch::ComputeEnvironment
    Properties:
      Type: MANAGED
      ReplaceComputeEnvironment: false
      ComputeEnvironmentName: !Sub "${AWS::StackName}-${Stage}"
      ComputeResources:
        Type: EC2
        MinvCpus: 0
        MaxvCpus: "16"
        InstanceTypes: [optimal]
        InstanceRole: !GetAtt Profile.Arn
        Subnets: !Ref Subnets
        SecurityGroupIds: [!GetAtt Group.GroupId, !Ref "AWS::NoValue"]
  Queue:
    Type: AWS::Batch::JobQueue
    Properties:
      Priority: 1
      ComputeEnvironmentOrder: [{Order: 1, ComputeEnvironment: !Ref Workers}]
      Tags: {Stage: !Ref Stage}
  Report:
    Type: AWS::Batch::JobDefinition
    Properties:
      JobDefinitionName: !Join ["-", [report, !Ref Stage]]
      Type: container
      ContainerProperties:
        Image: !Sub
          - "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${Name}:1"
          - {Name: !Ref Image}
        JobRoleArn: !GetAtt [JobRole, Arn]
        Environment: [{Name: RETRIES, Value: 3}, {Name: HOME, Value: !Sub "${!HOME}"}]
        ResourceRequirements: [{Type: VCPU, Value: 1}, {Type: MEMORY, Value: "512"}]
        LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: !Ref Logs}}
      Timeout: {AttemptDurationSeconds: 120}
"""


def seeded_from(document, tmp_path=None, **given) -> BatchMock:
    mock = BatchMock()
    mock.seed(document, **given)
    return mock


def test_a_template_in_yaml_becomes_resources(tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "stack.yaml").write_text(TEMPLATE)
    mock = seeded_from(tmp_path / "stack.yaml", parameters={"Subnets": "subnet-1,subnet-2"})
    [environment] = mock.call("DescribeComputeEnvironments", {})["computeEnvironments"]
    assert environment["computeEnvironmentName"] == "batchmock-dev"
    resources = environment["computeResources"]
    assert (resources["maxvCpus"], resources["subnets"]) == (16, ["subnet-1", "subnet-2"])
    assert resources["instanceRole"] == "arn:aws:iam::123456789012:instance-profile/Profile"
    [group] = resources["securityGroupIds"]
    assert group.startswith("sg-")
    [queue] = mock.call("DescribeJobQueues", {})["jobQueues"]
    assert (queue["jobQueueName"], queue["tags"]) == ("Queue", {"Stage": "dev"})
    [entry] = queue["computeEnvironmentOrder"]
    assert entry["computeEnvironment"] == environment["computeEnvironmentArn"]
    [definition] = mock.call("DescribeJobDefinitions", {})["jobDefinitions"]
    container = definition["containerProperties"]
    assert definition["jobDefinitionName"] == "report-dev"
    assert container["image"] == "123456789012.dkr.ecr.us-east-1.amazonaws.com/busybox:1"
    assert container["jobRoleArn"] == "arn:aws:iam::123456789012:role/job"
    assert container["environment"] == [
        {"name": "RETRIES", "value": "3"},
        {"name": "HOME", "value": "${HOME}"},
    ]
    assert container["logConfiguration"]["options"] == {"awslogs-group": "/jobs/dev"}


def a_queue(**properties):
    return {
        "Resources": {
            "Queue": {"Type": "AWS::Batch::JobQueue", "Properties": {"Priority": 1} | properties},
            "Topic": {"Type": "AWS::SNS::Topic"},
        },
        "Parameters": {
            "Needed": {"Type": "String"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<x>"},
        },
    }


POLICY = "AWS::Batch::SchedulingPolicy"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (
            a_queue(JobQueueName={"Fn::Select": [0, ["a"]]}),
            "Queue uses Fn::Select, which is not modelled",
        ),
        (a_queue(JobQueueName={"Ref": "Needed"}), "Queue needs the parameter Needed"),
        (a_queue(JobQueueName={"Ref": "Stored"}), "Queue needs the parameter Stored"),
        (a_queue(JobQueueName={"Ref": "Nowhere"}), "Queue refers to 'Nowhere', which the template does"),
        (a_queue(JobQueueName={"Ref": "Topic"}), "Queue refers to Topic, of the type AWS::SNS::Topic"),
        (a_queue(JobQueueName={"Fn::GetAtt": "Topic.X"}), "Queue takes X of Topic"),
        (a_queue(JobQueueName={"Fn::GetAtt": ["Topic"]}), "takes a logical id and an attribute"),
        (a_queue(JobQueueName={"Fn::Sub": 5}), "Fn::Sub takes a text"),
        (a_queue(JobQueueName={"Fn::Join": ["-"]}), "takes a delimiter and a list"),
        (a_queue(Colour="red"), "Queue has Colour, which AWS Batch does not know"),
        (a_queue(Priority="high"), "Queue.Priority is 'high': it must be a whole number"),
        (
            {"Resources": {"Q": {"Type": "AWS::Batch::JobQueue", "Condition": "Big"}}},
            "Q has the condition 'Big', which the template does not have",
        ),
        ({"Resources": {"Q": {"Type": "AWS::Batch::Sofa"}}}, "which is unknown"),
        ({"Resources": {}}, "without any resource of AWS::Batch"),
        (
            {"Resources": {"P": {"Type": POLICY, "Properties": {"Name": {"Ref": "P"}}}}},
            r"the name of P refers to itself \(P → P\)",
        ),
        (
            {
                "Resources": {
                    "P": {"Type": POLICY, "Properties": {"Name": {"Fn::GetAtt": "R.Arn"}}},
                    "R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Fn::Sub": "x-${P}"}}},
                }
            },
            r"the name of R refers to itself \(R → P → R\)",
        ),
        (a_queue(JobQueueName={"Ref": ["Topic"]}), "Queue: Ref takes a name"),
        (a_queue(JobQueueName={"Fn::GetAtt": [["Topic"], "Arn"]}), "takes a logical id and an attr"),
        ({"Resources": {"Fn::ForEach::Q": ["Name", ["a"], {}]}}, "Fn::ForEach::Q is no object"),
        ({"Resources": {"P": {"Type": [POLICY]}}}, "P: Type is no text"),
        ({"Resources": {"P": {"Type": POLICY, "Properties": ["x"]}}}, "P: Properties is no object"),
        (a_queue() | {"Parameters": ["Stage"]}, "Parameters is no object"),
        (a_queue() | {"Parameters": {"Stage": "String"}}, "Stage is no object"),
        (a_queue() | {"Conditions": ["Big"]}, "Conditions is no object"),
    ],
)
def test_what_is_not_understood_is_told_by_its_logical_id(document, text):
    with pytest.raises(MockUsageError, match=text):
        BatchMock().seed(document)


def test_a_parameter_gives_what_the_ref_of_a_resource_would():
    definition = {
        "Type": "AWS::Batch::JobDefinition",
        "Properties": {
            "Type": "container",
            "ContainerProperties": {
                "Image": "busybox",
                "Vcpus": 1,
                "Memory": 512,
                "Environment": [{"Name": "TOPIC", "Value": {"Ref": "Topic"}}],
            },
        },
    }
    document = {"Resources": {"Job": definition, "Topic": {"Type": "AWS::SNS::Topic"}}}
    mock = seeded_from(document, parameters={"Topic": "arn:topic"})
    [described] = mock.call("DescribeJobDefinitions", {})["jobDefinitions"]
    assert described["containerProperties"]["environment"][0]["value"] == "arn:topic"


CONDITIONAL = """
Parameters:
  Stage: {Type: String, Default: dev}
  Spot: {Type: String, Default: true}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsSpot: !Equals [!Ref Spot, "true"]
  IsCheap: !And [!Not [!Condition IsProd], !Condition IsSpot]
  IsEither: !Or [!Condition IsProd, !Equals [!Ref "AWS::Region", us-east-1]]
Resources:
  Night:
    Type: AWS::Batch::JobQueue
    Condition: IsProd
    Properties: {Priority: 1, ComputeEnvironmentOrder: [{Order: 1, ComputeEnvironment: ce}]}
  Report:
    Type: AWS::Batch::JobDefinition
    Condition: IsEither
    Properties:
      JobDefinitionName: !If [IsProd, report, !Sub "report-${Stage}"]
      Type: container
      Timeout: !If [IsProd, {AttemptDurationSeconds: 90}, !Ref "AWS::NoValue"]
      RetryStrategy: {Attempts: !If [IsCheap, 5, 1]}
      ContainerProperties:
        Image: !If [IsProd, !Ref Missing, busybox]
        Vcpus: 1
        Memory: 512
        Command: [run, !If [IsCheap, "--spot", !Ref "AWS::NoValue"]]
"""


@pytest.mark.parametrize(
    ("given", "name", "attempts", "command"),
    [
        ({}, "report-dev", 5, ["run", "--spot"]),
        ({"Spot": "false"}, "report-dev", 1, ["run"]),
        ({"Stage": "test"}, "report-test", 5, ["run", "--spot"]),
    ],
)
def test_conditions_are_evaluated_with_the_parameters(tmp_path, given, name, attempts, command):
    pytest.importorskip("yaml")
    (tmp_path / "stack.yaml").write_text(CONDITIONAL)
    mock = BatchMock()
    seeded = mock.seed(tmp_path / "stack.yaml", parameters=given)
    [definition] = mock.call("DescribeJobDefinitions", {})["jobDefinitions"]
    assert (definition["jobDefinitionName"], definition["retryStrategy"]["attempts"]) == (name, attempts)
    assert definition["containerProperties"]["command"] == command
    assert "timeout" not in definition
    [left_out] = seeded.left_out
    assert left_out.endswith("stack.yaml: Night: its condition IsProd does not hold.")
    assert mock.call("DescribeJobQueues", {})["jobQueues"] == []


def test_the_branch_that_is_taken_is_resolved_and_no_other(tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "stack.yaml").write_text(CONDITIONAL)
    with pytest.raises(MockUsageError, match="Report refers to 'Missing'"):
        BatchMock().seed(tmp_path / "stack.yaml", parameters={"Stage": "prod"})


def conditional(condition, **more):
    """A queue with a condition called C."""
    queue = {"Type": "AWS::Batch::JobQueue", "Condition": "C"}
    return {"Conditions": {"C": condition} | more, "Resources": {"Q": queue}}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (conditional("yes"), "Q: condition C: 'yes' is no condition"),
        (conditional({"Fn::Equals": ["a"]}), "C: Fn::Equals takes a list of 2"),
        (conditional({"Fn::And": [{"Condition": "C"}]}), "C: Fn::And takes a list of 2 to 10"),
        (conditional({"Fn::Not": {"Condition": "C"}}), "C: Fn::Not takes a list of 1"),
        (conditional({"Condition": "D"}), "has the condition 'D', which the template does not have"),
        (
            conditional({"Fn::Not": [{"Condition": "D"}]}, D={"Condition": "C"}),
            r"the condition C refers to itself \(C → D → C\)",
        ),
        (conditional({"Fn::EachMemberIn": [[], []]}), "C uses Fn::EachMemberIn, which is not modelled"),
        (conditional({"Fn::Equals": [{"Fn::Select": [0, ["a"]]}, "a"]}), "uses Fn::Select"),
        (a_queue(JobQueueName={"Fn::If": ["C", "a"]}), "Queue: Fn::If takes a condition and two values"),
        (
            {
                **conditional({"Fn::Equals": ["a", "b"]}),
                "Resources": {
                    "Share": {"Type": "AWS::Batch::JobQueue", "Condition": "C"},
                    "Q": {
                        "Type": "AWS::Batch::JobQueue",
                        "Properties": {"JobQueueName": {"Ref": "Share"}},
                    },
                },
            },
            "Q refers to Share, whose condition C does not hold",
        ),
    ],
)
def test_what_is_wrong_with_a_condition_is_told(document, text):
    with pytest.raises(MockUsageError, match=text):
        BatchMock().seed(document)


WORKERS = "arn:aws:batch:eu-west-1:999988887777:compute-environment/workers"
ATTRIBUTES = {
    "aws_batch_compute_environment": {
        "arn": WORKERS,
        "name": "workers",
        "type": "MANAGED",
        "state": "ENABLED",
        "service_role": "",
        "compute_resources": [
            {
                "type": "EC2",
                "max_vcpus": 8,
                "min_vcpus": 0,
                "bid_percentage": 0,
                "instance_type": ["optimal"],
                "instance_role": "arn:aws:iam::999988887777:instance-profile/x",
                "subnets": ["subnet-1"],
                "security_group_ids": ["sg-1"],
                "launch_template": [],
            }
        ],
        "tags": None,
    },
    "aws_batch_job_queue": {
        "arn": "arn:aws:batch:eu-west-1:999988887777:job-queue/q",
        "name": "q",
        "priority": 1,
        "state": "ENABLED",
        "scheduling_policy_arn": "",
        "compute_environment_order": [
            {
                "order": 1,
                "compute_environment": WORKERS,
            }
        ],
        "tags_all": {"a": "b"},
    },
    "aws_batch_job_definition": {
        "arn": "arn:aws:batch:eu-west-1:999988887777:job-definition/report:4",
        "name": "report",
        "revision": 4,
        "type": "container",
        "container_properties": json.dumps({"image": "busybox", "vcpus": 1, "memory": 512}),
        "retry_strategy": [{"attempts": 2, "evaluate_on_exit": []}],
        "timeout": [],
        "parameters": {},
    },
}


def test_a_terraform_state_becomes_resources(tmp_path):
    state = {
        "version": 4,
        "terraform_version": "1.9.0",
        "resources": [
            {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": attributes}]}
            for kind, attributes in ATTRIBUTES.items()
        ],
    }
    shown = {
        "terraform_version": "1.9.0",
        "values": {
            "root_module": {
                "child_modules": [
                    {
                        "resources": [
                            {"mode": "managed", "type": kind, "address": f"{kind}.x", "values": values}
                            for kind, values in ATTRIBUTES.items()
                        ]
                    }
                ]
            }
        },
    }
    (tmp_path / "terraform.tfstate").write_text(json.dumps(state))
    for document in (tmp_path / "terraform.tfstate", shown):
        mock = seeded_from(document)
        [environment] = mock.call("DescribeComputeEnvironments", {})["computeEnvironments"]
        assert environment["computeResources"]["instanceTypes"] == ["optimal"]
        assert "bidPercentage" not in environment["computeResources"]
        [queue] = mock.call("DescribeJobQueues", {})["jobQueues"]
        assert queue["tags"] == {"a": "b"}
        assert queue["computeEnvironmentOrder"][0]["computeEnvironment"].startswith(
            "arn:aws:batch:us-east-1:123456789012:"
        )
        named = mock.call("DescribeJobDefinitions", {"jobDefinitions": ["report:4"]})["jobDefinitions"]
        assert named[0]["retryStrategy"]["attempts"] == 2


def test_a_state_without_batch_is_told():
    with pytest.raises(MockUsageError, match="without any aws_batch_"):
        BatchMock().seed({"terraform_version": "1", "resources": []})
