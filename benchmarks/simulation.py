"""``python -m benchmarks.simulation``: how the price of a simulated job grows with their number.

Each size runs in a process of its own. All jobs are submitted at one moment, so all of them live at
the peak: two classes on an EC2 environment of 4,000 vCPUs, with log-normal and exponential durations.
Time is processor time of the simulation alone; memory is what the peak of the process grew by, a job.
"""

from __future__ import annotations

import argparse
import json

from benchmarks import fresh

SIZES = (1_000, 10_000, 100_000, 1_000_000)

_PROGRAM = """
import json, resource, time
from pytest_batchmock.simulate.play import play
from pytest_batchmock.simulate.workload import parsed
WORKLOAD = '''
environments: {{od: {{type: EC2, max_vcpus: 4000}}}}
queues: {{q: {{environments: [od]}}}}
jobs:
  - {{name: short, queue: q, count: {half}, duration: {{lognormal: {{median: 1m, sigma: 0.5}}}}}}
  - {{name: long, queue: q, count: {half}, vcpus: 2, duration: {{exponential: 5m}},
      arrivals: {arrivals}}}
'''
workload = parsed(WORKLOAD)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
played = play(workload)
seconds = time.process_time() - began
assert played.figures.succeeded == {half} * 2, played.unfinished
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, peak * 1024, (peak - before) * 1024]))
"""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many jobs")
    parser.add_argument("--hourly", type=int, help="let half of the jobs come at that rate instead")
    given = parser.parse_args()
    arrivals = "{start: 0}" if given.hourly is None else f"{{per_hour: {given.hourly}}}"
    print("| jobs | seconds | jobs/s | µs a job | peak MiB | bytes a job |")
    print("|---:|---:|---:|---:|---:|---:|")
    for size in given.sizes:
        program = _PROGRAM.format(half=size // 2, arrivals=arrivals)
        seconds, peak, grown = json.loads(fresh.output_of(program))
        print(
            f"| {size:,} | {seconds:.1f} | {size / seconds:,.0f} | {seconds / size * 1e6:.0f} "
            f"| {peak / 2**20:,.0f} | {grown / size:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
