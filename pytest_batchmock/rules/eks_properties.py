"""What RegisterJobDefinition refuses in the pods of ``eksProperties``.

What is said of resources and metadata holds for the overrides of SubmitJob too (inferred: the API model
describes both with the same shapes). Volumes are in eks_volumes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

from pytest_batchmock.domain.requirements import thousandths
from pytest_batchmock.rules.common import MEASURED
from pytest_batchmock.rules.definition_parts import (
    Members,
    bearers,
    is_number,
    is_subdomain,
    is_whole,
    pod_containers,
    pods,
)
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
SUBMIT: Final = "SubmitJob"
MAX_CONTAINERS: Final = 10
MIN_MEMORY_MIB: Final = 4
MAX_ID: Final = 2**31 - 1
_GPU: Final = "nvidia.com/gpu"
_RESOURCES: Final = ("cpu", "memory", _GPU)
_PULL_POLICIES: Final = (None, "Always", "IfNotPresent", "Never")
_DNS_POLICIES: Final = (None, "Default", "ClusterFirst", "ClusterFirstWithHostNet")
_MEMORY: Final = re.compile(r"[0-9]{1,18}Mi", re.ASCII)
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_LABEL_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?", re.ASCII)
_RESERVED_PREFIX: Final = re.compile(r"(.*\.)?(kubernetes\.io|k8s\.io|batch\.amazonaws\.com)", re.ASCII)
_WITH_PODS: Final = ("eksProperties", "nodeProperties", "eksPropertiesOverride", "nodeOverrides")

_of_pods: Final = partial(rule, REGISTER, SUBMIT, wrapped=True, member=_WITH_PODS)
"""A rule of what a definition says of pods, and a submit in its overrides."""


@rule(REGISTER, evidence="measured", source=MEASURED, wrapped=True)
def a_pod_has_containers(request: Request) -> str | None:
    """At least one that is no init container."""
    for bearer in bearers(request.params):
        if "eksProperties" in bearer and not (bearer["eksProperties"].get("podProperties") or {}).get(
            "containers"
        ):
            return "Containers must be provided for Batch on EKS jobs."
    return None


@rule(REGISTER, evidence="documented", source="API model, EksPodProperties.containers", wrapped=True)
def a_pod_has_at_most_10_containers(request: Request) -> str | None:
    """And as many init containers; the words of the refusal are ours."""
    for pod in pods(request.params):
        for name in ("containers", "initContainers"):
            if len(pod.get(name) or ()) > MAX_CONTAINERS:
                return f"Number of {name} must be at most 10"
    return None


@rule(REGISTER, evidence="measured", source=MEASURED, wrapped=True)
def pod_container_names_are_unique(request: Request) -> str | None:
    """A container without a name is called Default."""
    for pod in pods(request.params):
        seen = set()
        for container in (*(pod.get("containers") or ()), *(pod.get("initContainers") or ())):
            name = container.get("name") or "Default"
            if name in seen:
                return f"The container name: {name} must be unique in multi-container job."
            seen.add(name)
    return None


@rule(REGISTER, evidence="measured", source=MEASURED, wrapped=True)
def an_image_pull_policy_is_a_known_one(request: Request) -> str | None:
    """Always, IfNotPresent or Never."""
    policies = [container.get("imagePullPolicy") for container in pod_containers(request.params)]
    return _first_wrong(policies, _PULL_POLICIES.__contains__, "Unsupported image pull policy value.")


@rule(REGISTER, evidence="documented", source="API model, EksContainer.env", wrapped=True)
def pod_environment_names_do_not_start_with_aws_batch(request: Request) -> str | None:
    """The prefix belongs to the service; the words of the refusal are ours."""
    for container in pod_containers(request.params):
        for entry in container.get("env") or ():
            if entry["name"].startswith("AWS_BATCH"):
                return f"Environment variable {entry['name']} cannot start with AWS_BATCH."
    return None


@_of_pods(evidence="measured", source=MEASURED)
def pod_resources_are_cpu_memory_and_gpu(request: Request) -> str | None:
    """No other resource can be asked for."""
    kinds = (kind for kind, _ in _amounts(request))
    return _first_wrong(kinds, _RESOURCES.__contains__, "{} is not a supported type for resources.")


@_of_pods(evidence="measured", source=MEASURED)
def pod_memory_is_whole_mebibytes(request: Request) -> str | None:
    """A whole number with the unit Mi."""
    text = "Value {} for type memory is not valid."
    return _first_wrong(_amounts_of(request, "memory"), _MEMORY.fullmatch, text)


@_of_pods(evidence="documented", source="API model, EksContainerResourceRequirements.limits")
def pod_memory_is_at_least_4_mebibytes(request: Request) -> str | None:
    """The words are those of ECS containers."""
    mebibytes = (value.removesuffix("Mi") for value in _amounts_of(request, "memory"))
    text = "Memory must be at least 4 Mib, got {} Mib."
    return _first_wrong(mebibytes, lambda value: int(value) >= MIN_MEMORY_MIB, text)


@_of_pods(evidence="measured", source=MEASURED)
def pod_cpu_is_a_multiple_of_a_quarter(request: Request) -> str | None:
    """A positive number without a unit (measured); steps of 0.25 are documented."""
    text = "Value {} for type cpu in resources is not valid. Provide a valid number and unit."
    return _first_wrong(_amounts_of(request, "cpu"), _is_quarters, text)


@_of_pods(evidence="measured", source=MEASURED)
def pod_gpus_are_whole(request: Request) -> str | None:
    """And not negative (inferred)."""
    text = f"Value {{}} for type {_GPU} in resources is not valid."
    return _first_wrong(_amounts_of(request, _GPU), _is_count, text)


@_of_pods(evidence="measured", source=MEASURED)
def pod_cpu_request_is_within_the_limit(request: Request) -> str | None:
    """If both are given."""
    if all(thousandths(asked) <= thousandths(limit) for limit, asked in _pairs(request, "cpu")):
        return None
    return "cpu request must be <= to cpu limit if both are provided."


@_of_pods(evidence="measured", source=MEASURED)
def pod_memory_request_equals_the_limit(request: Request) -> str | None:
    """If both are given."""
    if all(asked == limit for limit, asked in _pairs(request, "memory")):
        return None
    return "memory request must be equal to memory limit if both are provided."


@_of_pods(evidence="measured", source=MEASURED)
def pod_gpu_request_equals_the_limit(request: Request) -> str | None:
    """If both are given."""
    if all(int(asked) == int(limit) for limit, asked in _pairs(request, _GPU)):
        return None
    return "gpu request must be equal to gpu limit if both are provided."


@rule(REGISTER, evidence="measured", source=MEASURED, wrapped=True)
def pod_containers_ask_for_cpu_and_memory(request: Request) -> str | None:
    """In limits or requests."""
    for pod in pods(request.params):
        for container in pod.get("containers") or ():
            resources = container.get("resources") or {}
            given = {*(resources.get("limits") or ()), *(resources.get("requests") or ())}
            if not given:
                return "You must provide a container for eksProperties."
            if not given.issuperset(("cpu", "memory")):
                return "cpu and memory resources must be provided."
    return None


@rule(REGISTER, evidence="measured", source=MEASURED, wrapped=True)
def a_dns_policy_is_a_known_one(request: Request) -> str | None:
    """Default, ClusterFirst or ClusterFirstWithHostNet."""
    policies = [pod.get("dnsPolicy") for pod in pods(request.params)]
    return _first_wrong(policies, _DNS_POLICIES.__contains__, "Unsupported DNS policy value.")


@_of_pods(evidence="measured", source=MEASURED)
def a_pod_does_not_run_in_the_default_namespace(request: Request) -> str | None:
    """``metadata.namespace``."""
    text = "kubernetesNamespace cannot be the default Kubernetes namespace."
    return _first_wrong(_namespaces(request), lambda it: it != "default", text)


@_of_pods(evidence="measured", source=MEASURED)
def a_pod_does_not_run_in_a_system_namespace(request: Request) -> str | None:
    """Names that start with kube."""
    text = "kubernetesNamespace cannot be a reserved Kubernetes system namespace."
    return _first_wrong(_namespaces(request), lambda it: not it.startswith("kube"), text)


@_of_pods(evidence="documented", source="API model, EksMetadata.namespace")
def a_namespace_matches_the_pattern(request: Request) -> str | None:
    """1 to 63 characters; the words of the refusal are ours."""
    text = "kubernetesNamespace should match a valid pattern."
    return _first_wrong(_namespaces(request), _is_namespace, text)


@_of_pods(evidence="measured", source=MEASURED)
def a_pod_label_key_matches_the_pattern(request: Request) -> str | None:
    """The name after the prefix: 1 to 63 characters that begin and end with a letter or digit."""
    names = (
        key.rpartition("/")[2] for metadata in _metadata(request) for key in metadata.get("labels") or ()
    )
    text = "The name {} of the pod label key does not match a valid pattern."
    return _first_wrong(names, _is_label_name, text)


@_of_pods(evidence="documented", source="API model, EksMetadata.annotations")
def a_pod_annotation_key_matches_the_pattern(request: Request) -> str | None:
    """A name, perhaps after a DNS subdomain and a slash; the words follow those of labels.

    Kubernetes asks nothing of the case of an annotation's prefix.
    """
    for metadata in _metadata(request):
        for key in metadata.get("annotations") or ():
            prefix, slash, name = key.rpartition("/")
            if slash and not is_subdomain(prefix.lower()):
                return f"The prefix {prefix} of the pod annotation key does not match a valid pattern."
            if not _is_label_name(name):
                return f"The name {name} of the pod annotation key does not match a valid pattern."
    return None


@_of_pods(evidence="measured", source=MEASURED)
def a_pod_label_or_annotation_has_no_reserved_prefix(request: Request) -> str | None:
    """kubernetes.io, k8s.io and Batch's own; measured for labels and annotations."""
    for metadata in _metadata(request):
        for kind, member in (("label", "labels"), ("annotation", "annotations")):
            for key in metadata.get(member) or ():
                prefix, slash, _ = key.rpartition("/")
                if slash and _RESERVED_PREFIX.fullmatch(prefix):
                    return (
                        f"The prefix {prefix} of the pod {kind} key cannot contain terms "
                        "from the following [kubernetes.io, k8s.io, batch.amazonaws.com]."
                    )
    return None


