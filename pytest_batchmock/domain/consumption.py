"""Which consumable resources a job needs, and how much of each."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_batchmock.domain.consumable_resource import ConsumableResource
from pytest_batchmock.domain.job import JobSpec


def needs(spec: JobSpec) -> Iterator[tuple[ConsumableResource, int]]:
    """The resources that exist, with the quantity of each; those that were deleted are left out."""
    known = spec.region.consumable_resources
    for entry in spec.consumables:
        resource = known.get(str(entry["consumableResource"]).rpartition("/")[2])
        if resource is not None:
            yield resource, int(entry.get("quantity", 0))


def needed_quantity(spec: JobSpec, resource: ConsumableResource) -> int:
    """How much of `resource` a job of `spec` needs."""
    return sum(quantity for entry, quantity in needs(spec) if entry is resource)


def can_be_taken(spec: JobSpec) -> bool:
    """Whether all that the job needs is available now: all or nothing (user guide).

    The nodes of a multi-node job need each its own.
    """
    together: dict[ConsumableResource, int] = {}
    for resource, quantity in needs(spec):
        together[resource] = together.get(resource, 0) + quantity
    return all(quantity <= resource.available for resource, quantity in together.items())


def take(spec: JobSpec) -> None:
    """Take what the job needs; what cannot be replenished is gone for good."""
    for resource, quantity in needs(spec):
        if resource.is_replenishable:
            resource.in_use += quantity
        else:
            resource.total -= quantity


def give_back(spec: JobSpec, taken_at_ms: int) -> None:
    """Give back what the job took and can be used again.

    Of a resource that was deleted and made anew since, it has taken nothing.
    """
    for resource, quantity in needs(spec):
        if resource.is_replenishable and resource.created_at_ms < taken_at_ms:
            resource.in_use -= quantity
