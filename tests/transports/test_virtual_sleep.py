"""Which sleeps pass virtual time; the real ones are replaced by a list here, so nothing waits."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from pytest_batchmock.transports import virtual_sleep


@pytest.fixture(autouse=True)
def real_sleeps(monkeypatch):
    """What was slept for real, instead of sleeping; below our wrappers, as the interpreter's own are."""
    slept = []
    real_async = asyncio.sleep

    def sleep(seconds):
        slept.append(seconds)

    async def async_sleep(delay, result=None):
        slept.append(delay)
        await real_async(0)
        return result

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(asyncio, "sleep", async_sleep)
    monkeypatch.setattr(asyncio.tasks, "sleep", async_sleep)
    return slept


@pytest.fixture
def client(make_client):
    return make_client(aws_access_key_id="a", aws_secret_access_key="b")


def ask(client):
    client.describe_jobs(jobs=["a"])


class TestPolling:
    def test_the_sleep_after_a_call_passes_virtually(self, client, target, real_sleeps):
        ask(client)
        time.sleep(30)

        assert target.sleeps == [30.0]
        assert real_sleeps == []

    def test_the_sleep_after_a_refused_call_does_too(self, client, target, real_sleeps):
        target.error = RuntimeError("any")
        with pytest.raises(RuntimeError):
            ask(client)
        time.sleep(30)

        assert target.sleeps == [30.0]

    def test_a_sleep_without_a_call_is_real(self, target, real_sleeps):
        time.sleep(30)

        assert target.sleeps == []
        assert real_sleeps == [30]

    def test_a_second_sleep_is_real(self, client, target, real_sleeps):
        ask(client)
        time.sleep(1)
        time.sleep(2)

        assert target.sleeps == [1.0]
        assert real_sleeps == [2]

    def test_a_sleep_of_zero_is_real_and_does_not_come_between(self, client, target, real_sleeps):
        ask(client)
        time.sleep(0)
        time.sleep(5)

        assert real_sleeps == [0]
        assert target.sleeps == [5.0]

    def test_a_call_in_another_thread_is_not_followed_by_this_ones_sleep(
        self, client, target, real_sleeps
    ):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(ask, client).result()
            time.sleep(1)
            pool.submit(time.sleep, 2).result()

        assert real_sleeps == [1]
        assert target.sleeps == [2.0]

    def test_the_note_of_a_mock_that_has_gone_counts_for_no_other(
        self, client, mocking, a_target, real_sleeps
    ):
        with mocking(a_target("outer")) as outer:
            with mocking(a_target("inner")) as inner:
                ask(client)
            time.sleep(1)
        with mocking(a_target("next")) as following:
            time.sleep(2)

        assert (outer.sleeps, inner.sleeps, following.sleeps) == ([], [], [])
        assert real_sleeps == [1, 2]

    def test_the_last_uninstall_forgets_the_notes_of_every_thread(
        self, client, mocking, a_target, real_sleeps
    ):
        same = a_target()
        with ThreadPoolExecutor(1) as pool:
            with mocking(same):
                pool.submit(ask, client).result()
            with mocking(same):
                pool.submit(time.sleep, 3).result()

        assert same.sleeps == []
        assert real_sleeps == [3]

    def test_botocores_waiters_sleep_virtually(self, client, target, real_sleeps):
        from botocore.waiter import WaiterModel, create_waiter_with_client

        target.members = {"jobs": [{"status": "RUNNING"}]}
        model = WaiterModel(
            {
                "version": 2,
                "waiters": {
                    "JobDone": {
                        "operation": "DescribeJobs",
                        "delay": 30,
                        "maxAttempts": 3,
                        "acceptors": [
                            {
                                "matcher": "path", "argument": "jobs[0].status",
                                "expected": "SUCCEEDED", "state": "success",
                            }
                        ],
                    }
                },
            }
        )  # fmt: skip
        waiter = create_waiter_with_client("JobDone", model, client)
        with pytest.raises(Exception, match="Max attempts exceeded"):
            waiter.wait(jobs=["a"])

        assert target.sleeps == [30.0, 30.0]
        assert real_sleeps == []

    def test_a_stall_raised_by_the_clock_reaches_the_sleeper(self, client, target):
        from pytest_batchmock.errors import StalledError

        def slept(_):
            raise StalledError("nothing can happen")

        target.slept = slept
        ask(client)
        with pytest.raises(StalledError):
            time.sleep(30)


