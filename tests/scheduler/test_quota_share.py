"""Quota shares against examples computed by hand, and as properties of one look at random queues."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheduler.quota_builders import UNIT, a_share, a_view, decided, holds, waits

from pytest_batchmock.scheduler import quota_share
from pytest_batchmock.scheduler.quota_view import QuotaShareView, QuotaView
from pytest_batchmock.scheduler.service_placement import MAX_RESOURCE
from pytest_batchmock.scheduler.view import Block, Place, Preempt


def test_a_share_uses_its_own_capacity_and_no_more() -> None:
    share = a_share("a", 3, waiting=(waits("one", 2), waits("two", 2), waits("three", 1)))
    assert decided(a_view(10, share)) == {"placed": ["one"], "stopped": [], "waiting": ["two"]}


def test_a_share_that_reserves_does_not_lend() -> None:
    borrower = a_share("b", 2, "LEND_AND_BORROW", waiting=(waits("large", 3),))
    assert decided(a_view(6, a_share("a", 4, "RESERVE"), borrower))["placed"] == []


@pytest.mark.parametrize("strategy", ["LEND", "LEND_AND_BORROW"])
def test_idle_capacity_of_a_share_that_lends_is_borrowed(strategy: str) -> None:
    borrower = a_share("b", 2, "LEND_AND_BORROW", waiting=(waits("large", 6), waits("more", 1)))
    found = decided(a_view(6, a_share("a", 4, strategy), borrower))
    assert found == {"placed": ["large"], "stopped": [], "waiting": ["more"]}


def test_a_share_that_lends_does_not_borrow() -> None:
    other = a_share("b", 2, "LEND", waiting=(waits("large", 3),))
    assert decided(a_view(6, a_share("a", 4, "LEND"), other))["placed"] == []


@pytest.mark.parametrize(("percent", "most"), [(0, 2), (50, 3), (100, 4), (200, 6), (None, 10)])
def test_the_borrow_limit_is_a_percentage_of_the_own_limit(percent: int | None, most: int) -> None:
    """A limit of 2 and a borrow limit of 100: four instances at most (user guide)."""
    singles = tuple(waits(str(number), 1) for number in range(12))
    borrower = a_share("b", 2, "LEND_AND_BORROW", borrow=percent, waiting=singles)
    assert len(decided(a_view(10, a_share("a", 8, "LEND"), borrower))["placed"]) == most


def test_idle_capacity_goes_to_borrowers_first_come_first_served() -> None:
    first, second, third = waits("first", 2), waits("second", 2), waits("third", 2)
    one = a_share("one", 0, "LEND_AND_BORROW", waiting=(second,))
    two = a_share("two", 0, "LEND_AND_BORROW", waiting=(first, third))
    found = decided(a_view(4, one, two, a_share("lender", 4, "LEND")))
    assert found == {"placed": ["first", "second"], "stopped": [], "waiting": ["third"]}


def test_own_jobs_come_before_older_borrowers() -> None:
    borrower = a_share("b", 0, "LEND_AND_BORROW", waiting=(waits("older", 2),))
    owner = a_share("a", 2, "LEND", waiting=(waits("younger", 2),))
    assert decided(a_view(2, borrower, owner))["placed"] == ["younger"]


def test_the_service_environment_bounds_shares_that_promise_more() -> None:
    shares = [a_share(name, 3, waiting=(waits(name, 3),)) for name in "ab"]
    assert decided(a_view(4, *shares)) == {"placed": ["a"], "stopped": [], "waiting": ["b"]}


def test_an_environment_that_takes_no_jobs_lets_all_wait() -> None:
    share = a_share("a", 3, waiting=(waits("one", 1), waits("two", 1)))
    assert decided(a_view(4, share, is_usable=False))["waiting"] == ["one"]


def _borrowed_by(*holders: object, limit: int, waiting: tuple[object, ...] = ()) -> QuotaShareView:
    return a_share("b", limit, "LEND_AND_BORROW", holders=holders, waiting=waiting)  # type: ignore[arg-type]


def test_just_enough_borrowers_are_stopped_the_lowest_priority_and_youngest_first() -> None:
    borrower = _borrowed_by(
        holds("high", 1, priority=5, since=9),
        holds("old", 1, since=1),
        holds("middle", 1, since=2),
        holds("young", 1, since=3),
        limit=0,
    )
    owner = a_share("a", 4, "LEND", waiting=(waits("mine", 2),))
    view = a_view(4, owner, borrower)
    stopped = [it for it in quota_share.decide(view) if isinstance(it, Preempt)]
    assert [it.job.name for it in stopped] == ["young", "middle"]
    assert {it.reason for it in stopped} == {quota_share.CROSS_SHARE}


def test_what_was_lent_is_taken_back_before_the_idle_capacity_of_a_share_that_reserves() -> None:
    borrower = _borrowed_by(holds("own", 4, since=1), holds("lent", 2, since=2), limit=4)
    owner = a_share("a", 2, "LEND", waiting=(waits("mine", 2),))
    view = a_view(8, borrower, owner, a_share("r", 2, "RESERVE"))
    assert decided(view) == {"placed": [], "stopped": ["lent"], "waiting": ["mine"]}


def test_limits_that_add_up_to_too_much_keep_no_share_from_capacity_that_is_free() -> None:
    owner = a_share("a", 2, "LEND", waiting=(waits("mine", 2),))
    assert decided(a_view(4, owner, a_share("r", 4, "RESERVE")))["placed"] == ["mine"]


def test_nobody_is_stopped_in_vain() -> None:
    """The small one would be first, but the large one has to go anyway, and is enough."""
    borrower = _borrowed_by(holds("small", 1, since=2), holds("large", 3, since=1), limit=0)
    owner = a_share("a", 4, "LEND", waiting=(waits("mine", 3),))
    assert decided(a_view(4, owner, borrower))["stopped"] == ["large"]


def test_what_a_share_uses_within_its_limits_is_not_taken() -> None:
    borrower = _borrowed_by(holds("own", 2, since=1), holds("lent", 1, since=2), limit=2)
    owner = a_share("a", 1, "LEND", waiting=(waits("mine", 1),))
    assert decided(a_view(3, owner, borrower))["stopped"] == ["lent"]


def test_nobody_is_stopped_while_enough_is_being_stopped_and_nobody_else_gets_it() -> None:
    borrower = _borrowed_by(
        holds("going", 2, is_stopping=True), holds("stays", 2), limit=0, waiting=(waits("greedy", 1),)
    )
    owner = a_share("a", 4, "LEND", waiting=(waits("mine", 2),))
    assert decided(a_view(4, owner, borrower)) == {
        "placed": [],
        "stopped": [],
        "waiting": ["greedy", "mine"],
    }


def test_nobody_is_stopped_for_a_job_that_would_borrow() -> None:
    borrower = _borrowed_by(holds("first", 2), limit=0)
    late = a_share("late", 0, "LEND_AND_BORROW", waiting=(waits("late", 2, priority=9),))
    assert decided(a_view(2, a_share("a", 2, "LEND"), borrower, late))["stopped"] == []


def test_a_lowered_limit_makes_the_jobs_of_a_share_that_reserves_eligible() -> None:
    lowered = a_share("a", 1, "RESERVE", holders=(holds("old", 1, since=1), holds("young", 1, since=2)))
    other = a_share("b", 1, "RESERVE", waiting=(waits("theirs", 1),))
    assert decided(a_view(2, lowered, other))["stopped"] == ["young"]


@pytest.mark.parametrize(("within", "stopped"), [(True, ["low"]), (False, [])])
def test_a_higher_priority_stops_a_lower_one_of_the_same_share_if_enabled(
    within: bool, stopped: list[str]
) -> None:
    share = a_share(
        "a",
        2,
        within=within,
        waiting=(waits("head", 1, priority=5),),
        holders=(holds("low", 1, priority=1), holds("same", 1, priority=5)),
    )
    assert decided(a_view(2, share))["stopped"] == stopped


def test_a_share_borrows_before_it_stops_its_own() -> None:
    share = a_share(
        "a",
        1,
        "LEND_AND_BORROW",
        within=True,
        waiting=(waits("head", 1, priority=5),),
        holders=(holds("low", 1),),
    )
    found = decided(a_view(2, share, a_share("b", 1, "LEND")))
    assert (found["placed"], found["stopped"]) == (["head"], [])


def _reason(share: QuotaShareView, capacity: int = 20) -> str | None:
    (decision,) = quota_share.decide(a_view(capacity, share, a_share("lender", 6, "LEND")))
    assert isinstance(decision, Block)
    return decision.reason


def test_a_job_larger_than_its_share_tells_which_limit_it_exceeds() -> None:
    def share(amount: int, strategy: str, borrow: int | None = None, limit: int = 2) -> QuotaShareView:
        return a_share("a", limit, strategy, borrow=borrow, waiting=(waits("job", amount),))

    assert _reason(share(3, "RESERVE")) == quota_share.EXCEEDS_LIMITS
    assert _reason(share(3, "LEND")) == quota_share.EXCEEDS_LIMITS
    assert _reason(share(5, "LEND_AND_BORROW", 100)) == quota_share.EXCEEDS_BORROWING
    assert _reason(share(3, "LEND_AND_BORROW", 0)) == quota_share.EXCEEDS_BORROWING
    assert _reason(share(9, "LEND_AND_BORROW")) == quota_share.EXCEEDS_BORROWABLE
    assert _reason(share(9, "LEND_AND_BORROW", 500)) == quota_share.EXCEEDS_BORROWABLE
    assert _reason(share(5, "RESERVE", limit=9), capacity=4) == MAX_RESOURCE


def test_a_job_that_only_has_to_wait_has_no_reason() -> None:
    share = a_share("a", 2, holders=(holds("runs", 1),), waiting=(waits("job", 2),))
    assert _reason(share) is None


# --- Properties -------------------------------------------------------------------------------------

_STRATEGIES = st.sampled_from(["RESERVE", "LEND", "LEND_AND_BORROW"])


@st.composite
def _queues(draw: st.DrawFn, strategies: st.SearchStrategy[str] = _STRATEGIES) -> QuotaView:
    """Two to four shares; those who hold instances are within what the environment has."""
    shares, limits, held = [], 0, 0
    for number in range(draw(st.integers(2, 4))):
        limit = draw(st.integers(0, 4))
        amounts = draw(st.lists(st.integers(1, 3), max_size=3))
        waiting = tuple(waits("w", draw(st.integers(1, 5)), draw(st.integers(0, 2))) for _ in range(3))
        holders = tuple(
            holds("h", amount, priority=draw(st.integers(0, 2)), is_stopping=draw(st.booleans()))
            for amount in amounts
        )
        limits, held = limits + limit, held + sum(amounts)
        shares.append(
            a_share(
                str(number),
                limit,
                draw(strategies),
                borrow=draw(st.sampled_from([None, 0, 50, 100])),
                within=draw(st.booleans()),
                waiting=tuple(sorted(waiting, key=lambda it: (-it.priority, it.job.key))),
                holders=holders,
            )
        )
    return a_view(max(limits, held), *shares)


@given(_queues())
def test_no_decision_exceeds_a_limit_and_every_waiting_head_is_told_once(view: QuotaView) -> None:
    shares = {share.name: share for share in view.shares}
    used = {name: sum(it.amount for it in share.holders) for name, share in shares.items()}
    owner = {it.job.key: name for name, share in shares.items() for it in share.holders}
    amounts = {it.job.key: it.amount for share in view.shares for it in share.holders}
    for name, share in shares.items():
        demands = list(share.waiting)
        owner |= {it.job.key: name for it in demands}
        amounts |= {it.job.key: it.amount for it in demands}
        share.waiting = iter(demands)
    free = view.free[UNIT]
    blocked, stopped = [], []
    for decision in quota_share.decide(view):
        key = decision.job.key
        if isinstance(decision, Place):
            free -= amounts[key]
            used[owner[key]] += amounts[key]
            assert free >= 0
            share = shares[owner[key]]
            most = share.most(UNIT)
            stopping = sum(it.amount for it in share.holders if it.is_stopping or it.job.key in stopped)
            assert most is None or used[owner[key]] - stopping <= most
        elif isinstance(decision, Preempt):
            stopped.append(key)
        else:
            blocked.append(owner[key])
    assert len(blocked) == len(set(blocked))
    assert len(stopped) == len(set(stopped))


@given(_queues(st.just("LEND_AND_BORROW")))
def test_nothing_that_a_head_could_use_stays_idle_where_all_lend_and_borrow_without_limit(
    view: QuotaView,
) -> None:
    for share in view.shares:
        share.borrow_limit_percent, share.preempts_within = None, False
        share.holders = [it._replace(is_stopping=False) for it in share.holders]
    free = view.free[UNIT]
    demands = {}
    for share in view.shares:
        waiting = list(share.waiting)
        demands |= {it.job.key: it.amount for it in waiting}
        share.waiting = iter(waiting)
    decisions = list(quota_share.decide(view))
    free -= sum(demands[it.job.key] for it in decisions if isinstance(it, Place))
    if not any(isinstance(it, Preempt) for it in decisions):
        limits = sum(share.limit(UNIT) for share in view.shares)
        idle = free if view.environment.capacity[UNIT] == limits else 0
        assert all(demands[it.job.key] > idle for it in decisions if isinstance(it, Block))
