"""A long seeded run of the machine, without hypothesis: ``python -m tests.stateful.long_run``.

Hypothesis looks for short stories, and shrinks them; this tells long ones, in which many jobs of all
kinds meet. A story is one pair of mocks, told 500 steps and then brought to its end. Invariants are
checked after every step, the two mocks are compared at times and at the end of every story.

A violation is printed with the seed of its story; ``--story SEED`` tells that one again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pytest_batchmock.domain.service_job import counts, is_preempted
from pytest_batchmock.engine.attempts import TIMED_OUT
from pytest_batchmock.engine.families.service import COMPLETED

from . import requests, resources
from .machine import STATUSES, Batches, answers_of
from .requests import Stop, Submission, Training
from .snapshot import every_job, snapshot

STEPS = 500
COMPARED_EVERY = 50

SUCCESSES = requests.OF_TRAININGS[: len(requests.AFTER)]

WEIGHTS = {
    "submit": 30,
    "submit_training": 8,
    "pass_time": 22,
    "step": 8,
    "plan": 5,
    "plan_on_spot": 3,
    "plan_on_instances": 3,
    "plan_node": 2,
    "plan_container": 2,
    "plan_trainings": 2,
    "stop": 8,
    "stop_training": 2,
    "buy": 3,
    "renew": 1,
    "switch": 1,
    "attach": 1,
    "create": 1,
    "replace": 0.5,
    "reclaim": 3,
    "fail_zone": 2,
    "trade": 1,
    "break_down": 2,
    "lack": 2,
    "prefer": 1,
    "resize": 1,
    "tag": 1,
    "ask": 4,
}
"""How often each is done; the resources change seldom, or nothing would run in the end."""


class Story(Batches):
    """One pair of mocks whose steps a seed decides.

    Attributes:
        seen: How many jobs of each kind were submitted.
        ended: How they ended.
        fates: What became of their attempts.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dice = random.Random(seed)
        self.seed = seed
        self.seen: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.fates: Counter[str] = Counter()

    def call(self, operation: str, /, **params: Any) -> dict[str, Any] | None:
        """Call both; that reads and refusals change nothing, the machine checks with hypothesis."""
        answer, other = answers_of((self.batch, self.twin), operation, params)
        assert answer == other, (operation, params, answer, other)
        return None if isinstance(answer, str) else answer

    def tell(self, steps: int) -> None:
        """All of it, checked after every step."""
        self.begin(seed=self.seed % 4, resource_latency=self.dice.choice([None, "3s"]), first=[])
        names = self.dice.choices([*WEIGHTS], [*WEIGHTS.values()], k=steps)
        for number, name in enumerate(names, start=1):
            self.do(name)
            self.everything_holds()
            self.time_never_falls()
            if number % COMPARED_EVERY == 0:
                assert snapshot(self.batch) == snapshot(self.twin)
        self.seen = Counter(_kind(job) for job in every_job(self.batch) if job.parent is None)
        self.ended = Counter(job.status for job in every_job(self.batch))
        self.fates = Counter(_fate(job, it) for job in every_job(self.batch) for it in job.attempts)
        self.teardown()

    def do(self, name: str) -> None:
        """One step."""
        getattr(self, name)(**getattr(self, f"_{name}")())

    # --- what a seed decides, for each of the machine's rules ------------------------------------

    def _submit(self) -> dict[str, Any]:
        pick = self.dice.choice
        submission = Submission(
            name=pick(requests.NAMES),
            queue=self._number(),
            definition=pick(requests.DEFINITIONS),
            size=pick(requests.SIZES),
            upstream=[(self._number(), pick(requests.CHILDREN)) for _ in range(pick([0, 0, 1, 2]))],
            dependency=pick(requests.DEPENDENCIES),
            attempts=pick([None, 1, 2, 3]),
            evaluate=self.dice.sample(requests.EVALUATIONS, pick([0, 0, 1, 2])),
            limit=pick(requests.LIMITS),
            share=pick(requests.SHARES),
            priority=pick(requests.PRIORITIES),
            nodes=pick(requests.NODES),
        )
        return {"submission": submission}

    def _submit_training(self) -> dict[str, Any]:
        pick = self.dice.choice
        given = Training(
            pick(requests.NAMES),
            pick([1, 1, 1, 2, 2, 3, 4]),
            pick([1, 2, 3]),
            pick(requests.LIMITS),
            pick(requests.QUOTA_SHARES),
            pick(requests.PRIORITIES),
            pick(requests.PREEMPTIONS),
        )
        return {"training": given}

    def _pass_time(self) -> dict[str, Any]:
        portion = self.dice.choice([0, 999, 1_000, 1_001, 10_000, 60_000, 300_000, 900_000])
        return {"portions_ms": [portion, self.dice.randrange(120_000)][: self.dice.choice([1, 2])]}

    def _step(self) -> dict[str, Any]:
        return {"steps": self.dice.randint(1, 4)}

    def _plan(self) -> dict[str, Any]:
        pick = self.dice.choice
        return {
            "name": pick(["*", *requests.NAMES]),
            "index": pick([None, None, 0, 1, 4]),
            "attempt": pick([None, None, 1, 2]),
            "planned": self._outcomes(requests.ON_ANY_HOST),
        }

    def _plan_on_spot(self) -> dict[str, Any]:
        return {"planned": self._outcomes(requests.ON_SPOT)}

    def _plan_on_instances(self) -> dict[str, Any]:
        queue = self.dice.choice(["on-demand", "pods"])
        return {"queue": queue, "planned": self._outcomes(requests.ON_INSTANCES)}

    def _plan_node(self) -> dict[str, Any]:
        planned = self._outcomes(requests.ON_ANY_HOST)
        name = self.dice.choice(["*", *requests.NAMES])
        return {"name": name, "node": self.dice.randint(0, 1), "planned": planned}

    def _plan_container(self) -> dict[str, Any]:
        name = self.dice.choice(["first", "main", "init", "sidecar"])
        return {"container": name, "planned": self._outcomes(requests.OF_CONTAINERS)}

    def _plan_trainings(self) -> dict[str, Any]:
        return {"planned": self._outcomes(requests.OF_TRAININGS)}

    def _outcomes(self, among: Sequence[Any]) -> list[Any]:
        """Half of the attempts succeed, or what depends on them would hardly ever run."""
        count = self.dice.choice([1, 2, 3])
        return [self.dice.choice(self.dice.choice([SUCCESSES, among])) for _ in range(count)]

    def _stop(self) -> dict[str, Any]:
        pick = self.dice.choice
        stop = Stop(
            self._number(), pick(requests.SUFFIXES), pick(requests.STOPS), pick(["no", "enough"])
        )
        return {"stop": stop}

    def _stop_training(self) -> dict[str, Any]:
        return {"job": self._number(), "reason": "enough"}

    def _buy(self) -> dict[str, Any]:
        pick = self.dice.choice
        return {
            "name": pick([*resources.LICENCES]),
            "change": pick(["SET", "ADD", "REMOVE"]),
            "quantity": pick([0, 1, 2, 3]),
        }

    def _renew(self) -> dict[str, Any]:
        return {"name": self.dice.choice([*resources.LICENCES])}

    def _switch(self) -> dict[str, Any]:
        pick = self.dice.choice
        return {
            "queue": self._number(),
            "environment": self._number(),
            "state": pick(["ENABLED", "ENABLED", "ENABLED", "DISABLED"]),
            "environment_too": pick([False, True]),
        }

    def _attach(self) -> dict[str, Any]:
        return {"queue": self._number(), "environments": [self._number()]}

    def _create(self) -> dict[str, Any]:
        pick = self.dice.choice
        return {
            "environment": self._number(),
            "priority": pick([1, 2, 3]),
            "kind": pick(["EC2", "SPOT", "EKS", "FARGATE"]),
            "vcpus": pick([1, 2, 3]),
        }

    def _replace(self) -> dict[str, Any]:
        return {"environment": self._number(), "terminate": self.dice.random() < 0.5}

    def _reclaim(self) -> dict[str, Any]:
        return {"fraction": self.dice.choice([0.3, 1]), "notice": self.dice.choice([0, 30, 120])}

    def _fail_zone(self) -> dict[str, Any]:
        zone = self.dice.choice([*resources.ZONES.values()])
        return {"zone": zone, "fails": self.dice.random() < 0.25}

    def _trade(self) -> dict[str, Any]:
        pick = self.dice.choice
        return {
            "instances": pick([None, None, None, 0, 1]),
            "rate": pick([None, 2]),
            "percent": pick([None, None, 120]),
        }

    def _break_down(self) -> dict[str, Any]:
        what = self.dice.choice([*[None] * 12, *requests.BREAKDOWNS])
        return {"environment": self.dice.randrange(10), "what": what}

    def _lack(self) -> dict[str, Any]:
        name = self.dice.choice([resources.TRAININGS, resources.QUOTAS])
        return {"name": name, "lacks": self.dice.random() < 0.3}

    def _prefer(self) -> dict[str, Any]:
        return {"job": self._number(), "priority": self.dice.choice(requests.PRIORITIES)}

    def _resize(self) -> dict[str, Any]:
        share = self.dice.choice([*resources.SHARES])
        return {"share": share, "most": self.dice.choice([1, 2, 3])}

    def _tag(self) -> dict[str, Any]:
        return {"job": self._number(), "key": self.dice.choice("ab"), "remove": self.dice.random() < 0.5}

    def _ask(self) -> dict[str, Any]:
        return {
            "chosen": [self._number()],
            "suffix": self.dice.choice(["", ":1", "#0"]),
            "queue": self._number(),
            "status": self.dice.choice([None, *STATUSES]),
            "most": self.dice.choice([None, 3]),
        }

    def _number(self) -> int:
        """Which of the jobs: mostly one of the last, as those are still at work."""
        if self.jobs and self.dice.random() < 0.6:
            return max(0, len(self.jobs) - self.dice.randint(1, 8))
        return self.dice.randrange(10)


