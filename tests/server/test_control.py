"""The control API: what a test says to its mock, as JSON."""

from __future__ import annotations

import pytest

from pytest_batchmock.server.asked import Route
from pytest_batchmock.server.control import api

V1 = "/_batchmock/v1/"
JOB = {"jobName": "report", "jobQueue": "default", "jobDefinition": "default"}


@pytest.fixture(autouse=True)
def resources(mock):
    mock.defaults(spot=True)


def submit(raw, **changes):
    return raw.ask("POST", "/v1/submitjob", JOB | changes).json["jobId"]


def refusal(raw, *request):
    got = raw.ask(*request)
    assert got.json.keys() == {"error"}
    return got.status, got.json["error"]["type"], got.json["error"]["message"]


def test_the_index_lists_every_route_and_each_of_them_answers(raw):
    index = raw.ask("GET", V1).json
    assert index["version"] == 1
    assert index["accounts"] == ["123456789012"]
    *routes, stream = index["routes"]  # the stream has no end to wait for
    assert (stream["method"], stream["path"]) == ("GET", V1 + "changes")
    assert len(routes) == len(api.ROUTES)
    for route in routes:
        got = raw.ask(route["method"], route["path"], {} if route["method"] == "POST" else None)
        assert got.status in (200, 400, 404), route
        assert got.status != 404 or "{id}" in route["path"]


def test_the_clock_is_told_and_moved(raw, mock):
    before = raw.ask("GET", V1 + "clock").json
    assert before == {"now": mock.now.isoformat(timespec="milliseconds"), "clock": "manual", "rate": 1.0}
    after = raw.ask("POST", V1 + "clock/advance", {"duration": "90s"}).json
    assert after["now"] == mock.now.isoformat(timespec="milliseconds") != before["now"]


def test_time_runs_until_nothing_changes(raw, mock):
    job_id = submit(raw)
    raw.ask("POST", V1 + "clock/run-until-idle", {})
    assert mock.jobs.get(job_id).status == "SUCCEEDED"


def test_a_job_is_told_with_its_attempts_and_why_it_is_where_it_is(raw):
    rule = {
        "name": "rep*",
        "queue": "default",
        "attempts": [{"kind": "reclaimed", "after": "4m"}, {"kind": "fails", "exit_code": 3}],
    }
    assert raw.ask("POST", V1 + "outcomes", rule).json == {"added": rule}
    job_id = submit(raw, retryStrategy={"attempts": 2})
    waiting = raw.ask("GET", f"{V1}jobs/{job_id}").json
    assert waiting["status"] == "SUBMITTED"
    assert waiting["explanation"].startswith(f"report ({job_id}) is SUBMITTED since")
    raw.ask("POST", V1 + "clock/run-until-idle", {})
    job = raw.ask("GET", f"{V1}jobs/{job_id}").json
    assert (job["status"], job["exit_code"], job["queue"]) == ("FAILED", 3, "default")
    assert [attempt["exit_code"] for attempt in job["attempts"]] == [None, 3]
    assert job["attempts"][0]["status_reason"].startswith("Host EC2 (instance i-")
    assert [entry["status"] for entry in job["history"]][-2:] == ["RUNNING", "FAILED"]
    assert job["started_at"] < job["stopped_at"]


def test_the_jobs_are_listed_by_name_queue_and_status(raw):
    first, second = submit(raw), submit(raw, jobName="import")

    def listed(query=""):
        answer = raw.ask("GET", f"{V1}jobs{query}").json
        return answer["total"], [job["id"] for job in answer["jobs"]]

    assert listed() == (2, [first, second])
    assert listed("?name=imp*") == (1, [second])
    assert listed("?queue=other") == (0, [])
    assert listed("?status=SUBMITTED&limit=1") == (2, [second])
    assert listed("?limit=0") == (2, [])


def test_a_child_of_an_array_is_found_and_its_parent_counts(raw):
    job_id = submit(raw, arrayProperties={"size": 3})
    raw.ask("POST", V1 + "outcomes", {"index": 1, "attempts": [{"kind": "fails"}]})
    raw.ask("POST", V1 + "clock/run-until-idle", {})
    assert raw.ask("GET", f"{V1}jobs/{job_id}").json["children"] == {"SUCCEEDED": 2, "FAILED": 1}
    assert raw.ask("GET", f"{V1}jobs/{job_id}:1").json["status"] == "FAILED"
    assert raw.ask("GET", f"{V1}jobs/{job_id}%3A9").status == 404


def test_a_fault_is_planned_and_forgotten(raw, mock):
    fault = {"kind": "throttle", "operations": ["SubmitJob"], "times": 1}
    assert raw.ask("POST", V1 + "faults", fault).status == 200
    assert raw.ask("POST", "/v1/submitjob", JOB).status == 429
    raw.ask("POST", V1 + "faults", {"kind": "server_error"})
    assert raw.ask("POST", "/v1/submitjob", JOB).status == 500
    assert raw.ask("DELETE", V1 + "faults").status == 200
    assert raw.ask("POST", "/v1/submitjob", JOB).status == 200


def test_a_verb_is_about_the_account_that_is_named(raw, mock):
    other = "?account=111122223333"
    assert raw.ask("GET", V1 + "jobs" + other).json == {"total": 0, "jobs": []}
    raw.ask("POST", V1 + "clock/advance" + other, {"duration": 5})
    assert raw.ask("GET", V1 + "clock").json != raw.ask("GET", V1 + "clock" + other).json
    assert raw.ask("GET", V1).json["accounts"] == ["123456789012", "111122223333"]


