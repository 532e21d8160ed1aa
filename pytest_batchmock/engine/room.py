"""The index of free room: which running instance takes a job, without looking at all of them.

Instances lie in levels by (free GPUs, free vCPUs). Within a level the one with the most free memory
is in front: if that has too little, none of the level has enough. So a search looks at as many
levels as there are different amounts of free vCPUs, not at as many instances as there are.

The fullest instance that still fits is taken, so that others become idle and can leave (inferred:
how Batch packs is not published). Instances with GPUs are the last that jobs without get.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import heapify, heappop, heappush

from pytest_batchmock.domain.instance import Instance
from pytest_batchmock.domain.requirements import Requirements

Level = tuple[int, int]  # free GPUs, free vCPUs in thousandths
_Entry = tuple[int, int, int, Instance]  # -free memory, order of entry, version, instance

_SLACK = 32


class FreeRoom:
    """The instances of one environment that can take jobs."""

    def __init__(self) -> None:
        self._heaps: dict[Level, list[_Entry]] = {}
        self._live: dict[Level, int] = {}
        self._levels: list[Level] = []
        self._entered = 0

    def find(self, need: Requirements) -> Instance | None:
        """The fullest instance that has room for `need`, or None. It stays where it is."""
        levels = self._levels
        for position in range(bisect_left(levels, (need.gpus, need.mvcpus)), len(levels)):
            level = levels[position]
            if level[1] < need.mvcpus:
                continue
            heap = self._heaps[level]
            while heap and heap[0][3].version != heap[0][2]:  # it has moved since
                heappop(heap)
            if heap and -heap[0][0] >= need.memory_mib:
                return heap[0][3]
        return None

    def put(self, instance: Instance) -> None:
        """Have `instance` where its free room belongs; one that is there already moves."""
        kind = instance.type  # `instance.free`, taken apart: this runs twice for every job
        level = (kind.gpus - instance.used_gpus, kind.vcpus * 1000 - instance.used_mvcpus)
        instance.version += 1
        if instance.level != level:
            if instance.level is not None:
                self._leave(instance.level)
            instance.level = level
            live = self._live.get(level, 0) + 1
            self._live[level] = live
            if live == 1:
                self._heaps[level] = []
                insort(self._levels, level)
        self._entered += 1
        heap = self._heaps[level]
        memory_mib = kind.job_memory_mib - instance.used_memory_mib
        heappush(heap, (-memory_mib, self._entered, instance.version, instance))
        if len(heap) > 2 * self._live[level] + _SLACK:
            heap[:] = [entry for entry in heap if entry[3].version == entry[2]]
            heapify(heap)

    def drop(self, instance: Instance) -> None:
        """Let `instance` take no more jobs."""
        instance.version += 1
        level, instance.level = instance.level, None
        if level is not None:
            self._leave(level)

    def _leave(self, level: Level) -> None:
        live = self._live[level] - 1
        if live:
            self._live[level] = live
        else:
            del self._live[level], self._heaps[level]
            del self._levels[bisect_left(self._levels, level)]
