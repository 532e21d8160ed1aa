"""The machine, run by pytest; its size is the profile that `conftest` chooses."""

from __future__ import annotations

from .machine import Batches

TestBatches = Batches.TestCase
