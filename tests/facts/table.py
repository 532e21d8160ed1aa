"""Which test shows which fact about the service: life cycle (1), retries (2), time limits (3),
dependencies (4), events (18).

A value is ``file::test`` below ``tests``; `BACKGROUND` has the facts that no program can observe
here, each with the reason. The table is checked: see `test_the_table`. Further sections are not in
it yet.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {1: 59, 2: 23, 3: 10, 4: 16, 18: 10}
"""The number of facts of each section that the table deals with."""

_FILES: Final = {
    "life": "behaviour/test_life_cycle_of_a_job.py",
    "shown": "behaviour/test_described_job.py",
    "stop": "behaviour/test_cancel_and_terminate.py",
    "reject": "behaviour/test_rejected_tasks.py",
    "override": "behaviour/test_overrides_and_parameters.py",
    "list": "behaviour/test_listing_jobs.py",
    "retry": "behaviour/test_retries_of_a_job.py",
    "rules": "engine/test_retry.py",
    "limit": "behaviour/test_time_limits.py",
    "depend": "behaviour/test_dependencies_of_a_job.py",
    "blocked": "scheduler/test_blocked_queues.py",
    "event": "events/test_job_events.py",
    "preempt": "events/test_preemption_events.py",
    "target": "events/test_event_targets.py",
    "heard": "events/test_subscriptions.py",
}

_SHOWN: Final = {
    "1.1": "life submit_puts_a_job_into_submitted",
    "1.2": "life a_job_with_an_open_dependency_is_pending_first",
    "1.3": "depend a_job_waits_until_the_other_has_succeeded",
    "1.4": "life a_job_without_room_stays_runnable_for_ever",
    "1.5": "life every_status_lasts_so_that_a_poll_can_see_it",
    "1.6": "life a_retry_goes_back_to_runnable_not_to_submitted",
    "1.7": "life a_job_whose_image_cannot_be_pulled_never_runs",
    "1.8": "life a_pending_job_whose_dependency_fails_fails_without_an_attempt",
    "1.9": "life an_ended_job_never_changes_again",
    "1.11": "life every_status_lasts_so_that_a_poll_can_see_it",
    "1.12": "life a_container_that_ends_by_itself_gives_the_same_reason_for_success_and_failure",
    "1.13": "life a_lost_host_is_named_with_its_instance_and_a_full_stop",
    "1.14": "limit a_job_over_its_limit_fails_with_the_reason_and_exit_code_137",
    "1.15": "depend a_dependency_that_fails_later_fails_the_job_in_that_instant",
    "1.17": "life a_task_that_cannot_pull_its_image_failed_to_start",
    "1.18": "life trouble_of_the_agent_leaves_a_container_reason_and_no_exit_code",
    "1.19": "life out_of_memory_is_exit_code_137_with_a_container_reason",
    "1.20": "stop a_job_that_was_not_placed_fails_at_once_with_the_users_words",
    "1.21": "blocked a_time_limit_action_ends_the_blocked_head_and_no_retry_follows",
    "1.22": "life only_the_head_of_a_blocked_queue_has_the_reason",
    "1.23": "reject more_than_50_propagated_tags_fail_the_job",
    "1.24": "reject overrides_longer_than_ecs_takes_fail_the_job_without_an_attempt",
    "1.25": "life a_job_larger_than_every_environment_stays_runnable_with_the_reason",
    "1.26": "life created_at_is_the_time_of_the_submit",
    "1.27": "life started_at_is_that_of_the_last_attempt_that_ran",
    "1.28": "life started_at_is_the_move_to_running_and_stopped_at_the_end",
    "1.29": "life started_at_is_absent_before_running_although_the_model_requires_it",
    "1.30": "life a_job_that_ends_before_running_has_stopped_at_and_no_started_at",
    "1.31": "list a_summary_has_exactly_these_members",
    "1.32": "shown an_ended_attempt_has_exactly_these_members",
    "1.33": "shown an_attempt_is_listed_only_when_it_has_ended",
    "1.34": "shown an_attempt_that_cannot_pull_has_a_task_and_no_log_stream",
    "1.35": "shown a_reason_has_at_most_255_characters",
    "1.36": "shown the_final_attempt_is_repeated_in_the_container_of_the_job",
    "1.39": "shown a_job_has_exactly_these_members_in_each_status",
    "1.40": "shown a_job_has_exactly_these_members_in_each_status",
    "1.41": "shown empty_lists_and_maps_are_shown",
    "1.42": "shown a_retry_strategy_is_shown_with_its_rules_filled_in",
    "1.43": "override the_variables_of_batch_itself_are_not_described",
    "1.44": "override a_command_override_replaces_the_whole_command",
    "1.49": "list a_cancelled_job_says_so_and_others_say_nothing",
    "1.50": "shown 100_jobs_are_described_at_once_and_101_refused",
    "1.51": "shown unknown_ids_are_left_out_without_an_error",
    "1.52": "shown a_job_id_is_a_lower_case_uuid_of_version_4",
    "1.53": "shown arns_are_in_the_partition_of_their_region",
    "1.55": "shown a_log_stream_is_definition_name_default_and_task_id",
    "1.57": "shown a_log_stream_begins_with_the_prefix_of_the_awslogs_options",
    "1.58": "shown task_and_instance_are_in_the_cluster_of_the_compute_environment",
    "1.59": "life an_ended_job_is_kept_for_seven_days",
    "2.1": "retry attempts_is_the_total_number_of_tries",
    "2.3": "retry the_retry_strategy_of_the_submit_replaces_the_whole_of_the_definition",
    "2.4": "retry a_rule_matches_only_if_all_its_conditions_do",
    "2.5": "retry a_failure_that_no_rule_matches_is_retried",
    "2.6": "retry the_case_of_an_action_does_not_matter_and_is_echoed",
    "2.7": "retry an_exit_code_matches_whole_or_by_a_prefix_with_asterisk",
    "2.9": "retry a_catch_all_on_reason_matches_an_attempt_without_a_reason",
    "2.10": "retry a_status_reason_matches_whole_or_by_a_prefix_and_case_matters",
    "2.11": "retry a_container_reason_is_what_on_reason_is_compared_with",
    "2.12": "retry retry_with_no_attempt_left_fails",
    "2.13": "retry what_the_user_or_the_time_limit_ended_is_never_retried",
    "2.14": "retry every_failure_that_the_user_did_not_ask_for_is_retried",
    "2.15": "retry a_reclaim_takes_one_of_the_attempts",
    "2.16": "retry the_attempt_number_grows_by_one",
    "2.17": "shown each_attempt_has_a_task_and_a_log_stream_of_its_own",
    "2.18": "life a_retry_goes_back_to_runnable_not_to_submitted",
    "3.1": "limit a_job_without_a_time_limit_may_run_for_ever",
    "3.2": "limit the_limit_counts_from_running_of_the_attempt",
    "3.3": "limit the_limit_of_the_submit_overrides_that_of_the_definition",
    "3.4": "limit a_time_out_is_never_retried",
    "3.6": "limit every_attempt_gets_the_full_time_again",
    "4.1": "depend a_21st_dependency_is_refused",
    "4.3": "depend a_job_waits_for_all_of_20_others",
    "4.5": "depend sequential_with_a_job_id_is_a_plain_dependency",
    "4.9": "depend a_dependency_that_has_succeeded_is_met",
    "4.10": "depend a_failure_cascades_down_the_chain",
    "4.11": "depend an_attempt_that_is_retried_does_not_fail_the_dependents",
    "4.12": "depend an_unknown_dependency_is_refused_and_no_job_made",
    "4.13": "depend a_pending_job_is_cancelled_at_once_but_ends_when_its_dependencies_have",
    "4.15": "depend dependencies_cross_queues",
    "18.1": "preempt a_preemption_is_told_when_it_starts_and_when_it_is_completed",
    "18.2": "event the_envelope_is_that_of_eventbridge",
    "18.3": "event the_detail_is_what_describe_jobs_showed_at_that_moment",
    "18.4": "event there_is_one_event_for_each_change_but_none_for_the_submit",
    "18.5": "heard duplicates_come_with_the_same_id",
    "18.6": "event a_blocked_queue_is_told_once_with_both_arns",
    "18.7": "event service_jobs_have_a_detail_type_of_their_own_and_leave_out_tags_and_payload",
    "18.8": "preempt a_preemption_is_told_when_it_starts_and_when_it_is_completed",
    "18.9": "event the_running_event_has_the_task_and_the_log_stream",
    "18.10": "target a_job_is_submitted_for_every_event_that_matches",
}

SHOWN: Final = {
    fact: f"{_FILES[where.split()[0]]}::test_{where.split()[1]}" for fact, where in _SHOWN.items()
}

BACKGROUND: Final = {
    "3.5": "how late the service is: here nothing is late",
    "4.16": "follows from the others: an id exists only after its submit",
}

NOT_MAPPED: Final = (
    "1.10 1.16 1.37 1.38 1.45 1.46 1.47 1.48 1.54 1.56 2.2 2.8 2.19 2.20 2.21 2.22 2.23 "
    "3.7 3.8 3.9 3.10 4.2 4.4 4.6 4.7 4.8 4.14"
)
"""Facts of which nobody has written down yet which test shows them (arrays, nodes, pods, rules)."""
