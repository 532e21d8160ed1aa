"""How long jobs run and when they arrive. Every draw is keyed: the same seed gives the same workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, log, log1p
from statistics import NormalDist
from typing import Final

from pytest_batchmock.domain.ids import keyed_fraction

HOUR_MS: Final = 3_600_000
_NORMAL: Final = NormalDist()
_ALMOST_NOTHING: Final = 1e-12

Sample = Callable[[float], int]
"""From a number in [0, 1) to milliseconds, at least one: the inverse of a distribution."""


def fixed(ms: int) -> Sample:
    """Always the same."""
    return lambda luck: max(ms, 1)


def uniform(least_ms: int, most_ms: int) -> Sample:
    """Anything between two bounds, as likely as anything else."""
    return lambda luck: max(round(least_ms + (most_ms - least_ms) * luck), 1)


def exponential(mean_ms: int) -> Sample:
    """As if it could end at any moment."""
    return lambda luck: max(round(-mean_ms * log1p(-luck)), 1)


def lognormal(median_ms: int, sigma: float) -> Sample:
    """Most are near the median, a few take far longer; `sigma` is that of the logarithm."""
    middle = log(max(median_ms, 1))
    return lambda luck: max(round(exp(middle + sigma * _NORMAL.inv_cdf(luck or _ALMOST_NOTHING))), 1)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When the jobs of a class are submitted.

    Attributes:
        start_ms: When the first could be, after the start of the simulation.
        every_ms: The time between two; 0: all at once.
        per_hour: Instead: how many come in an hour on average, at random (a Poisson process).
    """

    start_ms: int = 0
    every_ms: int = 0
    per_hour: float | None = None

    def times(self, count: int, seed: int, name: str) -> Iterator[int]:
        """The moments of `count` submits, in milliseconds after the start, in their order."""
        if self.per_hour is None:
            for number in range(count):
                yield self.start_ms + number * self.every_ms
            return
        at_ms = float(self.start_ms)
        for number in range(count):
            luck = keyed_fraction(seed, "arrival", f"{name}/{number}")
            at_ms -= log1p(-luck) / self.per_hour * HOUR_MS
            yield round(at_ms)