@_of_pods(evidence="measured", source=MEASURED)
def pod_label_and_annotation_values_are_short(request: Request) -> str | None:
    """63 characters for a label, 255 for an annotation."""
    for metadata in _metadata(request):
        for value in (metadata.get("labels") or {}).values():
            if len(value) > 63:
                return f"The pod label value {value} does not match a valid pattern."
        for value in (metadata.get("annotations") or {}).values():
            if len(value) > 255:
                return f"Metadata annotation value {value} cannot be longer than 255 characters."
    return None


@rule(REGISTER, evidence="documented", source="API model, ImagePullSecret", wrapped=True)
def image_pull_secrets_have_names_of_secrets(request: Request) -> str | None:
    """Lower-case letters, digits, hyphens and full stops; the words of the refusal are ours."""
    names = [
        secret["name"] for pod in pods(request.params) for secret in pod.get("imagePullSecrets") or ()
    ]
    text = "The name {} of an image pull secret does not match a valid pattern."
    return _first_wrong(names, is_subdomain, text)


@rule(
    REGISTER, evidence="documented", source="API model, EksContainerLinuxCapabilities.add", wrapped=True
)
def linux_capabilities_are_named_without_their_prefix(request: Request) -> str | None:
    """NET_ADMIN, not CAP_NET_ADMIN; the words of the refusal are ours."""
    given = [context.get("capabilities") or {} for context in _security_contexts(request)]
    names = [name for it in given for list_ in ("add", "drop") for name in it.get(list_) or ()]
    text = "Linux capability {} must be named without the CAP_ prefix."
    return _first_wrong(names, lambda name: not name.startswith("CAP_"), text)