class TestOtherModes:
    def test_all_takes_every_sleep(self, mocking, a_target, real_sleeps):
        with mocking(a_target(virtual_sleep="all")) as target:
            time.sleep(1)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(time.sleep, 2).result()

        assert target.sleeps == [1.0, 2.0]
        assert real_sleeps == []

    def test_off_takes_none(self, client, mocking, a_target, real_sleeps):
        with mocking(a_target(virtual_sleep="off")) as target:
            ask(client)
            time.sleep(1)

        assert target.sleeps == []
        assert real_sleeps == [1]

    @pytest.mark.parametrize("mode", ["polling", "all"])
    def test_a_real_clock_is_never_slept_virtually(self, client, mocking, a_target, real_sleeps, mode):
        with mocking(a_target(clock="real", virtual_sleep=mode)) as target:
            ask(client)
            time.sleep(1)

        assert target.sleeps == []
        assert real_sleeps == [1]


class TestAsyncio:
    def test_the_sleep_after_a_call_passes_virtually_and_yields_once(self, client, target, real_sleeps):
        order = []

        async def poll():
            ask(client)
            order.append("asked")
            assert await asyncio.sleep(30, "result") == "result"
            order.append("slept")

        async def other():
            order.append("other")

        async def both():
            await asyncio.gather(poll(), other())

        asyncio.run(both())
        assert target.sleeps == [30.0]
        assert order == ["asked", "other", "slept"]
        assert real_sleeps == [0]

    def test_the_call_of_another_task_does_not_count(self, client, target, real_sleeps):
        asked = None

        async def poll():
            ask(client)
            asked.set()

        async def other():
            await asked.wait()
            await asyncio.sleep(7)

        async def both():
            nonlocal asked
            asked = asyncio.Event()
            await asyncio.gather(poll(), other())

        asyncio.run(both())
        assert target.sleeps == []
        assert real_sleeps == [7]

    def test_a_task_does_not_inherit_the_call_of_its_creator(self, client, target, real_sleeps):
        async def heartbeat():
            await asyncio.sleep(7)

        async def main():
            ask(client)
            await asyncio.create_task(heartbeat())
            await asyncio.to_thread(time.sleep, 8)
            await asyncio.sleep(9)

        asyncio.run(main())
        assert real_sleeps == [7, 8, 0]
        assert target.sleeps == [9.0]

    def test_a_blocking_sleep_in_a_task_counts_as_the_tasks(self, client, target, real_sleeps):
        async def main():
            ask(client)
            time.sleep(3)

        asyncio.run(main())
        assert target.sleeps == [3.0]

    def test_two_mocks_in_one_gather_each_sleep_their_own(self, client, mocking, a_target):
        async def use(name, seconds):
            with mocking(a_target(name)) as target:
                ask(client)
                await asyncio.sleep(seconds)
            return target.sleeps

        async def both():
            return await asyncio.gather(use("left", 1), use("right", 2))

        assert asyncio.run(both()) == [[1.0], [2.0]]


