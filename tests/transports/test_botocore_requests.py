"""What a target is asked, and what botocore makes of its answer."""

from __future__ import annotations

import datetime
import json
import os
import threading

import botocore.credentials
import botocore.parsers
import botocore.session
import pytest
from botocore.config import Config

from pytest_batchmock.errors import BatchError

ARN = "arn:aws:batch:us-east-1:123456789012:job-queue/a b+c%2Fé"


class TestParameters:
    def test_the_body_is_the_parameters_and_is_handed_on_as_sent(self, make_client, target):
        make_client().submit_job(
            jobName="é", jobQueue="q", jobDefinition="d", retryStrategy={"attempts": 2}
        )
        context, operation, params = target.calls[0]

        assert operation == "SubmitJob"
        assert params == {
            "jobName": "é", "jobQueue": "q", "jobDefinition": "d", "retryStrategy": {"attempts": 2}
        }  # fmt: skip
        assert json.loads(context.body) == params

    def test_a_call_without_parameters_has_none(self, make_client, target):
        make_client().describe_job_queues()

        assert target.calls[0][1:] == ("DescribeJobQueues", {})

    def test_list_tags_carries_the_arn_in_the_path(self, make_client, target):
        make_client().list_tags_for_resource(resourceArn=ARN)

        assert target.calls[0][1:] == ("ListTagsForResource", {"resourceArn": ARN})

    def test_tagging_carries_the_arn_in_the_path_and_the_tags_in_the_body(self, make_client, target):
        make_client().tag_resource(resourceArn=ARN, tags={"a": "b"})

        assert target.calls[0][1:] == ("TagResource", {"resourceArn": ARN, "tags": {"a": "b"}})

    def test_untagging_carries_the_keys_in_the_query(self, make_client, target):
        make_client().untag_resource(resourceArn=ARN, tagKeys=["a&b", "é"])

        assert target.calls[0][1:] == ("UntagResource", {"resourceArn": ARN, "tagKeys": ["a&b", "é"]})

    def test_untagging_one_key_is_still_a_list(self, make_client, target):
        make_client().untag_resource(resourceArn=ARN, tagKeys=["a"])

        assert target.calls[0][2]["tagKeys"] == ["a"]

    def test_every_operation_with_values_outside_the_body_gets_them(self, make_client, target):
        client = make_client()
        service = client.meta.service_model
        located = {
            name: [
                member
                for member, shape in service.operation_model(name).input_shape.members.items()
                if "location" in shape.serialization
            ]
            for name in service.operation_names
        }
        samples = {"string": "x/y", "list": ["x", "y"]}
        for name, members in located.items():
            if not members:
                continue
            shape = service.operation_model(name).input_shape
            given = {
                member: samples.get(shape.members[member].type_name, {"k": "v"})
                for member in {*members, *shape.required_members}
            }
            client._make_api_call(name, given)
            assert target.calls[-1][1:] == (name, given)
        assert target.calls


