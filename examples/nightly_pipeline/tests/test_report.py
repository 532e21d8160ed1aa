"""The arithmetic, without any AWS."""

from __future__ import annotations

import pytest
from nightly import report

READINGS = """\
station,name,time,temperature_c,rain_mm
W2,Beck Mill,2026-11-23T00:00Z,3.0,0.4
W1,Ash Common,2026-11-23T00:00Z,-1.5,0.0
W2,Beck Mill,2026-11-23T01:00Z,,0.8
W1,Ash Common,2026-11-23T01:00Z,0.5,-99.9
"""


def test_all_readings_of_a_station_are_in_one_shard():
    first, second = report.split(READINGS, stations_per_shard=1)

    assert [line.split(",")[0] for line in first.splitlines()] == ["station", "W1", "W1"]
    assert [line.split(",")[0] for line in second.splitlines()] == ["station", "W2", "W2"]


def test_a_day_without_readings_has_no_shards():
    assert report.split("station,name,time,temperature_c,rain_mm\n", stations_per_shard=1) == []


def test_gaps_are_counted_and_not_averaged():
    stations = report.summarise(READINGS)["stations"]

    assert stations["W1"] == {
        "name": "Ash Common",
        "min_c": -1.5,
        "max_c": 0.5,
        "mean_c": -0.5,
        "rain_mm": 0.0,
        "gaps": 1,
    }
    assert (stations["W2"]["mean_c"], stations["W2"]["rain_mm"], stations["W2"]["gaps"]) == (3.0, 1.2, 1)


def test_merging_parts_gives_what_the_whole_gives():
    parts = [report.summarise(shard) for shard in report.split(READINGS, stations_per_shard=1)]

    assert report.merge(parts) == report.summarise(READINGS)


def test_a_station_in_two_parts_is_refused():
    part = report.summarise(READINGS)

    with pytest.raises(ValueError, match="W1 is in two partial results"):
        report.merge([part, part])


def test_the_report_names_the_extremes():
    text = report.render("2026-11-23", report.summarise(READINGS))

    assert "coldest  Ash Common, -1.5 °C" in text
    assert "warmest  Beck Mill, 3.0 °C" in text
    assert "wettest  Beck Mill, 1.2 mm" in text


def test_a_night_without_a_single_temperature_still_has_a_report():
    dead = "station,name,time,temperature_c,rain_mm\nW1,Ash Common,2026-11-23T00:00Z,,0.4\n"

    text = report.render("2026-11-23", report.summarise(dead))

    assert "coldest" not in text
    assert "wettest  Ash Common, 0.4 mm" in text
