"""What RegisterJobDefinition refuses in the tasks of ``ecsProperties`` (multi-container jobs).

Each container by itself is looked at in rules/container_properties.py.
"""

from __future__ import annotations

from typing import Final

from pytest_batchmock.rules.definition_parts import bearers, tasks
from pytest_batchmock.rules.registry import Request, rule

REGISTER: Final = "RegisterJobDefinition"
MAX_CONTAINERS: Final = 10
MIN_TIMEOUT_SECONDS: Final = 2
_CONDITIONS: Final = ("START", "COMPLETE", "SUCCESS")


@rule(REGISTER, evidence="documented", source="API model, EcsProperties.taskProperties", wrapped=True)
def ecs_properties_have_one_task(request: Request) -> str | None:
    """The words of the refusal are ours."""
    for bearer in bearers(request.params):
        if "ecsProperties" in bearer and len(bearer["ecsProperties"]["taskProperties"]) != 1:
            return "taskProperties should contain exactly one element."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_task_has_1_to_10_containers(request: Request) -> str | None:
    """``containers``."""
    if any(not 1 <= len(task["containers"]) <= MAX_CONTAINERS for task in tasks(request.params)):
        return "Number of containers must be between 1 and 10"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def container_names_are_unique(request: Request) -> str | None:
    """Overrides and dependencies find a container by its name."""
    for task in tasks(request.params):
        names = [container.get("name") for container in task["containers"]]
        if len(set(names)) != len(names):
            return "Container names must be unique"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_task_has_an_essential_container(request: Request) -> str | None:
    """Essential is the default."""
    for task in tasks(request.params):
        if not any(container.get("essential", True) for container in task["containers"]):
            return "At least one container must be set as essential"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_single_container_depends_on_nothing(request: Request) -> str | None:
    """There is nothing to depend on."""
    for task in tasks(request.params):
        if len(task["containers"]) == 1 and task["containers"][0].get("dependsOn"):
            return "Container dependency can not be used in a single-container job."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_container_depends_on_a_defined_container(request: Request) -> str | None:
    """Of the same task; on itself is refused in the same words (inferred)."""
    for task in tasks(request.params):
        names = {container.get("name") for container in task["containers"]}
        for container in task["containers"]:
            for dependency in container.get("dependsOn") or ():
                name = dependency.get("containerName")
                if name not in names or name == container.get("name"):
                    return f"containerName {name} must reference a defined container."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def a_container_dependency_has_a_known_condition(request: Request) -> str | None:
    """START, COMPLETE or SUCCESS."""
    for task in tasks(request.params):
        for container in task["containers"]:
            for dependency in container.get("dependsOn") or ():
                if dependency.get("condition") not in _CONDITIONS:
                    return (
                        f"TaskContainer dependency {dependency.get('condition')} is not valid. "
                        f"Valid values are: [{', '.join(_CONDITIONS)}]"
                    )
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def nobody_waits_for_an_essential_container_to_end(request: Request) -> str | None:
    """When it ends, so does the task."""
    for task in tasks(request.params):
        essential = {it.get("name") for it in task["containers"] if it.get("essential", True)}
        for container in task["containers"]:
            for dependency in container.get("dependsOn") or ():
                condition = dependency.get("condition")
                if condition != "START" and dependency.get("containerName") in essential:
                    return (
                        f"The container target of a dependency can not have condition {condition} "
                        "if the target is essential"
                    )
    return None


@rule(REGISTER, evidence="inferred", source="inferred", wrapped=True)
def container_dependencies_have_no_cycle(request: Request) -> str | None:
    """Nothing would ever start; the words of the refusal are ours."""
    for task in tasks(request.params):
        waits_for = {
            container.get("name"): {it.get("containerName") for it in container.get("dependsOn") or ()}
            for container in task["containers"]
        }
        while ready := [name for name, needed in waits_for.items() if not needed & waits_for.keys()]:
            for name in ready:
                del waits_for[name]
        if waits_for:
            return "Container dependencies must not form a cycle."
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def ipc_mode_is_a_known_one(request: Request) -> str | None:
    """host, task or none."""
    for task in tasks(request.params):
        mode = task.get("ipcMode")
        if mode is not None and mode not in ("host", "task", "none"):
            return f"ipcMode {mode} is not valid. Valid values are: [host, task, none]"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def pid_mode_is_a_known_one(request: Request) -> str | None:
    """host or task; that the text says capability is the service's own."""
    for task in tasks(request.params):
        mode = task.get("pidMode")
        if mode is not None and mode not in ("host", "task"):
            return f"Capability {mode} is not valid. Valid capabilities: [host, task]"
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def firelens_needs_a_container_that_logs_through_it(request: Request) -> str | None:
    """One container of the task has the awsfirelens log driver."""
    for task in tasks(request.params):
        drivers = {(it.get("logConfiguration") or {}).get("logDriver") for it in task["containers"]}
        routes = any("firelensConfiguration" in container for container in task["containers"])
        if routes and "awsfirelens" not in drivers:
            return (
                "When a firelensConfiguration object is specified, at least one container has to be "
                "configured with the awsfirelens log driver"
            )
    return None


@rule(REGISTER, evidence="measured", source="measured (cdk-preflight)", wrapped=True)
def firelens_needs_a_container_that_runs_as_root(request: Request) -> str | None:
    """One container of the task has no user, or root (0)."""
    for task in tasks(request.params):
        routes = any("firelensConfiguration" in container for container in task["containers"])
        if routes and all(it.get("user", "root") not in ("root", "0") for it in task["containers"]):
            return (
                "When a firelensConfiguration object is specified, at least one container has to run "
                "as root"
            )
    return None


@rule(
    REGISTER,
    evidence="documented",
    source="API model, TaskContainerProperties.startTimeout",
    wrapped=True,
)
def container_timeouts_are_at_least_2_seconds(request: Request) -> str | None:
    """startTimeout and stopTimeout; the words of the refusal are ours."""
    for task in tasks(request.params):
        for container in task["containers"]:
            for name in ("startTimeout", "stopTimeout"):
                if container.get(name) is not None and container[name] < MIN_TIMEOUT_SECONDS:
                    return f"{name} must be at least 2, got {container[name]}."
    return None
