"""The web console in a real browser, used as people use it: by mouse, by keyboard, by what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

HOSTILE = "<img src=x onerror=alert(1)>"


def submit(client: Any, name: str, **members: Any) -> str:
    request = {"jobQueue": "default", "jobDefinition": "default", "retryStrategy": {"attempts": 2}}
    job_id: str = client.submit_job(jobName=name, **request | members)["jobId"]
    return job_id


@pytest.fixture
def queue(server: Any) -> None:
    server.mock.defaults(max_vcpus=4, spot=True)


@pytest.fixture
def training(server: Any) -> str:
    """A service job that runs and does not end by itself."""
    limits = [{"maxCapacity": 4, "capacityUnit": "NUM_INSTANCES"}]
    kind = "SAGEMAKER_TRAINING"
    mock = server.mock
    mock.call(
        "CreateServiceEnvironment",
        {"serviceEnvironmentName": "sm", "serviceEnvironmentType": kind, "capacityLimits": limits},
    )
    order = [{"order": 1, "serviceEnvironment": "sm"}]
    queue = {"jobQueueName": "training", "priority": 1, "jobQueueType": kind}
    mock.call("CreateJobQueue", {**queue, "serviceEnvironmentOrder": order})
    mock.on_service_job().hangs()
    payload = '{"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}'
    job = {"jobName": "train", "jobQueue": "training", "serviceJobType": kind}
    job_id: str = mock.call("SubmitServiceJob", {**job, "serviceRequestPayload": payload})["jobId"]
    mock.advance("2m")
    return job_id


@pytest.fixture
def running(server: Any, queue: None, client: Any) -> str:
    """A job that runs and does not end by itself."""
    server.mock.on("slow").hangs()
    job_id = submit(client, "slow")
    server.mock.advance("1m")
    return job_id


def test_an_empty_server_teaches_how_to_submit_the_first_job(server: Any, page: Any) -> None:
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Submit the first job")).to_be_visible()
    expect(page.get_by_text(f"AWS_ENDPOINT_URL_BATCH={server.url}")).to_be_visible()


def test_what_the_empty_page_says_to_type_is_accepted(server: Any, page: Any, client: Any) -> None:
    page.goto(server.url)
    text = page.locator(".welcome pre").inner_text()
    environment = re.search(r"--compute-resources (\S+)", text)
    properties = re.search(r"--container-properties '(.*?)'", text, re.DOTALL)
    assert environment is not None
    assert properties is not None
    import json

    given = dict(pair.split("=") for pair in environment[1].split(","))
    client.create_compute_environment(
        computeEnvironmentName="first",
        type="MANAGED",
        computeResources={
            "type": given["type"],
            "maxvCpus": int(given["maxvCpus"]),
            "subnets": [given["subnets"]],
            "securityGroupIds": [given["securityGroupIds"]],
        },
    )
    order = [{"order": 1, "computeEnvironment": "first"}]
    client.create_job_queue(jobQueueName="first", priority=1, computeEnvironmentOrder=order)
    client.register_job_definition(
        jobDefinitionName="first",
        type="container",
        platformCapabilities=["FARGATE"],
        containerProperties=json.loads(properties[1]),
    )
    client.submit_job(jobName="hello", jobQueue="first", jobDefinition="first")
    expect(page.get_by_role("link", name="first").first).to_be_visible()
    expect(page.get_by_role("link", name="1 SUBMITTED")).to_be_visible()


def test_queues_show_their_jobs_by_status_without_a_reload(
    server: Any, page: Any, client: Any, queue: None
) -> None:
    page.goto(server.url)
    expect(page.get_by_role("heading", name="The queues are empty")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    submit(client, "etl")
    expect(page.get_by_role("link", name="1 SUBMITTED")).to_be_visible()
    server.mock.run_until_idle()
    expect(page.get_by_role("link", name="1 SUCCEEDED")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True


def test_a_queue_lists_its_jobs_a_page_at_a_time(
    server: Any, page: Any, client: Any, queue: None
) -> None:
    for number in range(60):
        submit(client, f"job-{number}")
    page.goto(f"{server.url}/#/queue/default")
    expect(page.get_by_role("link", name="job-59")).to_be_visible()
    assert page.locator("tbody tr").count() == 50
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="job-0", exact=True)).to_be_visible()
    expect(page.get_by_text("51–60 of 60")).to_be_visible()


def test_a_job_page_shows_attempts_reasons_environment_logs_and_why_it_waits(
    server: Any, page: Any, client: Any, queue: None
) -> None:
    from pytest_batchmock import reclaimed, succeeds

    server.mock.on("etl").attempts(reclaimed(after="1m", log=["began"]), succeeds(log=["did it"]))
    job_id = submit(
        client, "etl", containerOverrides={"environment": [{"name": "SHARD", "value": "seven"}]}
    )
    server.mock.run_until_idle()
    page.goto(f"{server.url}/#/job/{job_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("etl SUCCEEDED")
    attempts = page.get_by_role("region", name="Attempts")
    expect(attempts).to_contain_text("Host EC2 (instance i-")
    expect(attempts.get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("did it")).to_be_visible()
    page.get_by_text(re.compile(r"^Environment \(")).click()
    expect(page.get_by_text("seven", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Timeline: .*lost 1m.*done 1m"))).to_be_visible()
    expect(page.locator(".line .mark")).to_have_count(1)


def test_a_job_that_waits_says_why(server: Any, page: Any, client: Any, running: str) -> None:
    large = submit(
        client,
        "large",
        containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "64"}]},
    )
    server.mock.advance("1m")
    page.goto(f"{server.url}/#/job/{large}")
    expect(page.locator("#explanation")).to_contain_text("is RUNNABLE since")
    expect(page.locator("#explanation")).to_contain_text("64 vCPU")


def test_the_terminate_button_asks_once_and_terminates(server: Any, page: Any, running: str) -> None:
    page.goto(f"{server.url}/#/job/{running}")
    page.get_by_role("button", name="Terminate").click()
    assert not server.mock.jobs.one(name="slow").is_terminated
    page.get_by_role("button", name="Really terminate?").click()
    expect(page.get_by_role("status")).to_have_text("The job is being terminated.")
    assert server.mock.jobs.one(name="slow").is_terminated
    server.mock.run_until_idle()
    expect(page.locator("h1")).to_contain_text("FAILED")
    expect(page.get_by_role("button", name="Terminate")).to_have_count(0)


def test_the_reclaim_button_takes_the_host_of_a_job_on_spot(
    server: Any, page: Any, running: str
) -> None:
    page.goto(f"{server.url}/#/job/{running}")
    page.get_by_role("button", name="Reclaim its host").click()
    expect(page.get_by_role("status")).to_have_text("The host is being reclaimed.")
    server.mock.advance("3m")
    expect(page.get_by_role("region", name="Attempts")).to_contain_text("Host EC2 (instance i-")
    expect(page.locator(".line .mark")).to_have_text("✕")


def test_ten_thousand_children_are_a_grid_that_opens_each_of_them(
    server: Any, page: Any, client: Any, queue: None
) -> None:
    server.mock.on("many", index=2).fails(exit_code=1)
    job_id = submit(client, "many", arrayProperties={"size": 10_000})
    server.mock.advance("3m")
    page.goto(f"{server.url}/#/job/{job_id}")
    grid = page.locator("#grid")
    expect(grid).to_have_attribute("data-painted", "10000")
    grid.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#grid-at")).to_contain_text(":2 ")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("many :2")
    page.go_back()
    page.get_by_label("Index of a child").fill("9999")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("many :9999")


def test_the_nodes_of_a_multi_node_job_are_listed(server: Any, page: Any, client: Any) -> None:
    server.mock.defaults(max_vcpus=8)
    container = {
        "image": "busybox",
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}],
    }
    nodes = {
        "numNodes": 3,
        "mainNode": 0,
        "nodeRangeProperties": [{"targetNodes": "0:", "container": container}],
    }
    client.register_job_definition(jobDefinitionName="mpi", type="multinode", nodeProperties=nodes)
    job_id = client.submit_job(jobName="mpi", jobQueue="default", jobDefinition="mpi")["jobId"]
    server.mock.advance("30s")
    page.goto(f"{server.url}/#/job/{job_id}")
    table = page.get_by_role("region", name="Nodes")
    expect(table.get_by_role("link")).to_have_text(["Node 0", "Node 1", "Node 2"])
    expect(table.get_by_role("row", name="Node 0")).to_contain_text("main node")
    table.get_by_role("link", name="Node 1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("mpi :1")


def test_an_environment_shows_its_load_and_what_runs_on_its_instances(
    server: Any, page: Any, running: str
) -> None:
    page.goto(server.url)
    environments = page.get_by_role("region", name="Compute environments")
    environments.get_by_role("rowheader").get_by_role("link", name="default").click()
    expect(page.get_by_text("1 of 4").first).to_be_visible()
    row = page.get_by_role("region", name="Instances").get_by_role("row").nth(1)
    expect(row).to_contain_text("slow")
    expect(row.get_by_role("rowheader")).to_have_text(re.compile("^i-"))
    reclaim = row.get_by_role("button", name=re.compile("Reclaim i-"))
    reclaim.click()
    expect(page.get_by_role("status")).to_have_text("Press again to reclaim.")
    assert server.mock.jobs.one().status == "RUNNING"
    reclaim.click()
    expect(page.get_by_role("status")).to_have_text(re.compile("i-.* is being reclaimed"))
    server.mock.advance("3m")
    assert server.mock.jobs.one().attempts[0].status_reason.startswith("Host EC2 (instance i-")


def test_a_service_job_tells_what_it_wants_and_is_terminated_by_its_button(
    server: Any, page: Any, training: str
) -> None:
    page.goto(server.url)
    expect(page.get_by_role("region", name="Service environments")).to_contain_text("1 of 4 instances")
    page.goto(f"{server.url}/#/job/{training}")
    expect(page.get_by_text("1 × ml.m5.large")).to_be_visible()
    page.get_by_text("Payload for SageMaker").click()
    expect(page.get_by_text('"InstanceType": "ml.m5.large"')).to_be_visible()
    page.get_by_role("button", name="Terminate").click()
    page.get_by_role("button", name="Really terminate?").click()
    expect(page.get_by_role("status")).to_have_text("The job is being terminated.")
    server.mock.run_until_idle()
    expect(page.get_by_role("heading", level=1)).to_contain_text("FAILED")
    expect(page.get_by_role("button", name="Terminate")).to_have_count(0)


def test_the_overview_says_why_the_first_job_of_a_queue_waits(
    server: Any, page: Any, client: Any, running: str
) -> None:
    resources = [{"type": "VCPU", "value": "64"}]
    submit(client, "large", containerOverrides={"resourceRequirements": resources})
    submit(client, "behind")
    server.mock.advance("1m")
    page.goto(server.url)
    expect(page.locator(".waits")).to_contain_text(
        "large waits: needs 64 vCPU, 2048 MiB; queue 'default'"
    )
    expect(page.locator(".tiles")).to_contain_text(re.compile("Waiting\\s*2.*Running\\s*1", re.DOTALL))
    page.get_by_role("link", name="large").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("large RUNNABLE")


def test_time_goes_from_instant_to_instant(server: Any, page: Any, client: Any, queue: None) -> None:
    submit(client, "etl")
    page.goto(server.url)
    before = server.mock.now
    page.get_by_role("button", name="Next instant").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("next instant"))
    assert server.mock.now > before
    assert server.mock.jobs.one().status == "RUNNABLE"


def test_time_advances_by_the_button_and_a_wrong_duration_is_told(
    server: Any, page: Any, client: Any, queue: None
) -> None:
    submit(client, "etl")
    page.goto(server.url)
    expect(page.locator("#mode")).to_have_text("manual")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    page.get_by_label("Advance by").fill("1h30m")
    page.get_by_role("button", name="Advance", exact=True).click()
    expect(page.locator("#now")).to_have_text("24 Nov 2026, 03:30:00 UTC")
    expect(page.get_by_role("link", name="1 SUCCEEDED")).to_be_visible()
    page.get_by_label("Advance by").fill("soon")
    page.get_by_role("button", name="Advance", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("'soon' is no duration")
    submit(client, "another")  # the page is drawn again, and what was wrong stays to be read
    expect(page.get_by_role("link", name="1 SUBMITTED")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("'soon' is no duration")


@pytest.mark.parametrize("server", ["real"], indirect=True)
def test_a_real_clock_is_paused_sped_up_and_goes_on(server: Any, page: Any) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#mode")).to_have_text("paused")
    assert server.mock.now == server.mock.now
    before = server.mock.now
    page.get_by_label("Speed").select_option("3600")
    expect(page.locator("#mode")).to_have_text("real, 3600×")
    expect(page.locator("#now")).not_to_contain_text("02:00:")
    assert server.mock.now > before


def test_the_page_follows_while_the_keyboard_alone_is_used(
    server: Any, page: Any, client: Any, queue: None
) -> None:
    submit(client, "etl")
    page.goto(server.url)
    expect(page.get_by_role("link", name="1 SUBMITTED")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    link = page.get_by_role("heading", name="default").get_by_role("link")
    expect(link).to_be_focused()
    server.mock.advance("1h")
    expect(page.get_by_role("link", name="1 SUCCEEDED")).to_be_visible()
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="default")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "etl":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("etl")
    assert page.title().startswith("etl")


def test_dark_and_light_follow_the_system_until_the_switch_is_used(server: Any, page: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.goto(server.url)
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()
    dark = page.evaluate(ground)
    assert dark != light
    page.get_by_role("button", name="Light theme").click()
    assert page.evaluate(ground) == light
    page.reload()
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
    assert page.evaluate(ground) == light


def test_hostile_texts_stay_text(server: Any, page: Any, client: Any, queue: None) -> None:
    server.mock.on("*").fails(
        exit_code=1, reason=HOSTILE, log=[HOSTILE, "</pre><script>alert(2)</script>"]
    )
    job_id = submit(
        client,
        "etl",
        retryStrategy={"attempts": 1},
        parameters={HOSTILE: HOSTILE},
        containerOverrides={"environment": [{"name": "X", "value": HOSTILE}], "command": [HOSTILE]},
    )
    server.mock.run_until_idle()
    page.goto(f"{server.url}/#/job/{job_id}")
    expect(page.locator(".log")).to_contain_text(HOSTILE)
    expect(page.get_by_role("region", name="Attempts")).to_contain_text(HOSTILE)
    assert page.locator("main img, main script").count() == 0
    page.goto(f"{server.url}/#/job/{HOSTILE}")
    expect(page.get_by_role("heading", name="Not there")).to_be_visible()
    page.goto(f"{server.url}/#/timeline")
    expect(page.frame_locator("iframe").locator("text.label").first).to_contain_text("etl")


def test_accounts_are_looked_at_one_at_a_time(server: Any, page: Any, queue: None) -> None:
    server.account("111122223333").defaults(name="theirs")
    page.goto(server.url)
    expect(page.get_by_role("heading", name="default")).to_be_visible()
    page.get_by_label("Account").select_option("111122223333")
    expect(page.get_by_role("heading", name="theirs")).to_be_visible()
    expect(page.get_by_role("heading", name="default")).to_have_count(0)


def test_with_a_token_the_page_opens_by_its_url_and_works_without_it_after(chromium: Any) -> None:
    from pytest_batchmock import BatchMock
    from pytest_batchmock.server.http.app import create_app
    from pytest_batchmock.server.http.listening import Server

    mock = BatchMock(clock="manual")
    mock.defaults()
    server = Server(create_app(mock, token="open-sesame"))
    server.start()
    try:
        page = chromium.new_page()
        assert page.goto(server.url).status == 401
        page.goto(f"{server.url}/?token=open-sesame")
        expect(page.get_by_role("heading", name="default")).to_be_visible()
        expect(page.locator("#live.live")).to_have_count(1)
        assert "sesame" not in page.url
        page.get_by_role("button", name="Advance", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("Time has advanced by 5m.")
        page.close()
    finally:
        server.stop()


def visited(server: Any, client: Any) -> dict[str, str]:
    """Something to see on every page, and where that is."""
    from pytest_batchmock import reclaimed, succeeds

    mock = server.mock
    mock.defaults(max_vcpus=12, spot=True)
    mock.defaults(name="reports", fargate=True)
    mock.on("etl-*").attempts(
        reclaimed(after="90s"), succeeds(after="4m", log=["read 24 stations", "done"])
    )
    mock.on("bad").fails(exit_code=3, after="1m")
    mock.on("train").hangs()
    mock.on("many").succeeds(after="40s")
    mock.on("many", index=17).fails(exit_code=1)
    job_ids = [submit(client, f"etl-{number}") for number in range(4)]
    submit(client, "bad", retryStrategy={"attempts": 1})
    submit(client, "after", dependsOn=[{"jobId": job_ids[0]}])
    submit(client, "train")
    many = submit(client, "many", arrayProperties={"size": 600})
    for number in range(8):
        submit(client, f"report-{number}", jobQueue="reports", jobDefinition="reports")
    mock.advance("11m")
    waits = submit(client, "waits")
    mock.advance("30s")
    return {
        "overview": "/",
        "queue": "/#/queue/default",
        "job": f"/#/job/{job_ids[1]}",
        "waiting": f"/#/job/{waits}",
        "array": f"/#/job/{many}",
        "environment": "/#/environment/default",
        "timeline": "/#/timeline",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility_that_a_program_can_check(
    server: Any, page: Any, client: Any, theme: str, shots: Path | None
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    ).Axe()
    page.emulate_media(color_scheme=theme)
    page.goto(server.url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if shots is not None:
        page.screenshot(path=shots / f"empty-{theme}.png", full_page=True)
    broken = {f"empty: {it['id']}": it["help"] for it in axe.run(page).response["violations"]}
    for name, path in visited(server, client).items():
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("#live.live")).to_have_count(1)
        page.wait_for_load_state("load")
        expect(page.locator(".welcome")).to_have_count(0)
        if shots is not None:
            page.screenshot(path=shots / f"{name}-{theme}.png", full_page=name != "timeline")
        found = axe.run(page, options={"iframes": False}).response["violations"]
        broken |= {
            f"{name}: {it['id']}": [node["html"][:160] for node in it["nodes"][:3]] for it in found
        }
    assert broken == {}


def test_nothing_is_wider_than_a_telephone(
    server: Any, page: Any, client: Any, shots: Path | None
) -> None:
    places = visited(server, client)
    page.set_viewport_size({"width": 390, "height": 800})
    for name, path in places.items():
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if shots is not None:
            page.screenshot(path=shots / f"{name}-phone.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