@rule(REGISTER, evidence="documented", source="API model, EksContainerSecurityContext", wrapped=True)
def ids_in_a_security_context_fit_31_bits(request: Request) -> str | None:
    """Users and groups, 0 to 2147483647; the words of the refusal are ours."""
    for context in _security_contexts(request):
        for name in ("runAsUser", "runAsGroup", "fsGroup"):
            if not 0 <= (context.get(name) or 0) <= MAX_ID:
                return f"{name} must be between 0 and {MAX_ID}, got {context[name]}."
    return None


@rule(
    REGISTER, evidence="documented", source="API model, EksSeccompProfile.localhostProfile", wrapped=True
)
def a_localhost_profile_goes_with_its_type(request: Request) -> str | None:
    """Needed with Localhost, refused with the rest; the words of the refusal are ours."""
    for context in _security_contexts(request):
        profile = context.get("seccompProfile") or {}
        if profile and (profile["type"] == "Localhost") != ("localhostProfile" in profile):
            return "localhostProfile must be specified for seccompProfile type Localhost only."
    return None


def _first_wrong(values: Iterable[Any], is_right: Callable[[Any], object], text: str) -> str | None:
    """The refusal of the first value that is not right; `text` may have a place for it, ``{}``."""
    return next((text.format(value) for value in values if not is_right(value)), None)


