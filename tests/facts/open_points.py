"""Which tests show what is chosen where the truth is not established (A), and what surprises those who
know other mocks (T). Both are lists without numbers: they are counted from 1 in their order.

The form of a row is that of `table`.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {"A": 17, "T": 20}
"""The number of entries of each list."""

SHOWN: Final = {
    "A.1": "pattern a_pattern_is_the_whole_text_or_a_prefix evaluate_on_exit; retry "
    "a_catch_all_on_reason_matches_an_attempt_without_a_reason "
    "an_absent_exit_code_matches_an_asterisk_only",
    "A.2": "shown an_attempt_is_listed_only_when_it_has_ended a_running_second_attempt_is_not_listed",
    "A.3": "life a_job_that_ends_before_running_has_stopped_at_and_no_started_at",
    "A.4": "stop a_terminated_job_whose_container_exits_with_0_has_failed; signal "
    "a_process_that_exits_with_0_when_it_is_timed_out_has_failed_all_the_same",
    "A.5": "stop an_unknown_id_is_no_error",
    "A.6": "depend an_unknown_dependency_is_refused_and_no_job_made",
    "A.7": "array n_to_n_of_another_size_or_of_no_array_is_refused; rule "
    "n_to_n_depends_on_an_array_of_the_same_size dependencies_between_children_need_an_array",
    "A.8": "use a_total_may_be_set_below_what_is_in_use_and_then_nothing_is_available",
    "A.9": "use each_attempt_takes_what_is_used_up_anew",
    "A.10": "order a_head_that_waits_blocks_those_behind_it_in_its_queue_alone",
    "A.11": "order of_two_queues_of_equal_priority_the_older_is_served_first",
    "A.12": "nodes the_others_fail_with_a_main_node_that_fails",
    "A.13": "task the_exit_code_for_the_retry_rules_is_of_the_first_essential_container_that_failed",
    "A.14": "rule a_bulk_call_names_1_to_50_jobs jobs_are_listed_of_one_queue_or_parent",
    "A.15": "spot a_multi_node_job_does_not_run_on_spot; gang "
    "a_gang_never_runs_in_an_unmanaged_environment; rule the_queue_can_run_multinode_jobs",
    "A.16": "retry a_reclaim_in_the_instant_of_a_terminate_or_time_out_loses; spot "
    "a_job_that_times_out_within_the_notice_is_not_retried",
    "A.17": "legal quotas_are_not_enforced_unless_asked_for; rule a_job_has_at_most_20_dependencies "
    "array_size_is_2_to_10000 a_queue_has_at_most_3_compute_environments "
    "evaluate_on_exit_has_at_most_5_entries at_most_100_jobs_are_described_at_once",
    "T.1": "list without_a_status_only_running_jobs_are_listed; array "
    "a_running_parent_is_found_among_the_pending_and_never_among_the_running",
    "T.2": "array one_failed_child_fails_the_parent_when_all_others_have_ended "
    "a_parent_has_no_attempt_and_no_log_stream",
    "T.3": "retry a_failure_that_no_rule_matches_is_retried "
    "a_rule_matches_only_if_all_its_conditions_do; rule retry_attempts_are_1_to_10",
    "T.4": "rule retry_attempts_are_1_to_10 timeout_is_at_least_60_seconds array_size_is_2_to_10000 "
    "a_job_has_at_most_20_dependencies",
    "T.5": "retry what_the_user_or_the_time_limit_ended_is_never_retried",
    "T.6": "stop cancel_leaves_a_placed_job_alone_and_succeeds; depend "
    "a_pending_job_is_cancelled_at_once_but_ends_when_its_dependencies_have",
    "T.7": "shown unknown_ids_are_left_out_without_an_error; stop "
    "a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done an_unknown_id_is_no_error",
    "T.8": "override legacy_overrides_do_not_beat_the_resource_requirements_of_the_definition",
    "T.9": "revision a_revision_inherits_nothing_from_the_one_before",
    "T.10": "revision a_submit_of_an_unknown_or_inactive_definition_is_refused; rule "
    "a_disabled_queue_takes_no_jobs",
    "T.11": "depend an_unknown_dependency_is_refused_and_no_job_made; life "
    "a_pending_job_whose_dependency_fails_fails_without_an_attempt",
    "T.12": "rule the_main_node_is_one_of_the_nodes the_ranges_cover_all_nodes; spot "
    "a_multi_node_job_does_not_run_on_spot; nodes "
    "the_arn_of_a_node_is_that_of_its_job_and_its_index",
    "T.13": "rule the_queue_can_run_the_capability_of_the_definition",
    "T.14": "wait a_job_larger_than_any_environment_stays_runnable_with_the_reason",
    "T.15": "life started_at_is_absent_before_running_although_the_model_requires_it "
    "times_are_whole_milliseconds_in_order; echo an_answer_never_holds_a_null",
    "T.16": "late a_resource_passes_through_creating_updating_and_deleting "
    "a_resource_that_is_being_modified_is_neither_updated_nor_deleted; rule "
    "an_environment_is_deleted_disabled an_environment_that_queues_use_is_not_deleted "
    "a_queue_is_deleted_disabled",
    "T.17": "rule a_fair_share_queue_needs_a_share_identifier "
    "shares_and_priorities_need_a_fair_share_queue; policy "
    "a_weight_of_an_eighth_gets_eight_times_the_share",
    "T.18": "life a_container_that_ends_by_itself_gives_the_same_reason_for_success_and_failure",
    "T.19": "shown empty_lists_and_maps_are_shown; override "
    "the_variables_of_batch_itself_are_not_described overrides_do_not_change_the_definition",
    "T.20": "rule names_and_a_page_size_exclude_each_other at_most_100_jobs_are_described_at_once "
    "tags_hold_letters_digits_spaces_and_eight_special_characters job_name_matches_the_pattern",
}

NOT_SHOWN: Final[dict[str, str]] = {}
"""Entries without a row, and why."""
