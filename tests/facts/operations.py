"""Which tests show which fact about the service: service jobs (13), bulk
operations (14), listings (15), logs (19), the rest (21) and Spot (S).

The form of a row is that of `table`.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {"13": 19, "14": 10, "15": 13, "19": 3, "21": 20, "S": 18}
"""The number of facts of each section."""

LETTERS: Final = set[str]()
"""Facts that have a letter, and tables of texts without numbers: the letter is that of their part."""

SHOWN: Final = {
    "13.1": "rule a_service_environment_has_capacity_limits capacity_units_are_known",
    "13.2": "training a_service_environment_is_deleted_disabled_and_without_a_queue "
    "an_update_of_a_service_environment_applies_what_is_sent_and_nothing_else; late "
    "a_resource_passes_through_creating_updating_and_deleting; rule "
    "a_service_environment_is_deleted_disabled a_service_environment_that_queues_use_is_not_deleted",
    "13.3": "rule a_service_payload_is_at_most_10_kib a_service_submit_is_at_most_30_kib "
    "service_scheduling_priority_is_0_to_9999; training "
    "a_payload_is_kept_as_it_was_sent_and_not_looked_into",
    "13.4": "training a_repeated_client_token_makes_no_second_job",
    "13.5": "training container_jobs_and_service_jobs_have_queues_of_their_own; rule "
    "a_service_queue_takes_no_container_jobs a_service_job_needs_a_service_queue",
    "13.6": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.7": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.8": "training a_job_for_which_there_are_no_instances_waits_again_without_using_an_attempt",
    "13.9": "training rules_of_a_retry_look_at_the_status_reason; rule "
    "service_retry_attempts_are_1_to_10 service_evaluate_on_exit_has_at_most_5_entries",
    "13.10": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker "
    "a_training_job_is_named_after_the_job_with_32_hexadecimal_digits",
    "13.11": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.12": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker "
    "a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so",
    "13.13": "training a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so",
    "13.14": "training terminating_a_job_in_each_status_fails_it_with_the_callers_words",
    "13.15": "training running_jobs_are_listed_unless_a_status_or_filter_says_otherwise "
    "a_time_and_a_share_filter_find_service_jobs "
    "a_share_filter_may_be_combined_with_a_status_of_service_jobs; share "
    "service_jobs_are_listed_by_their_quota_share_with_or_without_a_status",
    "13.16": "training an_unknown_service_job_is_refused",
    "13.17": "rule service_environment_names_are_128_letters_digits_hyphens_and_underscores "
    "a_service_environment_has_capacity_limits a_service_environment_has_at_most_5_capacity_limits "
    "a_service_environment_has_capacity capacity_units_are_instances_or_instance_types "
    "capacity_units_are_known",
    "13.18": "training a_job_and_its_summary_have_exactly_these_members",
    "13.19": "training a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so",
    "14.1": "stop a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done "
    "a_bulk_call_answers_with_both_lists_even_if_one_is_empty; rule "
    "a_bulk_call_names_1_to_50_jobs a_reason_has_at_most_1024_characters",
    "14.2": "stop a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done",
    "14.3": "stop a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done",
    "14.5": "rule a_bulk_call_names_1_to_50_jobs",
    "14.6": "training several_service_jobs_are_terminated_at_once; stop "
    "a_bulk_call_answers_with_both_lists_even_if_one_is_empty",
    "14.7": "stop cancel_leaves_a_placed_job_alone_and_succeeds "
    "an_ended_job_is_left_as_it_is_without_an_error a_second_terminate_changes_nothing",
    "14.8": "stop an_unknown_id_is_no_error; rule the_job_is_named; answer "
    "an_answer_holds_what_was_recorded",
    "14.9": "stop a_job_that_was_not_placed_fails_at_once_with_the_users_words; wire "
    "a_refusal_has_its_code_in_a_header_and_its_text_in_the_body",
    "14.10": "training an_update_of_the_priority_answers_with_the_job_and_an_unknown_one_is_refused; "
    "share an_update_of_the_priority_stops_a_job_of_the_same_share",
    "15.1": "rule jobs_are_listed_of_one_queue_or_parent",
    "15.2": "list without_a_status_only_running_jobs_are_listed",
    "15.3": "list a_filter_shows_all_statuses_whatever_status_is_given "
    "a_share_filter_may_be_combined_with_a_status; rule one_filter_at_a_time",
    "15.4": "list a_name_filter_ignores_case_and_takes_a_trailing_asterisk "
    "a_definition_filter_takes_a_name_a_prefix_or_the_arn_of_one_revision "
    "time_filters_are_milliseconds_before_and_after_the_submit; rule a_filter_has_a_known_name "
    "a_job_definition_filter_by_arn_has_no_asterisk",
    "15.5": "list with_filters_the_newest_job_comes_first",
    "15.6": "array filters_do_not_apply_to_children",
    "15.7": "list a_page_with_a_status_holds_1000_jobs_and_one_with_a_filter_100 "
    "a_full_last_page_has_no_token max_results_pages_and_the_last_page_has_no_token "
    "a_page_of_jobs_has_1_to_1000; rule a_page_of_jobs_has_1_to_1000",
    "15.8": "list a_summary_has_exactly_these_members a_cancelled_job_says_so_and_others_say_nothing",
    "15.9": "list a_summary_has_exactly_these_members",
    "15.10": "array children_are_not_in_the_listing_of_their_queue; nodes "
    "the_queue_lists_the_job_and_not_its_nodes",
    "15.11": "rule a_page_has_1_to_100 names_and_a_page_size_exclude_each_other",
    "15.12": "found unknown_names_are_left_out_without_an_error",
    "15.13": "list ended_jobs_vanish_from_every_listing_when_they_are_forgotten",
    "19.1": "log the_lines_of_an_outcome_are_in_the_stream_that_the_job_shows",
    "19.2": "log other_log_drivers_have_no_stream; pod a_pod_has_no_log_stream",
    "21.1": "wire a_refusal_has_its_code_in_a_header_and_its_text_in_the_body "
    "the_three_operations_on_tags_carry_the_arn_in_their_path",
    "21.2": "wire a_refusal_has_its_code_in_a_header_and_its_text_in_the_body; fault "
    "a_server_error_is_the_modelled_exception_with_status_500",
    "21.3": "submit a_bad_job_name_is_refused_and_wrapped "
    "the_fargate_size_after_overrides_is_refused_bare",
    "21.5": "override the_same_submit_twice_makes_two_jobs; fault "
    "a_submit_whose_answer_was_lost_makes_a_second_job",
    "21.6": "rule a_name_is_used_once_per_account_and_region "
    "a_quota_share_name_is_used_once_per_queue; override the_same_submit_twice_makes_two_jobs",
    "21.7": "rule the_queue_to_update_exists the_environment_to_update_exists",
    "21.8": "naming names_and_arns_of_queues_and_environments_mean_the_same; use "
    "the_name_and_the_arn_of_a_resource_mean_the_same; training "
    "an_update_of_a_service_environment_applies_what_is_sent_and_nothing_else; rule "
    "a_scheduling_policy_is_named_by_its_arn; share "
    "a_quota_share_is_made_and_listed_by_its_queue_and_else_named_by_its_arn",
    "21.9": "late a_resource_passes_through_creating_updating_and_deleting; stale "
    "a_list_shows_a_job_only_after_the_lag_but_describe_jobs_finds_it_at_once "
    "the_snapshot_of_a_queue_lags figures_of_consumable_resources_lag",
    "21.10": "shape an_unknown_enum_value_is_refused_with_its_path_and_the_allowed_values "
    "what_we_accept_botocore_accepts_too the_least_that_botocore_accepts_we_accept",
    "21.12": "page a_listing_in_pages_is_the_listing",
    "21.13": "stop deleting_a_queue_ends_its_jobs_with_the_queues_reason disabling_a_queue_ends_no_job",
    "21.15": "env the_reserved_context_is_accepted",
    "21.16": "signal a_process_that_ignores_sigterm_is_killed_after_the_stop_time_out "
    "a_virtual_time_out_reaches_the_process; process a_signal_is_told_as_128_and_its_number; real "
    "a_container_that_is_stopped_in_vain_is_killed_after_its_stop_timeout",
    "21.17": "stop terminate_of_a_running_job_is_asynchronous a_terminated_container_was_killed; real "
    "a_terminated_task_is_running_until_all_its_containers_have_stopped",
    "21.18": "stop a_terminated_job_whose_container_exits_with_0_has_failed",
    "21.19": "life every_status_lasts_so_that_a_poll_can_see_it",
    "21.20": "env an_empty_text_removes_a_member_and_an_absent_one_leaves_it",
    "S.1": "spot a_reclaimed_job_shows_the_instance_that_was_terminated",
    "S.2": "spot a_reclaimed_attempt_has_neither_exit_code_nor_reason",
    "S.3": "spot a_job_with_one_attempt_fails_at_its_first_reclaim",
    "S.4": "spot five_reclaims_use_up_five_attempts_of_the_canonical_policy "
    "the_canonical_policy_ends_an_application_failure_at_once",
    "S.5": "spot without_the_catch_all_an_application_failure_is_retried_too",
    "S.6": "spot a_rule_on_the_exit_code_alone_does_not_match_a_reclaim_without_one",
    "S.7": "spot after_a_reclaim_the_job_goes_through_all_statuses_again_with_a_new_log_stream "
    "a_reclaimed_job_comes_before_those_that_waited",
    "S.8": "spot with_the_notice_the_job_goes_on_for_two_minutes; notice "
    "a_process_hears_of_the_notice_and_its_job_goes_back_to_its_queue "
    "a_process_that_does_not_listen_is_killed_when_the_notice_is_over",
    "S.9": "spot an_attempt_reclaimed_while_starting_has_no_start_and_no_log_stream",
    "S.10": "spot of_an_array_only_the_reclaimed_child_is_retried",
    "S.11": "spot dependents_wait_through_retries_and_fail_with_the_last_reclaim",
    "S.12": "spot a_terminated_job_that_is_reclaimed_is_not_retried_and_has_the_users_reason "
    "a_job_that_times_out_within_the_notice_is_not_retried",
    "S.13": "spot fargate_spot_has_a_reason_and_an_exit_code_of_its_own "
    "a_rule_for_interrupted_tasks_retries_on_fargate_spot "
    "a_fargate_spot_container_that_exits_with_0_on_the_signal_has_succeeded",
    "S.14": "market an_empty_pool_sends_jobs_to_the_next_type_and_no_pool_blocks_the_queue "
    "a_time_limit_ends_what_waits_for_spot_and_it_is_not_retried",
    "S.15": "spot a_job_falls_back_to_on_demand_when_spot_is_full_and_may_go_elsewhere_at_a_retry",
    "S.16": "spot a_multi_node_job_does_not_run_on_spot",
    "S.17": "market an_update_that_terminates_jobs_ends_them_like_an_interruption",
    "S.18": "spot a_lost_attempt_gives_replenishable_resources_back_and_uses_up_the_others",
}

NOT_SHOWN: Final[dict[str, str]] = {
    "14.4": "not observable through the API: IAM is not modelled, so every caller may do everything",
    "19.3": "not observable through the API: metrics are those of other services",
    "21.4": "not observable through the API: IAM is not modelled, so every caller may do everything",
    "21.11": "not observable through the API: it says where the checks of the other facts belong",
    "21.14": "not observable through the API: figures of the service that are defaults of the latency",
}
"""Facts without a row, and why."""
