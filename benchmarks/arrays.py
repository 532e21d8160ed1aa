"""An array of 10,000 children, from SubmitJob to all SUCCEEDED, in a loop that polls the parent.

Fargate with 256 vCPUs, one a child, 60 seconds each: forty waves. The program polls every 30 seconds;
with batchmock those are virtual, and every child passes through all statuses. With moto all children
have SUCCEEDED when SubmitJob answers, so it never sleeps.

Time and memory are measured in processes of their own: tracing allocations costs time.
"""

from __future__ import annotations

import json
import statistics

from benchmarks import fresh
from benchmarks.contenders import CONTENDERS
from benchmarks.table import Row, count, human, size

SIZE = 10_000

SECONDS = "array of 10,000, SubmitJob to SUCCEEDED"
POLLS = "the same: polls"
MEMORY = "the same: memory a child"
AIMS = {SECONDS: "≤ 600 ms", POLLS: "< 300", MEMORY: "< 1024 B"}

_PROGRAM = """
import gc, json, time, tracemalloc
from benchmarks.contenders import CONTENDERS, PLAIN, dummy_credentials
dummy_credentials()
contender = next(c for c in CONTENDERS if c.name == {name!r})()
with contender.active() as make_client:
    contender.make_resources(fargate=True)
    client = make_client()
    job_id = client.submit_job(**PLAIN)["jobId"]  # warms up
    client.describe_jobs(jobs=[job_id])
    gc.collect()
    if {traced}:
        tracemalloc.start()
    polls, began = 0, time.perf_counter()
    parent = client.submit_job(**PLAIN, arrayProperties={{"size": {size}}})["jobId"]
    while True:
        polls += 1
        job = client.describe_jobs(jobs=[parent])["jobs"][0]
        if job["status"] in ("SUCCEEDED", "FAILED"):
            break
        time.sleep(30)
    seconds = time.perf_counter() - began
    gc.collect()
    memory = tracemalloc.get_traced_memory()[0] if {traced} else 0
assert job["arrayProperties"]["statusSummary"]["SUCCEEDED"] == {size}, job
print(json.dumps([seconds, polls, memory]))
"""


def rows(repeats: int) -> list[Row]:
    """Run the program in fresh processes, contenders in turn, and make the rows of the table."""
    names = [contender.name for contender in CONTENDERS if contender.runs_whole_tests]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    polls: dict[str, float] = {}
    for _ in range(repeats):
        for name in names:
            took, polls[name], _ = _run(name, traced=False)
            seconds[name].append(took)
    memory = {name: _run(name, traced=True)[2] / SIZE for name in names}
    medians = {name: statistics.median(samples) for name, samples in seconds.items()}
    return [
        Row(SECONDS, medians, AIMS[SECONDS], human),
        Row(POLLS, polls, AIMS[POLLS], count),
        Row(MEMORY, memory, AIMS[MEMORY], size),
    ]


def _run(name: str, *, traced: bool) -> tuple[float, float, float]:
    seconds, polls, memory = json.loads(
        fresh.output_of(_PROGRAM.format(name=name, size=SIZE, traced=traced))
    )
    return seconds, polls, memory
