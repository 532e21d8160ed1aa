"""The science."""

from __future__ import annotations

from variants import genetics

REFERENCE = "ACGTTGCAACGTAGGC"


def test_a_read_is_put_where_it_fits_best():
    assert genetics.align(REFERENCE, ["TTGCA", "TAGGC"]) == [(3, "TTGCA"), (11, "TAGGC")]


def test_a_read_that_fits_nowhere_is_left_out():
    assert genetics.align("AAAAAAAA", ["CCCC"]) == []


def test_a_base_that_most_reads_have_is_a_variant():
    assert genetics.call("ACGT", [(0, "ATGT"), (0, "ATG"), (1, "TG")]) == [(2, "C", "T")]


def test_two_reads_are_not_enough():
    assert genetics.call("ACGT", [(0, "ATGT"), (0, "ATGT")]) == []
