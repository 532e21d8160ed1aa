"""From readings to a report. Pure: text and numbers in, text and numbers out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

Summary = dict[str, Any]

NO_VALUE = ("", "-99.9")
"""What a station sends when a sensor gave no value."""


def split(readings: str, stations_per_shard: int) -> list[str]:
    """Cut the readings of a day into CSV texts of a few stations each.

    All readings of one station stay together, so that a worker can tell its minimum and mean.
    """
    rows = list(csv.reader(io.StringIO(readings)))
    header = rows[0]
    by_station: dict[str, list[list[str]]] = {}
    for row in rows[1:]:
        by_station.setdefault(row[0], []).append(row)
    stations = sorted(by_station)
    shards = []
    for start in range(0, len(stations), stations_per_shard):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for station in stations[start : start + stations_per_shard]:
            writer.writerows(by_station[station])
        shards.append(out.getvalue())
    return shards


def summarise(shard: str) -> Summary:
    """The day of each station of a shard."""
    by_station: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(shard)):
        by_station.setdefault(row["station"], []).append(row)
    return {"stations": {station: _day(rows) for station, rows in by_station.items()}}


def merge(parts: Iterable[Summary]) -> Summary:
    """One summary of several; merging merged ones gives the same.

    Raises:
        ValueError: Two parts hold the same station: somebody mixed the files of two runs.
    """
    stations: dict[str, Summary] = {}
    for part in parts:
        twice = stations.keys() & part["stations"].keys()
        if twice:
            raise ValueError(f"Station {min(twice)} is in two partial results.")
        stations.update(part["stations"])
    return {"stations": stations}


def render(date: str, summary: Summary) -> str:
    """The report as people read it."""
    days = sorted(summary["stations"].values(), key=lambda day: day["name"])
    measured = [day for day in days if day["mean_c"] is not None]
    lines = [f"Weather of {date}: {len(days)} stations", ""]
    if measured:
        lines.append(_extreme("coldest", min(measured, key=lambda day: day["min_c"]), "min_c", "°C"))
        lines.append(_extreme("warmest", max(measured, key=lambda day: day["max_c"]), "max_c", "°C"))
    lines.append(_extreme("wettest", max(days, key=lambda day: day["rain_mm"]), "rain_mm", "mm"))
    lines += ["", f"{'station':<20}{'min °C':>8}{'mean °C':>9}{'max °C':>8}{'rain mm':>9}{'gaps':>6}"]
    for day in days:
        lines.append(
            f"{day['name']:<20}{_number(day['min_c']):>8}{_number(day['mean_c']):>9}"
            f"{_number(day['max_c']):>8}{_number(day['rain_mm']):>9}{day['gaps']:>6}"
        )
    return "\n".join(lines) + "\n"


def _day(rows: Sequence[dict[str, str]]) -> Summary:
    temperatures = [float(row["temperature_c"]) for row in rows if row["temperature_c"] not in NO_VALUE]
    rain = [float(row["rain_mm"]) for row in rows if row["rain_mm"] not in NO_VALUE]
    mean = round(sum(temperatures) / len(temperatures), 2) if temperatures else None
    return {
        "name": rows[0]["name"],
        "min_c": min(temperatures, default=None),
        "max_c": max(temperatures, default=None),
        "mean_c": mean,
        "rain_mm": round(sum(rain), 1),
        "gaps": 2 * len(rows) - len(temperatures) - len(rain),
    }


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _extreme(word: str, day: Summary, member: str, unit: str) -> str:
    return f"{word:<9}{day['name']}, {day[member]:.1f} {unit}"