def test_a_reset_is_of_one_account_or_of_all(raw, mock):
    submit(raw)
    assert raw.ask("POST", V1 + "reset?account=111122223333", {}).json == {"reset": "111122223333"}
    assert len(mock.jobs) == 1
    assert raw.ask("POST", V1 + "reset", {}).json == {"reset": "all accounts"}
    assert len(mock.jobs) == 0
    assert raw.ask("POST", "/v1/describejobqueues", {}).json == {"jobQueues": []}
    assert raw.ask("GET", V1).json["accounts"] == ["123456789012"]


@pytest.mark.parametrize(
    ("request_of", "status", "text"),
    [
        (("GET", V1 + "everything"), 404, "lists what there is"),
        (("GET", "/_batchmock/v2/jobs"), 404, "lists what there is"),
        (("GET", V1 + "jobs/x"), 404, "No job has the id 'x'"),
        (("POST", V1 + "jobs", {}), 405, "takes GET, not POST"),
        (("GET", V1 + "jobs?colour=red"), 400, "does not take colour; it takes: name, queue"),
        (("GET", V1 + "jobs?limit=x"), 400, "limit='x' is no number"),
        (("GET", V1 + "logs/x"), 400, "No job has the id 'x'"),
        (("GET", V1 + "jobs?account=7"), 400, "an account has 12 digits"),
        (("POST", V1 + "reset", {"account": "111122223333"}), 400, "takes: nothing but an account"),
        (("POST", V1 + "reset", b"{}"), 400, "send application/json"),
        (("POST", V1 + "reset", b"{", {"Content-Type": "application/json"}), 400, "no JSON"),
        (("POST", V1 + "reset", []), 400, "must be a JSON object"),
        (("POST", V1 + "clock/advance", {}), 400, "duration=None: give seconds"),
        (("POST", V1 + "clock/advance", {"duration": "soon"}), 400, "'soon' is no duration"),
        (("POST", V1 + "clock/advance", {"duration": -1}), 400, "not negative"),
        (("POST", V1 + "outcomes", {}), 400, "at least one outcome"),
        (("POST", V1 + "outcomes", {"attempts": ["fails"]}), 400, "give an object such as"),
        (("POST", V1 + "outcomes", {"attempts": [{"kind": "sings"}]}), 400, "choose one of succeeds"),
        (("POST", V1 + "outcomes", {"attempts": [{"kind": "runs"}]}), 400, "callable cannot be sent"),
        (
            ("POST", V1 + "outcomes", {"attempts": [{"kind": "hangs", "after": 1}]}),
            400,
            "the outcome hangs has no after; it has: kind",
        ),
        (
            ("POST", V1 + "outcomes", {"attempts": [{"kind": "fails", "exit_code": "3"}]}),
            400,
            "exit_code='3': give a whole number",
        ),
        (
            ("POST", V1 + "outcomes", {"attempts": [{"kind": "fails", "exit_code": 300}]}),
            400,
            "exits with 1..255",
        ),
        (
            ("POST", V1 + "outcomes", {"name": 5, "attempts": [{"kind": "fails"}]}),
            400,
            "name=5: give a pattern of job names",
        ),
        (
            ("POST", V1 + "outcomes", {"tags": {"a": 1}, "attempts": [{"kind": "fails"}]}),
            400,
            "tags=1: give an object of texts",
        ),
        (
            ("POST", V1 + "outcomes", {"service": True, "node": 1, "attempts": [{"kind": "fails"}]}),
            400,
            "an outcome rule has no node",
        ),
        (
            ("POST", V1 + "outcomes", {"service": True, "attempts": [{"kind": "reclaimed"}]}),
            400,
            "cannot happen to a service job",
        ),
        (
            (
                "POST",
                V1 + "outcomes",
                {"service": True, "attempts": [{"kind": "fails", "exit_code": 2}]},
            ),
            400,
            "a service job shows none",
        ),
        (("POST", V1 + "faults", {"kind": "connect_timeout"}), 400, "choose one of throttle"),
        (("POST", V1 + "faults", {"kind": "throttle", "operations": "x"}), 400, "give a list of names"),
        (("POST", V1 + "faults", {"kind": "throttle", "operations": ["x"]}), 400, "no operation 'x'"),
        (("POST", V1 + "faults", {"kind": "throttle", "times": 0}), 400, "1 or more"),
        (
            ("POST", V1 + "faults", {"kind": "throttle", "probability": "x"}),
            400,
            "give a number",
        ),
        (
            ("POST", V1 + "faults", {"kind": "throttle", "processed": True}),
            400,
            "only time_out and drop_connection",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_told_what_would(raw, mock, request_of, status, text):
    got, kind, message = refusal(raw, *request_of)
    assert got == status, message
    assert text in message
    assert kind in ("NotFound", "MethodNotAllowed", "MockUsageError")


def test_a_rule_of_service_jobs_is_one(mock, raw):
    rule = {"service": True, "name": "train", "attempts": [{"kind": "fails"}]}
    assert raw.ask("POST", V1 + "outcomes", rule).status == 200
    assert mock._rules._entries[-1].matcher.service is True


def test_a_bug_of_the_mock_is_an_answer(raw, monkeypatch, capsys):
    def fails(asked):
        raise ZeroDivisionError("here")

    monkeypatch.setitem(api.ROUTES, ("GET", "clock"), Route(fails, (), ""))
    got = raw.ask("GET", V1 + "clock")
    assert (got.status, got.json["error"]["type"]) == (500, "InternalFailure")
    assert "ZeroDivisionError" in capsys.readouterr().err
