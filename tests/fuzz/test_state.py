"""The plain state of a mock shows every change, and no question changes it."""

from __future__ import annotations

from .world import Place, legal_requests, plain


def test_a_question_leaves_the_state_alone() -> None:
    place = Place()
    place.call("DescribeComputeEnvironments", {}, validated=True)
    assert plain(place.mock) == place.state


def test_every_kind_of_change_shows() -> None:
    changes = {
        "SubmitJob": {"jobName": "x", "jobQueue": "ec2", "jobDefinition": "plain"},
        "DeregisterJobDefinition": {"jobDefinition": "full:1"},
        "UpdateJobQueue": {"jobQueue": "ec2", "priority": 7},
        "CreateSchedulingPolicy": {"name": "another"},
        "UpdateConsumableResource": {
            "consumableResource": "licence",
            "operation": "ADD",
            "quantity": 1,
        },
    }
    place = Place()
    for operation, params in changes.items():
        place.call(operation, params, validated=False)
        assert plain(place.mock) != place.state, operation
        place.reset()


def test_time_shows() -> None:
    place = Place()
    place.mock.advance("1s")
    assert plain(place.mock) != place.state


def test_a_reset_brings_the_known_state_back() -> None:
    place = Place()
    known = place.state
    place.mock.advance("1d")
    place.reset()
    assert place.state == known


def test_every_operation_has_a_legal_request_to_start_from() -> None:
    assert [name for name, requests in legal_requests().items() if not requests] == []
