"""CloudFormation templates, those that CDK writes included: the Batch resources in them.

Understood are Ref, Fn::Sub, Fn::Join, Fn::GetAtt and Fn::If, conditions, the defaults of parameters and
AWS's pseudo parameters. What a template takes from elsewhere (a subnet of the same template) gets a
made-up id of the right form, as Batch resources do not look it up here. All else is refused, by its
logical id. Conditions are in `conditions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pytest_batchmock.domain.ids import arn, keyed_hex, partition
from pytest_batchmock.errors import MockUsageError
from pytest_batchmock.seeding import members
from pytest_batchmock.seeding.conditions import Conditions
from pytest_batchmock.seeding.plan import KINDS, Kind, Members, Plan, Resource, Scope

_BY_TYPE: Final = {kind.cloudformation: kind for kind in KINDS}
_ID_PREFIXES: Final = {
    "AWS::EC2::Subnet": "subnet",
    "AWS::EC2::SecurityGroup": "sg",
    "AWS::EC2::VPC": "vpc",
    "AWS::EC2::LaunchTemplate": "lt",
    "AWS::EFS::FileSystem": "fs",
    "AWS::EFS::AccessPoint": "fsap",
}
_NAMED: Final = {
    "AWS::IAM::Role": ("RoleName", "iam", "role/"),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", "iam", "instance-profile/"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs", "log-group:"),
    "AWS::ECR::Repository": ("RepositoryName", "ecr", "repository/"),
    "AWS::S3::Bucket": ("BucketName", "s3", ""),
    "AWS::EC2::KeyPair": ("KeyName", "ec2", "key-pair/"),
}
"""Types whose Ref is a name: the property that gives it, and how their ARN begins."""

_ELSEWHERE: Final = frozenset({"ReplaceComputeEnvironment", "ResourceRetentionPolicy"})
"""Properties that tell CloudFormation how to update a stack; Batch never sees them."""

_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([^}]+)\}")
_NO_VALUE: Final = object()


def is_template(document: Mapping[str, Any]) -> bool:
    """Whether a document is a template."""
    resources = document.get("Resources")
    return isinstance(resources, Mapping)


def read(
    document: Mapping[str, Any],
    origin: str,
    parameters: Mapping[str, str],
    scope: Scope,
    used: set[str],
) -> Plan:
    """Take the Batch resources out of a template.

    Args:
        document: The template.
        origin: Its name, for messages.
        parameters: Values of its parameters; or, by a logical id, what a Ref of it gives.
        scope: Account and region.
        used: Is told the parameters that were asked for.

    Raises:
        MockUsageError: A resource of Batch holds what is not understood; or the template has none.
    """
    _refuse_wrong_shapes(document, origin)
    template = _Template(document, parameters, scope, used)
    plan = Plan([], [])
    for logical_id, resource in document["Resources"].items():
        kind = _BY_TYPE.get(resource.get("Type", ""))
        where = f"{origin}: {logical_id}"
        if kind is None:
            if str(resource.get("Type", "")).startswith("AWS::Batch::"):
                raise MockUsageError(f"{where} is of the type {resource['Type']}, which is unknown.")
            continue
        if not template.is_made(resource, where):
            plan.left_out.append(f"{where}: its condition {resource['Condition']} does not hold.")
            continue
        properties = {
            name: value
            for name, value in (resource.get("Properties") or {}).items()
            if name not in _ELSEWHERE
        }
        resolved = template.resolve(properties, where)
        params = members.request(kind, resolved, where)
        params.setdefault(kind.name_member, logical_id)
        state = {}
        if kind.title == "compute environment" and "updatePolicy" in resolved:
            state["updatePolicy"] = params.pop("updatePolicy")
        plan.resources.append(Resource(kind, params, where, scope, state))
    if not plan.resources and not plan.left_out:
        raise MockUsageError(f"{origin} is a template without any resource of AWS::Batch.")
    return plan


def _refuse_wrong_shapes(document: Mapping[str, Any], origin: str) -> None:
    """What has to be an object is one, and each type a text.

    Raises:
        MockUsageError: It is not.
    """
    for section in ("Resources", "Parameters", "Conditions"):
        entries = document.get(section) or {}
        if not isinstance(entries, Mapping):
            raise MockUsageError(f"{origin}: {section} is no object.")
        if section == "Conditions":
            continue
        for name, entry in entries.items():
            if not isinstance(entry, Mapping):
                raise MockUsageError(f"{origin}: {name} is no object.")
            if not isinstance(entry.get("Type", ""), str):
                raise MockUsageError(f"{origin}: {name}: Type is no text.")
            if not isinstance(entry.get("Properties") or {}, Mapping):
                raise MockUsageError(f"{origin}: {name}: Properties is no object.")


class _Template:
    """What its functions give."""

    def __init__(
        self,
        document: Mapping[str, Any],
        parameters: Mapping[str, str],
        scope: Scope,
        used: set[str],
    ) -> None:
        self._resources: Mapping[str, Any] = document["Resources"]
        self._declared: Mapping[str, Any] = document.get("Parameters") or {}
        self._given = parameters
        self._used = used
        self._account, self._region = scope
        self._partition = partition(self._region)
        self._pseudo: dict[str, Any] = {
            "AWS::AccountId": self._account,
            "AWS::Region": self._region,
            "AWS::Partition": self._partition,
            "AWS::URLSuffix": "amazonaws.com" + (".cn" if self._partition == "aws-cn" else ""),
            "AWS::StackName": "batchmock",
            "AWS::StackId": arn("cloudformation", self._region, self._account, "stack/batchmock/0"),
            "AWS::NotificationARNs": [],
            "AWS::NoValue": _NO_VALUE,
        }
        self._being_named: list[str] = []
        self._conditions = Conditions(document.get("Conditions") or {}, self.resolve)
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Fn::If": self._if,
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::GetAtt": self._get_att,
        }

    def is_made(self, resource: Mapping[str, Any], where: str) -> bool:
        """Whether a resource has no condition, or one that holds."""
        return "Condition" not in resource or self._conditions.holds(resource["Condition"], where)

    def resolve(self, value: Any, where: str) -> Any:
        """A value with all its functions done."""
        if isinstance(value, list):
            entries = [self.resolve(entry, where) for entry in value]
            return [entry for entry in entries if entry is not _NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in self._functions:
                return self._functions[name](argument, where)
            if str(name).startswith("Fn::") or name == "Condition":
                raise MockUsageError(
                    f"{where} uses {name}, which is not modelled (Ref, Fn::Sub, Fn::Join, Fn::GetAtt "
                    "and Fn::If are): replace it in a copy of the template, or dump the deployed "
                    "resources with aws batch describe-…"
                )
        found = {name: self.resolve(inner, where) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner is not _NO_VALUE}

    @contextmanager
    def _naming(self, name: str, where: str) -> Iterator[None]:
        """While the name of a resource is made, nothing in it may refer to that resource."""
        if name in self._being_named:
            circle = [*self._being_named[self._being_named.index(name) :], name]
            raise MockUsageError(f"{where}: the name of {name} refers to itself ({' → '.join(circle)}).")
        self._being_named.append(name)
        try:
            yield
        finally:
            self._being_named.pop()

    def _ref(self, name: Any, where: str) -> Any:
        if not isinstance(name, str):
            raise MockUsageError(f"{where}: Ref takes a name.")
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._given:
            self._used.add(name)
            declared = self._declared.get(name)
            is_list = declared is not None and _is_list(declared)
            return str(self._given[name]).split(",") if is_list else self._given[name]
        if name in self._declared:
            declared = self._declared[name]
            if "Default" not in declared or str(declared.get("Type")).startswith("AWS::SSM::"):
                raise MockUsageError(
                    f"{where} needs the parameter {name}, which has no default of its own: give it, "
                    f"e.g. seed(…, parameters={{{name!r}: …}}) or --parameter {name}=…"
                )
            default = declared["Default"]
            return str(default).split(",") if _is_list(declared) else default
        return self._physical(name, where)

    def _physical(self, name: Any, where: str) -> str:
        """What the Ref of a resource gives."""
        resource = self._resource(name, where)
        kind = _BY_TYPE.get(resource["Type"])
        if kind is not None:
            return self._arn_of(kind, name, resource, where)
        prefix = _ID_PREFIXES.get(resource["Type"])
        if prefix is not None:
            return f"{prefix}-{keyed_hex(0, 'cloudformation', str(name), 17)}"
        if resource["Type"] in _NAMED:
            member, _, _ = _NAMED[resource["Type"]]
            given = (resource.get("Properties") or {}).get(member)
            with self._naming(name, where):
                return str(self.resolve(given, where)) if given is not None else str(name)
        raise MockUsageError(
            f"{where} refers to {name}, of the type {resource['Type']}: what its Ref gives is not known "
            f"here. Give it: seed(…, parameters={{{name!r}: …}}) or --parameter {name}=…"
        )

    def _arn_of(self, kind: Kind, name: str, resource: Mapping[str, Any], where: str) -> str:
        properties = resource.get("Properties") or {}
        by_plain = {key[:1].lower() + key[1:]: value for key, value in properties.items()}
        with self._naming(name, where):
            own = self.resolve(by_plain.get(kind.name_member, name), where)
        if kind.title == "quota share":
            queue = str(self.resolve(by_plain.get("jobQueue", ""), where))
            if not queue.startswith("arn:"):
                queue = self._batch_arn("job-queue", queue)
            return f"{queue}/quota-share/{own}"
        revision = ":1" if kind.title == "job definition" else ""
        return self._batch_arn(kind.arn_kind, f"{own}{revision}")

    def _batch_arn(self, kind: str, name: str) -> str:
        return arn("batch", self._region, self._account, f"{kind}/{name}")

    def _resource(self, name: Any, where: str) -> Mapping[str, Any]:
        resource = self._resources.get(name)
        if not isinstance(resource, Mapping) or "Type" not in resource:
            raise MockUsageError(f"{where} refers to {name!r}, which the template does not have.")
        if not self.is_made(resource, where):
            raise MockUsageError(
                f"{where} refers to {name}, whose condition {resource['Condition']} does not hold."
            )
        return resource

    def _get_att(self, argument: Any, where: str) -> str:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], str):
            raise MockUsageError(f"{where}: Fn::GetAtt takes a logical id and an attribute.")
        name, attribute = parts
        if f"{name}.{attribute}" in self._given:
            self._used.add(f"{name}.{attribute}")
            return str(self._given[f"{name}.{attribute}"])
        resource = self._resource(name, where)
        kind = _BY_TYPE.get(resource["Type"])
        if kind is not None and str(attribute).lower() in ("arn", kind.arn_member.lower()):
            return self._arn_of(kind, name, resource, where)
        found = self._attribute(name, resource, str(attribute), where)
        if found is None:
            raise MockUsageError(
                f"{where} takes {attribute} of {name}, of the type {resource['Type']}: that is not "
                f"known here. Give it: --parameter {name}.{attribute}=…"
            )
        return found

    def _attribute(
        self, name: str, resource: Mapping[str, Any], attribute: str, where: str
    ) -> str | None:
        type_, physical = resource["Type"], f"{self._partition}:"
        if type_ in _NAMED and attribute == "Arn":
            _, service, begin = _NAMED[type_]
            region = "" if service in ("iam", "s3") else self._region
            account = "" if service == "s3" else self._account
            return f"arn:{physical}{service}:{region}:{account}:{begin}{self._physical(name, where)}"
        if type_ == "AWS::ECR::Repository" and attribute == "RepositoryUri":
            host = f"{self._account}.dkr.ecr.{self._region}.{self._pseudo['AWS::URLSuffix']}"
            return f"{host}/{self._physical(name, where)}"
        if type_ == "AWS::EC2::LaunchTemplate" and attribute in (
            "LatestVersionNumber",
            "DefaultVersionNumber",
        ):
            return "1"
        own_id = {
            "AWS::EC2::SecurityGroup": "GroupId",
            "AWS::EC2::Subnet": "SubnetId",
            "AWS::EC2::VPC": "VpcId",
            "AWS::EC2::LaunchTemplate": "LaunchTemplateId",
            "AWS::EFS::FileSystem": "FileSystemId",
            "AWS::EFS::AccessPoint": "AccessPointId",
        }
        return self._physical(name, where) if own_id.get(type_) == attribute else None

    def _if(self, argument: Any, where: str) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            raise MockUsageError(f"{where}: Fn::If takes a condition and two values.")
        name, then, otherwise = argument
        return self.resolve(then if self._conditions.holds(name, where) else otherwise, where)

    def _join(self, argument: Any, where: str) -> str:
        if not isinstance(argument, list) or len(argument) != 2:
            raise MockUsageError(f"{where}: Fn::Join takes a delimiter and a list.")
        parts = self.resolve(argument[1], where)
        if not isinstance(parts, list):
            raise MockUsageError(f"{where}: what Fn::Join is to join is no list: {parts!r}.")
        return str(argument[0]).join(map(str, parts))

    def _sub(self, argument: Any, where: str) -> str:
        text, own = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(own, Mapping):
            raise MockUsageError(f"{where}: Fn::Sub takes a text, and perhaps an object of values.")

        def value(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.resolve(own[name], where))
            return str(self._get_att(name, where) if "." in name else self._ref(name, where))

        return _PLACEHOLDER.sub(value, text)


def _is_list(declared: Members | Mapping[str, Any]) -> bool:
    kind = str(declared.get("Type"))
    return kind == "CommaDelimitedList" or kind.startswith("List<")