class TestContext:
    @pytest.mark.parametrize(
        ("key", "account"),
        [
            ("111122223333", "111122223333"),
            ("AKIAIOSFODNN7EXAMPLE", "123456789012"),
            ("11112222333", "123456789012"),
            ("1111222233334", "123456789012"),
            ("１１１１２２２２３３３３", "123456789012"),
        ],
    )
    def test_the_account_is_an_access_key_of_12_digits_else_the_default(
        self, make_client, target, key, account
    ):
        make_client(aws_access_key_id=key, aws_secret_access_key="s").describe_jobs(jobs=["a"])

        assert target.calls[0][0].account == account

    def test_clients_that_take_turns_keep_their_accounts_in_threads_too(self, make_client, target):
        accounts = ["111122223333", "444455556666", "777788889999"]
        clients = [make_client(aws_access_key_id=key, aws_secret_access_key="s") for key in accounts]
        barrier = threading.Barrier(2)

        def poll(thread):
            barrier.wait()
            for turn in range(60):
                which = (turn + thread) % 3
                clients[which].describe_jobs(jobs=[accounts[which]])

        threads = [threading.Thread(target=poll, args=(thread,)) for thread in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(target.calls) == 120
        assert all(params == {"jobs": [context.account]} for context, _, params in target.calls)

    def test_a_client_that_checks_nothing_beside_one_that_does_is_told_apart(self, make_client, target):
        careful, careless = make_client(), make_client(config=Config(parameter_validation=False))
        for client in (careful, careless, careful, careless):
            client.describe_jobs(jobs=["a"])

        assert [context.validated for context, *_ in target.calls] == [True, False, True, False]

    def test_a_key_that_changes_between_two_calls_of_a_client_changes_the_account(self, target):
        session = botocore.session.Session()
        session.set_credentials("111122223333", "s")
        client = session.create_client("batch", region_name="us-east-1")
        client.describe_jobs(jobs=["a"])
        session.get_credentials().access_key = "444455556666"
        client.describe_jobs(jobs=["a"])

        assert [context.account for context, *_ in target.calls] == ["111122223333", "444455556666"]

    def test_without_credentials_the_account_is_the_targets(self, make_client, mocking, a_target):
        with mocking(a_target(account_id="444455556666")) as target:
            make_client().describe_jobs(jobs=["a"])

        assert target.calls[0][0].account == "444455556666"

    def test_refreshable_credentials_are_not_refreshed(self, target):
        refreshes = []

        def refresh():
            refreshes.append(1)
            soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
            return {
                "access_key": "111122223333", "secret_key": "s", "token": "t",
                "expiry_time": soon.isoformat(),
            }  # fmt: skip

        session = botocore.session.Session()
        session._credentials = botocore.credentials.DeferredRefreshableCredentials(refresh, "test")
        session.create_client("batch", region_name="us-east-1").describe_jobs(jobs=["a"])

        assert refreshes == []
        assert target.calls[0][0].account == "123456789012"

    def test_the_region_is_the_clients(self, make_client, target):
        make_client(region_name="eu-central-1").describe_jobs(jobs=["a"])

        assert target.calls[0][0].region == "eu-central-1"

    def test_a_client_checks_its_parameters_unless_told_otherwise(self, make_client, target):
        make_client().describe_jobs(jobs=["a"])
        make_client(config=Config(parameter_validation=False)).describe_jobs(jobs=[7])

        assert [context.validated for context, _, _ in target.calls] == [True, False]
        assert target.calls[1][2] == {"jobs": [7]}

    def test_a_profile_may_switch_the_check_off_too(self, make_client, target):
        with open(os.environ["AWS_CONFIG_FILE"], "w") as file:
            file.write("[default]\nparameter_validation = false\n")
        make_client().describe_jobs(jobs=[7])

        assert [context.validated for context, _, _ in target.calls] == [False]

    def test_an_old_client_that_does_not_check_is_known_as_such(self, make_old_client, target):
        make_old_client().describe_jobs(jobs=["a"])
        make_old_client(config=Config(parameter_validation=False)).describe_jobs(jobs=[7])

        assert [context.validated for context, _, _ in target.calls] == [True, False]


class TestAnswers:
    def test_the_members_come_with_the_metadata_that_the_parser_would_give(self, make_client, target):
        client = make_client()
        answer = client.submit_job(jobName="n", jobQueue="q", jobDefinition="d")

        assert answer == parsed_from_the_wire(
            client, "SubmitJob", 200, {}, target.members, request_id="fake-1"
        )
        assert next(iter(answer)) == "ResponseMetadata"

    def test_two_answers_share_nothing(self, make_client, target):
        client = make_client()
        first = client.describe_jobs(jobs=["a"])
        first["ResponseMetadata"]["HTTPHeaders"]["x"] = "y"
        first["more"] = 1

        assert "more" not in client.describe_jobs(jobs=["a"])
        assert "x" not in client.describe_jobs(jobs=["a"])["ResponseMetadata"]["HTTPHeaders"]

    @pytest.mark.parametrize(
        "error",
        [
            BatchError("Job queue x not found."),
            BatchError("Job name should match valid pattern", wrapped=True),
            BatchError("Broken.", code="ServerException", status=500),
            BatchError("Not you.", code="AccessDeniedException", status=403),
        ],
        ids=lambda error: f"{error.code}-{'wrapped' if error.wrapped else 'bare'}",
    )
    def test_an_error_is_what_the_parser_would_make_of_its_body(self, make_client, target, error):
        client = make_client()
        target.error = error
        with pytest.raises(client.exceptions.from_code(error.code)) as raised:
            client.submit_job(jobName="n", jobQueue="q", jobDefinition="d")

        assert raised.value.response == parsed_from_the_wire(
            client,
            "SubmitJob",
            error.status,
            {"x-amzn-errortype": error.code},
            {"message": error.text("fake-1")},
            request_id="fake-1",
        )
        assert raised.value.operation_name == "SubmitJob"

    def test_a_wrapped_error_names_its_request(self, make_client, target):
        client = make_client()
        target.error = BatchError("No.", wrapped=True)
        with pytest.raises(client.exceptions.ClientException, match="RequestId: fake-1"):
            client.describe_jobs(jobs=["a"])

    def test_handlers_after_the_call_see_the_status(self, make_client, target):
        client = make_client()
        statuses = []
        client.meta.events.register(
            "after-call.batch", lambda http_response, **_: statuses.append(http_response.status_code)
        )
        client.describe_jobs(jobs=["a"])
        target.error = BatchError("Broken.", code="ServerException", status=500)
        with pytest.raises(client.exceptions.ServerException):
            client.describe_jobs(jobs=["a"])

        assert statuses == [200, 500]


def parsed_from_the_wire(client, operation, status, headers, body, *, request_id):
    """What botocore's own parser, driven as its endpoint drives it, makes of a response."""
    model = client.meta.service_model.operation_model(operation)
    parser = botocore.parsers.create_parser("rest-json")
    response = {
        "status_code": status,
        "headers": {"x-amzn-requestid": request_id, "content-type": "application/json", **headers},
        "body": json.dumps(body).encode(),
    }
    parsed = parser.parse(response, model.output_shape)
    if status >= 300:
        shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        if shape is not None:
            parsed.update(parser.parse(response, shape))
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return parsed
