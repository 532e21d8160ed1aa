"""A real Chromium that looks at a server of each test's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

pytest.importorskip("werkzeug")
playwright_api = pytest.importorskip(
    "playwright.sync_api",
    reason="the browser tests need playwright: pip install 'pytest-batchmock[browser]'",
)

from pytest_batchmock.server.fixture import BatchServer  # noqa: E402 — only where its needs are there

CHROMIUM = os.environ.get("BATCHMOCK_CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, one for all tests."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"the browser tests need {CHROMIUM}: apt-get install chromium")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[BatchServer]:
    """A server whose time stands still unless the test moves it, or names another clock."""
    options = {"clock": getattr(request, "param", "manual"), "start": "2026-11-24T02:00:00Z"}
    with BatchServer(**options) as server:
        yield server


@pytest.fixture
def client(server: BatchServer) -> Iterator[Any]:
    """A boto3 client of the server."""
    client = boto3.client(
        "batch",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=server.mock.options.account_id,
        aws_secret_access_key="not checked",
    )
    yield client
    client.close()


@pytest.fixture
def page(chromium: Any, server: BatchServer) -> Iterator[Any]:
    """A tab; the test fails if it reports an error, or asks anybody but the server for anything."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    context.set_default_timeout(15_000)
    page = context.new_page()
    strangers: list[str] = []
    errors: list[str] = []
    page.on("request", lambda it: None if it.url.startswith(server.url) else strangers.append(it.url))
    page.on("pageerror", lambda it: errors.append(str(it)))
    page.on("console", lambda it: errors.append(it.text) if "Content Security" in it.text else None)
    page.on("dialog", lambda it: (errors.append(f"dialog {it.message}"), it.dismiss()))
    yield page
    context.close()
    assert strangers == []
    assert errors == []


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures are to be put, if somebody wants to see them (BATCHMOCK_SCREENSHOTS)."""
    folder = os.environ.get("BATCHMOCK_SCREENSHOTS")
    return Path(folder) if folder else None
