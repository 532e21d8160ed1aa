"""Short names of the test files that the tables name."""

from __future__ import annotations

from typing import Final

FILES: Final = {
    # jobs as a user of boto3 sees them
    "life": "behaviour/test_life_cycle_of_a_job.py",
    "shown": "behaviour/test_described_job.py",
    "stop": "behaviour/test_cancel_and_terminate.py",
    "reject": "behaviour/test_rejected_tasks.py",
    "override": "behaviour/test_overrides_and_parameters.py",
    "list": "behaviour/test_listing_jobs.py",
    "retry": "behaviour/test_retries_of_a_job.py",
    "limit": "behaviour/test_time_limits.py",
    "depend": "behaviour/test_dependencies_of_a_job.py",
    "array": "behaviour/test_array_jobs.py",
    "nodes": "behaviour/test_multi_node_jobs.py",
    "revision": "behaviour/test_definition_revisions.py",
    "kinds": "behaviour/test_kinds_of_definitions.py",
    "env": "behaviour/test_environments_and_queues.py",
    "tag": "behaviour/test_tagging_of_resources.py",
    "use": "behaviour/test_consumable_resources.py",
    "training": "behaviour/test_service_jobs.py",
    # what client programs need
    "request": "needs/test_requests.py",
    "echo": "needs/test_echo.py",
    "naming": "needs/test_naming.py",
    "found": "needs/test_listing.py",
    "update": "needs/test_updates.py",
    # several containers
    "node": "containers/test_nodes.py",
    "task": "containers/test_tasks.py",
    "pod": "containers/test_pods.py",
    "real": "runners/test_containers_of_tasks.py",
    # rules; those with an example need no entry: the tables say `rule`
    "need": "rules/test_job_definition_rules.py",
    "submit": "rules/test_submit_rules.py",
    "legal": "rules/test_legal_requests_pass.py",
    "shape": "api/test_shapes.py",
    # capacity and order
    "gang": "fleet/test_gangs.py",
    "fleet": "fleet/test_instances.py",
    "order": "fleet/test_order_of_environments.py",
    "blocked": "fleet/test_blocked_for_a_reason.py",
    "wait": "scheduler/test_blocked_queues.py",
    "place": "scheduler/test_placement.py",
    "choice": "scheduler/test_allocation.py",
    "fair": "scheduler/test_fair_share.py",
    "policy": "scheduler/test_policy_properties.py",
    "quota": "scheduler/test_quota_share.py",
    "share": "scheduler/test_quota_share_jobs.py",
    "snap": "scheduler/test_snapshots.py",
    "spot": "spot/test_reclaims.py",
    "market": "spot/test_market.py",
    "range": "domain/test_node_ranges.py",
    "types": "domain/test_instance_types.py",
    "size": "domain/test_fargate.py",
    "table": "engine/test_lifecycle.py",
    "pattern": "engine/test_retry.py",
    # what is late, what is told, what is written
    "late": "consistency/test_resource_latency.py",
    "stale": "consistency/test_stale_reads.py",
    "event": "events/test_job_events.py",
    "preempt": "events/test_preemption_events.py",
    "target": "events/test_event_targets.py",
    "heard": "events/test_subscriptions.py",
    "log": "logs/test_written_lines.py",
    # what is on the wire
    "arn": "api/test_arns.py",
    "page": "contract/test_paginators.py",
    "fault": "faults/test_botocore_retries.py",
    "wire": "server/test_wire.py",
    # jobs that really run
    "process": "runners/test_processes.py",
    "signal": "runners/test_stopping.py",
    "notice": "runners/test_spot_notice.py",
    "endpoint": "docker_runner/test_endpoints.py",
    "member": "docker_runner/test_members.py",
    # recorded answers
    "answer": "golden/test_answers.py",
    "refusal": "golden/test_refusals.py",
    "sample": "golden/test_samples.py",
}