def _is_quarters(cpu: str) -> bool:
    return is_number(cpu) and thousandths(cpu) > 0 and thousandths(cpu) % 250 == 0


def _is_count(gpus: str) -> bool:
    return is_whole(gpus) and int(gpus) >= 0


def _is_namespace(name: str) -> bool:
    return len(name) <= 63 and _NAMESPACE.fullmatch(name) is not None


def _is_label_name(name: str) -> bool:
    return len(name) <= 63 and _LABEL_NAME.fullmatch(name) is not None


def _amounts(request: Request) -> Iterator[tuple[str, str]]:
    """Each (resource, amount) of the pods, of limits and requests."""
    for container in _containers(request):
        for where in ("limits", "requests"):
            yield from ((container.get("resources") or {}).get(where) or {}).items()


def _amounts_of(request: Request, kind: str) -> Iterator[str]:
    """The amounts of one resource."""
    return (amount for resource, amount in _amounts(request) if resource == kind)


def _pairs(request: Request, kind: str) -> Iterator[tuple[str, str]]:
    """The (limit, request) of a resource where a container gives both."""
    for container in _containers(request):
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        if kind in limits and kind in requests:
            yield limits[kind], requests[kind]


def _containers(request: Request) -> Iterator[Members]:
    for pod in _pods(request):
        yield from pod.get("containers") or ()
        yield from pod.get("initContainers") or ()


def _pods(request: Request) -> Iterator[Members]:
    """The pods of a definition, or what a submit overrides of them."""
    if request.operation == REGISTER:
        yield from pods(request.params)
        return
    nodes = (request.params.get("nodeOverrides") or {}).get("nodePropertyOverrides") or ()
    for entry in (request.params, *nodes):
        yield (entry.get("eksPropertiesOverride") or {}).get("podProperties") or {}


def _metadata(request: Request) -> Iterator[Members]:
    for pod in _pods(request):
        yield pod.get("metadata") or {}


def _namespaces(request: Request) -> list[str]:
    return [it["namespace"] for it in _metadata(request) if it.get("namespace") is not None]


def _security_contexts(request: Request) -> Iterator[Members]:
    for carrier in (*pods(request.params), *pod_containers(request.params)):
        if carrier.get("securityContext"):
            yield carrier["securityContext"]
