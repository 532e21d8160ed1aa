"""Tells what came of a workload: as plain data, and as text."""

from __future__ import annotations

from typing import Any

from pytest_batchmock.durations import to_text
from pytest_batchmock.simulate.figures import HOUR_MS, OfEnvironment, summed_up
from pytest_batchmock.simulate.play import Played
from pytest_batchmock.simulate.workload import Workload


def as_data(played: Played) -> dict[str, Any]:
    """The report as plain data. Waits are in seconds."""
    figures, workload = played.figures, played.workload
    queues: dict[str, Any] = {}
    for (queue, share), waits in sorted(figures.waits.items()):
        queues.setdefault(queue, []).append({"share": share or None, "wait": summed_up(waits)})
    environments, total, unpriced = {}, None, set()
    for name, found in sorted(figures.environments.items()):
        members: dict[str, Any] = {
            "type": found.type,
            "attempts": found.attempts,
            "interruptions": found.interruptions,
            "vcpu_hours": found.vcpu_hours,
            "gib_hours": found.gib_hours,
        }
        if found.instances:
            members["instances"] = found.instances
            members["instance_vcpu_hours"] = found.instance_vcpu_hours
            if workload.instance_prices:
                unpriced |= found.instance_ms.keys() - workload.instance_prices.keys()
        cost = _cost(found, workload)
        if cost is not None:
            members["cost"] = cost
            total = (total or 0.0) + cost
        environments[name] = members
    makespan_ms = figures.last_ms - (figures.first_ms or 0) if figures.ended else 0
    data: dict[str, Any] = {
        "jobs": {
            "submitted": played.workload.total,
            "succeeded": figures.succeeded,
            "failed": figures.failed,
        },
        "makespan": makespan_ms / 1000,
        "queues": queues,
        "environments": environments,
        "interruptions": sum(it.interruptions for it in figures.environments.values()),
        "vcpu_hours": sum(it.vcpu_hours for it in figures.environments.values()),
        "unfinished": [
            {"queue": queue, "status": status, "reason": reason or None, "jobs": count}
            for (queue, status, reason), count in played.unfinished.items()
        ],
    }
    if total is not None:
        data["cost"] = total
    if unpriced:
        data["unpriced"] = sorted(unpriced)
    return data


def _cost(found: OfEnvironment, workload: Workload) -> float | None:
    """What ran in an environment costs at the prices of the user; None where there is none."""
    price = workload.prices.get(found.type)
    if price is not None:
        return found.vcpu_hours * price.vcpu_hour + found.gib_hours * price.gib_hour
    priced = workload.instance_prices
    if not priced or not found.instances:
        return None
    part = 1.0
    if found.type == "SPOT":
        if workload.spot_percent is None:
            return None
        part = workload.spot_percent / 100
    hours = {name: ms / HOUR_MS for name, ms in found.instance_ms.items()}
    return part * sum(hours[name] * priced[name] for name in sorted(hours) if name in priced)


def as_text(played: Played) -> str:
    """The report as text for a terminal."""
    data = as_data(played)
    jobs = data["jobs"]
    ends = f"{jobs['succeeded']:,} succeeded, {jobs['failed']:,} failed"
    lines = [
        f"jobs           {jobs['submitted']:,}: {ends}",
        f"makespan       {_seconds(data['makespan'])}",
        f"vCPU-hours     {data['vcpu_hours']:,.2f}",
        f"interruptions  {data['interruptions']:,}",
    ]
    if "cost" in data:
        lines.append(f"cost           {data['cost']:,.2f} (instances and Fargate, at the prices given)")
    if "unpriced" in data:
        lines.append(f"               without {', '.join(data['unpriced'])}: no price was given")
    rows: list[tuple[str, ...]] = [("QUEUE", "SHARE", "ATTEMPTS", "WAIT: MEAN", "P50", "P95", "MAX")]
    for queue, shares in data["queues"].items():
        for entry in shares:
            wait = entry["wait"]
            times = (_seconds(wait[key]) for key in ("mean", "p50", "p95", "max"))
            rows.append((queue, entry["share"] or "", f"{wait['count']:,}", *times))
    lines += ["", *_table(rows)]
    rows = [("ENVIRONMENT", "TYPE", "ATTEMPTS", "INTERRUPTED", "VCPU-HOURS", "OF INSTANCES")]
    for name, it in data["environments"].items():
        hours = f"{it['vcpu_hours']:,.2f}"
        there = f"{it['instance_vcpu_hours']:,.2f}" if "instances" in it else ""
        rows.append((name, it["type"], f"{it['attempts']:,}", f"{it['interruptions']:,}", hours, there))
    lines += ["", *_table(rows)]
    for entry in data["unfinished"]:
        why = entry["reason"] or "it waits for the one before it, or for room"
        noun, verb = ("job", "stays") if entry["jobs"] == 1 else ("jobs", "stay")
        lines += ["", f"{entry['jobs']:,} {noun} of {entry['queue']} {verb} {entry['status']}: {why}"]
    return "\n".join(lines)


def _seconds(value: float | None) -> str:
    return "" if value is None else to_text(round(value * 1000))


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
