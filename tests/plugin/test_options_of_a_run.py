"""Options on the command line and in the ini file, and who wins."""

from __future__ import annotations

import pytest

from pytest_batchmock import MockUsageError, plugin
from pytest_batchmock.options import Options

GIVEN = {
    "clock": ("manual", "manual"),
    "rate": ("2.5", 2.5),
    "start": ("2026-03-01T12:00:00", "2026-03-01T12:00:00"),
    "seed": ("7", 7),
    "region": ("eu-west-1", "eu-west-1"),
    "account_id": ("111122223333", "111122223333"),
    "default_duration": ("5m", "5m"),
    "runner": ("process", "process"),
    "docker_allow": ("devices, /srv/data", ("devices", "/srv/data")),
    "docker_pull": ("never", "never"),
    "docker_parallel": ("3", 3),
    "docker_images": ('{"*/etl:*": "etl"}', {"*/etl:*": "etl"}),
    "docker_secrets": ('{"token": "abc"}', {"token": "abc"}),
    "docker_endpoints": (
        '{"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:5"}',
        {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:5"},
    ),
    "swarm_nodes": ('{"spot-*": {"pool": "spot"}}', {"spot-*": {"pool": "spot"}}),
    "latency_scale": ("0.1", 0.1),
    "resource_latency": ("30", 30.0),
    "stale_reads": ("30s", "30s"),
    "virtual_sleep": ("off", "off"),
    "stall_after": ("9", 9),
    "autojump_batching": ("no", False),
    "enforce_quotas": ("true", True),
    "multinode_refused_at": ("submit", "submit"),
    "report_timeline": ("yes", True),
    "unmanaged": ("boundless", "boundless"),
    "subnet_zones": ("subnet-1=us-east-1b", "subnet-1=us-east-1b"),
}
"""By option: a text as a user writes it, and the value it means."""

WRONG = {
    "clock": ("auto", "clock='auto': choose one of"),
    "rate": ("fast", "rate='fast' is no number"),
    "start": ("yesterday", "start='yesterday' is no ISO 8601 date and time"),
    "seed": ("1.5", "seed='1.5' is no number"),
    "account_id": ("12", "account_id='12': an account has 12 digits"),
    "default_duration": ("soon", "'soon' is no duration"),
    "docker_allow": ("root", "docker_allow=('root',): give a list of these: 'privileged'"),
    "docker_parallel": ("0", "docker_parallel=0: give a number from 1"),
    "docker_images": ("etl", "docker_images='etl' is no JSON object"),
    "swarm_nodes": ("pool", "swarm_nodes='pool' is no JSON object"),
    "stall_after": ("1", "it must be at least 2"),
    "subnet_zones": ("us-east-1a", "subnet_zones='us-east-1a': give a mapping"),
    "autojump_batching": ("maybe", "autojump_batching='maybe': give true or false"),
}


def flag(name: str, text: str) -> str:
    return f"--batchmock-{name.replace('_', '-')}={text}"


def expect(project: pytest.Pytester, **options: object) -> None:
    """Write a test that the fixture's mock has these options."""
    project.makepyfile(
        f"""
        def test_options(batchmock):
            expected = {options!r}
            assert {{name: getattr(batchmock.options, name) for name in expected}} == expected
        """
    )


def test_every_option_is_tried_here():
    assert set(GIVEN) == set(Options.names())


def test_every_option_has_a_command_line_twin(project):
    expect(project, **{name: value for name, (_, value) in GIVEN.items()})
    flags = [flag(name, text) for name, (text, _) in GIVEN.items()]
    project.runpytest(*flags).assert_outcomes(passed=1)


def test_every_option_has_an_ini_twin(project, configure):
    configure(*(f"batchmock_{name} = {text}" for name, (text, _) in GIVEN.items()))
    expect(project, **{name: value for name, (_, value) in GIVEN.items()})
    project.runpytest().assert_outcomes(passed=1)


def test_every_option_and_its_ini_twin_are_in_the_help(project):
    text = project.runpytest("--help").stdout.str()
    for name in Options.names():
        assert flag(name, "") in text
        assert f"batchmock_{name} (string)" in text


def test_the_marker_wins_over_the_command_line_and_that_over_the_ini_file(project, configure):
    configure("batchmock_seed = 1", "batchmock_region = eu-west-1", "batchmock_clock = manual")
    project.makepyfile(
        """
        import pytest

        @pytest.mark.batchmock(seed=3)
        def test_marked(batchmock):
            options = batchmock.options
            assert (options.seed, options.region, options.clock) == (3, "eu-north-1", "manual")

        def test_plain(batchmock):
            assert batchmock.options.seed == 2
        """
    )
    result = project.runpytest(flag("seed", "2"), flag("region", "eu-north-1"))
    result.assert_outcomes(passed=2)


def test_the_decorator_and_the_context_manager_do_not_take_options_of_the_run(project):
    """They are used where no pytest runs, so they cannot depend on it."""
    project.makepyfile(
        """
        from pytest_batchmock import BatchMock, mock_batch

        @mock_batch(region="eu-west-3")
        def test_decorated():
            options = BatchMock.current().options
            assert (options.seed, options.region) == (0, "eu-west-3")
        """
    )
    project.runpytest(flag("seed", "2")).assert_outcomes(passed=1)


def test_the_header_names_what_was_changed_and_is_silent_otherwise(project, configure):
    project.makepyfile("def test_nothing(): pass")
    assert "batchmock: " not in project.runpytest().stdout.str()
    configure("batchmock_clock = manual")
    result = project.runpytest(flag("seed", "4"))
    result.stdout.fnmatch_lines(["batchmock: clock=manual, seed=4"])


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_in_words(pytestconfig, monkeypatch, name):
    text, message = WRONG[name]
    monkeypatch.setattr(pytestconfig.option, f"batchmock_{name}", text)
    with pytest.raises(MockUsageError) as raised:
        plugin._configured(pytestconfig)
    assert message in str(raised.value)


@pytest.mark.parametrize("quiet", [[], ["-qq", "--no-header"]], ids=["verbose", "quiet"])
def test_a_wrong_value_on_the_command_line_ends_the_run_at_once(project, quiet):
    project.makepyfile("def test_nothing(): pass")
    result = project.runpytest(flag("clock", "auto"), *quiet)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: batchmock: clock='auto': choose one of 'autojump', *"])
    assert "Traceback" not in result.stderr.str()


def test_a_wrong_value_in_the_ini_file_ends_the_run_at_once(project, configure):
    configure("batchmock_clock = auto")
    project.makepyfile("def test_nothing(): pass")
    result = project.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "batchmock: clock='auto': choose one of" in result.stderr.str()


def test_an_unknown_ini_option_is_told_by_strict_config(project, configure):
    configure("batchmock_clok = manual")
    project.makepyfile("def test_nothing(): pass")
    result = project.runpytest()
    assert result.ret != pytest.ExitCode.OK
    result.stderr.fnmatch_lines(["*Unknown config option: batchmock_clok*"])
