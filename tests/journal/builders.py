"""What the tests of the journal share: accounts with a journal, and what is said to them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

pytest.importorskip("werkzeug")

from pytest_batchmock.errors import BatchError
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.control import api
from pytest_batchmock.server.journal import replay
from pytest_batchmock.server.journal.file import Journal
from pytest_batchmock.transports.active import CallContext
from pytest_batchmock.transports.http import HttpRequest

OPTIONS: dict[str, Any] = {"clock": "autojump", "seed": 7, "start": 1_700_000_000}
OTHER = "210987654321"
OWN = "123456789012"


def begin(path: Path, every: int = 0, **more: Any) -> Accounts:
    """A server's state, new or gone on with."""
    journal = Journal(path)
    try:
        options = replay.options_for(journal, more, OPTIONS)
        return replay.begin(journal, options, every, rate=more.get("rate"))
    except BaseException:
        journal.close()
        raise


def again(accounts: Accounts, path: Path, every: int = 0, **more: Any) -> Accounts:
    """The state after a restart."""
    accounts.close()
    return begin(path, every, **more)


def call(accounts: Accounts, operation: str, account: str = OWN, **params: Any) -> dict[str, Any]:
    """One API call."""
    context = CallContext(account, "us-east-1", validated=False)
    return accounts.world(account).call(context, operation, params)[1]


def post(accounts: Accounts, path: str, account: str | None = None, **body: Any) -> int:
    """One request of the control API: its status."""
    query = [("account", account)] if account else []
    request = HttpRequest(
        "POST",
        api.VERSION + path,
        query,
        {"content-type": "application/json"},
        json.dumps(body).encode(),
    )
    return api.answer(request, accounts).status


def set_up(accounts: Accounts, account: str = OWN) -> None:
    """An environment, a queue and a definition, all called ``d``."""
    resources = {"type": "EC2", "maxvCpus": 16, "minvCpus": 0, "instanceTypes": ["optimal"]}
    resources |= {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"], "instanceRole": "r"}
    call(
        accounts,
        "CreateComputeEnvironment",
        account,
        computeEnvironmentName="d",
        type="MANAGED",
        computeResources=resources,
    )
    order = [{"order": 1, "computeEnvironment": "d"}]
    call(
        accounts,
        "CreateJobQueue",
        account,
        jobQueueName="d",
        priority=1,
        computeEnvironmentOrder=order,
    )
    container = {"image": "busybox", "command": ["true"], "vcpus": 1, "memory": 512}
    call(
        accounts,
        "RegisterJobDefinition",
        account,
        jobDefinitionName="d",
        type="container",
        containerProperties=container,
    )


def submit(accounts: Accounts, name: str, account: str = OWN, **more: Any) -> str:
    """Submit one job: its id."""
    given = {"jobName": name, "jobQueue": "d", "jobDefinition": "d", **more}
    return str(call(accounts, "SubmitJob", account, **given)["jobId"])


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.integers(0, 3)),
        st.tuples(st.just("ask"), st.integers(1, 4)),
        st.tuples(st.just("terminate"), st.integers(0, 5)),
        st.tuples(st.just("advance"), st.integers(1, 4000)),
        st.tuples(st.just("rule"), st.sampled_from(["fails", "hangs", "succeeds", "host_lost"])),
        st.tuples(st.just("refused"), st.just(0)),
        st.tuples(st.just("reset"), st.just(0)),
    ),
    max_size=14,
)


def act(accounts: Accounts, account: str, ids: list[str], what: str, how: Any) -> None:
    """One of `ACTIONS`."""
    if what == "submit":
        more: dict[str, Any] = {"arrayProperties": {"size": how}} if how > 1 else {}
        if ids and how == 1:
            more["dependsOn"] = [{"jobId": ids[-1]}]
        ids.append(submit(accounts, f"job-{how}", account, retryStrategy={"attempts": 2}, **more))
    elif what == "ask":
        for _ in range(how):
            call(accounts, "ListJobs", account, jobQueue="d", jobStatus="RUNNING")
    elif what == "terminate" and ids:
        call(accounts, "TerminateJob", account, jobId=ids[how % len(ids)], reason="so")
    elif what == "advance":
        post(accounts, "clock/advance", account, duration=how)
    elif what == "rule":
        post(accounts, "outcomes", account, name="job-?", attempts=[{"kind": how}])
    elif what == "refused":
        with pytest.raises(BatchError):
            submit(accounts, "!!", account)
    elif what == "reset":
        post(accounts, "reset", account)
        ids.clear()
        set_up(accounts, account)


def change(path: Path, statement: str) -> None:
    """Change a file behind the server's back."""
    database = sqlite3.connect(path)
    with database:
        database.execute(statement)
    database.close()


# What a person sees
