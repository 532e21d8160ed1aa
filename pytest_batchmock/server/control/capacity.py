"""The verbs about capacity: the Spot market, zones, clusters, environments, instances.

What each takes, and of which types, comes from the method of the mock that it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from pytest_batchmock.control.fleet import Cluster, Environment
from pytest_batchmock.control.spot import Spot
from pytest_batchmock.control.verbs import Kinds, kinds_of
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.observe.instances import Instances, InstanceView
from pytest_batchmock.server.asked import (
    Asked,
    Members,
    Route,
    Routes,
    as_text,
    checked,
    needed,
    newest,
    now_of,
)

_ZONE: Final[Kinds] = {"zone": (str, "the name of an availability zone, such as 'us-east-1a'")}
_CLUSTER: Final[Kinds] = {"cluster": (str, "the ecsClusterArn of an environment")}
_ENVIRONMENT: Final[Kinds] = {"environment": (str, "the name of an environment")}


# --- Spot ----------------------------------------------------------------------------------------


def _spot(asked: Asked) -> Members:
    return {"hosts": asked.mock.spot.hosts}


def _reclaim(asked: Asked) -> Members:
    """Reclaim the host of a job, an instance, or a share of all hosts on Spot."""
    hosts = asked.mock.spot.reclaim(**checked(asked.body, kinds_of(Spot.reclaim)))
    return {"hosts": hosts} | now_of(asked.mock)


def _of_spot(verb: Callable[..., None], must: str, text: str) -> Route:
    """A verb that says something of the market. Null takes back what was said."""
    kinds = kinds_of(verb)

    def say(asked: Asked) -> Members:
        for name in must.split():
            if name not in asked.body:
                raise MockUsageError(f"{name}: give {kinds[name][1]}; null takes back what was said.")
        given = {name: asked.body[name] for name in kinds if name in asked.body}
        checked(given, kinds)
        verb(asked.mock.spot, **given)
        return given | now_of(asked.mock)

    return Route(say, tuple(kinds), text)


# --- Hosts ---------------------------------------------------------------------------------------


def _instances(asked: Asked) -> Members:
    wanted = {name: value for name, value in asked.query.items() if name != "limit"}
    found = [_instance(it) for it in asked.mock.instances.all(**wanted)]
    return {"total": len(found), "instances": newest(asked, found)}


def _instance(seen: InstanceView) -> Members:
    moments = {"launched_at": as_text(seen.launched_at), "ended_at": as_text(seen.ended_at)}
    return asdict(seen) | moments


def _fail_zone(asked: Asked) -> Members:
    name = needed(asked, "zone", *_ZONE["zone"])
    asked.mock.zone(name).fail()
    return {"failed": name} | now_of(asked.mock)


def _recover_zone(asked: Asked) -> Members:
    name = needed(asked, "zone", *_ZONE["zone"])
    asked.mock.zone(name).recover()
    return {"recovered": name} | now_of(asked.mock)


def _cluster(asked: Asked) -> Cluster:
    return asked.mock.cluster(needed(asked, "cluster", *_CLUSTER["cluster"]))


def _add_instances(asked: Asked) -> Members:
    kinds = kinds_of(Cluster.add_instances)
    needed(asked, "instance_type", *kinds["instance_type"])
    added = _cluster(asked).add_instances(**checked(asked.body, kinds))
    return {"instances": [_instance(it) for it in added]} | now_of(asked.mock)


def _remove_instance(asked: Asked) -> Members:
    instance_id = needed(asked, "instance_id", str, "the id of an instance")
    _cluster(asked).remove_instance(instance_id)
    return {"removed": instance_id} | now_of(asked.mock)


def _environment(asked: Asked) -> Environment:
    return asked.mock.environment(needed(asked, "environment", *_ENVIRONMENT["environment"]))


def _break(asked: Asked) -> Members:
    kinds = kinds_of(Environment.breaks)
    needed(asked, "what", *kinds["what"])
    _environment(asked).breaks(**checked(asked.body, kinds))
    return {"broken": asked.body["environment"]} | now_of(asked.mock)


def _recover(asked: Asked) -> Members:
    _environment(asked).recovers()
    return {"recovered": asked.body["environment"]} | now_of(asked.mock)


def _takes(verb: Callable[..., Any], *more: Kinds) -> tuple[str, ...]:
    return tuple(name for kinds in (*more, kinds_of(verb)) for name in kinds)


ROUTES: Final[Routes] = {
    ("GET", "spot"): Route(_spot, (), "the hosts on Spot, each with the ids of the jobs on it"),
    ("POST", "spot/reclaim"): Route(
        _reclaim,
        _takes(Spot.reclaim),
        "reclaim Spot capacity: the host of a job, an instance, or a share of all",
    ),
    ("POST", "spot/interruption-rate"): _of_spot(
        Spot.interruption_rate,
        "per_hour",
        "have Spot hosts that are launched from now on interrupted by themselves, everywhere or of "
        "one type, family or zone",
    ),
    ("POST", "spot/price"): _of_spot(
        Spot.price, "what percent", "set the Spot price, in percent of On-Demand"
    ),
    ("POST", "spot/capacity"): _of_spot(
        Spot.capacity, "what instances", "bound the instances of the Spot pools"
    ),
    ("POST", "spot/market"): _of_spot(
        Spot.market, "temper", "choose how the market is where nothing was said: quiet or lively"
    ),
    ("GET", "instances"): Route(
        _instances,
        (*_takes(Instances.all), "limit"),
        "the EC2 instances, those that have ended first",
    ),
    ("POST", "zones/fail"): Route(
        _fail_zone, tuple(_ZONE), "lose all instances of a zone at once; none are launched there"
    ),
    ("POST", "zones/recover"): Route(
        _recover_zone, tuple(_ZONE), "let instances be launched in a zone again"
    ),
    ("POST", "clusters/add-instances"): Route(
        _add_instances,
        _takes(Cluster.add_instances, _CLUSTER),
        "have instances join the cluster of an unmanaged environment",
    ),
    ("POST", "clusters/remove-instance"): Route(
        _remove_instance,
        _takes(Cluster.remove_instance, _CLUSTER),
        "take an instance out of the cluster of an unmanaged environment",
    ),
    ("POST", "environments/break"): Route(
        _break,
        _takes(Environment.breaks, _ENVIRONMENT),
        "have something go wrong with an environment: capacity, service_role, "
        "instance_configuration, invalid (takes a reason) or unknown",
    ),
    ("POST", "environments/recover"): Route(
        _recover, tuple(_ENVIRONMENT), "let all be well again with an environment"
    ),
}