class TestWhatIsLeftBehind:
    def test_the_sleeps_are_the_original_objects_again(self, mocking, a_target):
        before = (time.sleep, asyncio.sleep, asyncio.tasks.sleep)
        with mocking(a_target()), mocking(a_target()):
            assert time.sleep is not before[0]
            assert asyncio.sleep is not before[1]

        assert (time.sleep, asyncio.sleep, asyncio.tasks.sleep) == before

    def test_a_foreign_patch_over_ours_stays_and_ours_is_dormant(
        self, client, mocking, a_target, real_sleeps
    ):
        with mocking(a_target()) as target:
            ours = time.sleep

            def foreign(seconds):
                ours(seconds)

            time.sleep = foreign
            ask(client)

        assert time.sleep is foreign
        time.sleep(4)
        assert target.sleeps == []
        assert real_sleeps == [4]

    def test_a_foreign_patch_that_copies_our_attributes_is_not_taken_for_ours(
        self, mocking, a_target, real_sleeps
    ):
        import functools

        foreign_slept = []
        with mocking(a_target()):
            ours = time.sleep

            @functools.wraps(ours)
            def foreign(seconds):
                foreign_slept.append(seconds)

            time.sleep = foreign
        with mocking(a_target()):
            time.sleep(4)

        assert time.sleep is foreign
        assert foreign_slept == [4]

    def test_a_name_imported_while_a_mock_was_active_works_before_and_after(
        self, client, mocking, a_target, real_sleeps
    ):
        with mocking(a_target()):
            from time import sleep
        sleep(1)
        with mocking(a_target()) as target:
            ask(client)
            sleep(2)

        assert real_sleeps == [1]
        assert target.sleeps == [2.0]

    def test_uninstalling_too_often_is_a_mistake_that_is_told(self):
        with pytest.raises(RuntimeError, match="without a matching install"):
            virtual_sleep.uninstall()


class TestWhatTheRealSleepRefuses:
    @pytest.fixture(autouse=True)
    def real_sleeps(self):
        """The interpreter's own functions, for their own errors."""

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (float("inf"), OverflowError)],
    )
    def test_is_refused_after_a_call_as_well(self, client, target, wrong, error):
        ask(client)
        with pytest.raises(error):
            time.sleep(wrong)
        assert target.sleeps == []


class TestUnseenWaits:
    """A sleep whose name was bound before the mock: seen only as wall time between two calls."""

    @pytest.fixture
    def wall(self, monkeypatch):
        """The monotonic clock that the module reads, moved by hand."""
        wall = SimpleNamespace(now=100.0)
        monkeypatch.setattr(virtual_sleep, "_now", lambda: wall.now)
        return wall

    def test_a_gap_between_two_calls_is_told_with_the_place_of_the_call(
        self, make_client, mocking, a_target, wall
    ):
        client = make_client()
        virtual_target = a_target()
        with mocking(virtual_target):
            ask(client)
            wall.now += 2.5
            ask(client)

        [(seconds, where)] = virtual_target.waits
        line = ask.__code__.co_firstlineno + 1
        assert seconds == 2.5
        assert where == f"{__file__}:{line}"

    def test_a_short_gap_is_not_told(self, client, mocking, a_target, wall):
        with mocking(a_target()) as target:
            ask(client)
            wall.now += 0.4
            ask(client)

        assert target.waits == []

    def test_a_gap_with_a_sleep_that_was_seen_is_not_told(self, client, mocking, a_target, wall):
        with mocking(a_target()) as target:
            ask(client)
            time.sleep(3)
            wall.now += 3
            ask(client)

        assert target.waits == []

    @pytest.mark.parametrize("options", [{"clock": "real"}, {"virtual_sleep": "off"}])
    def test_a_gap_is_not_told_where_waiting_is_what_was_asked_for(
        self, client, mocking, a_target, wall, options
    ):
        with mocking(a_target(**options)) as target:
            ask(client)
            wall.now += 3
            ask(client)

        assert target.waits == []

    def test_the_gap_of_another_thread_is_not_ours(self, client, mocking, a_target, wall):
        with mocking(a_target()) as target:
            thread = threading.Thread(target=ask, args=(client,))
            thread.start()
            thread.join()
            wall.now += 3
            ask(client)

        assert target.waits == []

    def test_a_frozen_time_finds_no_clock_here_to_replace(self):
        # freezegun puts its own function wherever a module holds one of time's; its ticks are no waits
        assert time.monotonic not in vars(virtual_sleep).values()
        assert virtual_sleep._now() <= time.monotonic()