def _fate(job: Any, attempt: Any) -> str:
    reason = str(attempt.status_reason)
    if not counts(attempt):
        return "preempted" if is_preempted(attempt) else "without capacity"
    if reason.startswith("Host EC2"):
        spot = job.spec.num_nodes == 0 and attempt.environment.is_spot
        return "lost with a Spot host" if spot else "lost with a host"
    if reason == TIMED_OUT.status_reason:
        return "over the time limit"
    return (
        "succeeded" if attempt.exit_code == 0 or reason == COMPLETED else "failed or ended by the user"
    )


def _kind(job: Any) -> str:
    spec = job.spec
    if job.is_service:
        return "service"
    if spec.num_nodes:
        return "multi-node"
    if spec.array_size:
        return "array"
    return "single" if spec.definition.name in ("plain", "large", "patient") else spec.definition.name


def main() -> int:
    """Tell stories until there are enough steps; returns 1 if anything was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.stateful.long_run", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first story")
    parser.add_argument("--story", type=int, help="tell only the story with this seed")
    given = parser.parse_args()
    seeds = range(given.seed, given.seed + max(1, given.steps // STEPS))
    if given.story is not None:
        seeds = range(given.story, given.story + 1)
    began = time.perf_counter()
    kinds: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    fates: Counter[str] = Counter()
    violated = []
    for seed in seeds:
        story = Story(seed)
        try:
            story.tell(STEPS)
        except Exception:
            violated.append(seed)
            print(f"story {seed}:\n{traceback.format_exc()}", flush=True)
        kinds += story.seen
        ended += story.ended
        fates += story.fates
    print(
        f"{len(seeds) * STEPS} steps in {time.perf_counter() - began:.0f} s, {kinds.total()} jobs "
        f"({', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}), "
        f"with children and nodes {ended.total()}: "
        f"{', '.join(f'{count} {status}' for status, count in ended.most_common())}; attempts: "
        f"{', '.join(f'{count} {fate}' for fate, count in fates.most_common())}; "
        f"{len(violated)} violations{f': stories {violated}' if violated else ''}"
    )
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
