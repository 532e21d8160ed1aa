"""Which tests show which fact about the service: life cycle (1), retries (2), time limits (3),
dependencies (4), arrays (5), the environment of containers (17), events (18).

A value names tests by file (see `files`) and name, after ``;`` those of another file. ``rule`` names
rules instead: each has an example of a request that it refuses, with the text, and of one that it
accepts. The other sections are in `definitions`, `resources` and `operations`.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {"1": 59, "2": 23, "3": 10, "4": 16, "5": 19, "17": 8, "18": 10}
"""The number of facts of each section."""

SHOWN: Final = {
    "1.1": "table a_container_job_knows_exactly_the_seven_statuses; life "
    "there_is_no_status_but_failed_for_what_a_user_ended",
    "1.2": "life submit_puts_a_job_into_submitted a_job_with_an_open_dependency_is_pending_first "
    "a_job_without_dependencies_goes_through_all_statuses_but_pending",
    "1.3": "depend a_job_waits_until_the_other_has_succeeded a_job_waits_for_all_of_20_others",
    "1.4": "life a_job_without_room_stays_runnable_for_ever; use "
    "a_job_waits_in_runnable_for_what_another_has_taken",
    "1.5": "life a_job_whose_image_cannot_be_pulled_never_runs; task "
    "the_job_is_starting_until_the_dependencies_of_its_containers_are_resolved; pod "
    "init_containers_run_one_by_one_before_the_others_while_the_job_is_starting",
    "1.6": "life exit_code_0_succeeds another_exit_code_fails "
    "a_retry_goes_back_to_runnable_not_to_submitted; table "
    "the_way_of_a_retry_leads_back_to_runnable_only nothing_leads_back_to_submitted",
    "1.7": "life a_job_whose_image_cannot_be_pulled_never_runs "
    "a_job_whose_host_is_lost_before_the_start_never_runs",
    "1.8": "life a_pending_job_whose_dependency_fails_fails_without_an_attempt",
    "1.9": "life an_ended_job_never_changes_again; table a_job_that_has_ended_never_moves_again; retry "
    "attempts_is_the_total_number_of_tries",
    "1.10": "array a_parent_is_pending_while_its_children_run_and_succeeds_with_all_of_them "
    "one_failed_child_fails_the_parent_when_all_others_have_ended; nodes "
    "start_end_reason_and_exit_code_of_the_job_are_those_of_the_main_node",
    "1.11": "life every_status_lasts_so_that_a_poll_can_see_it; event "
    "there_is_one_event_for_each_change_but_none_for_the_submit",
    "1.12": "life a_container_that_ends_by_itself_gives_the_same_reason_for_success_and_failure "
    "the_reason_of_a_container_that_ended_is_the_same_on_every_platform",
    "1.13": "life a_lost_host_is_named_with_its_instance_and_a_full_stop; retry "
    "a_reclaim_names_the_lost_instance_in_attempt_and_job a_reclaim_may_have_an_exit_code "
    "a_fargate_spot_reclaim_has_its_own_text_and_exit_code_137",
    "1.14": "limit a_job_over_its_limit_fails_with_the_reason_and_exit_code_137",
    "1.15": "depend a_dependency_that_fails_later_fails_the_job_in_that_instant",
    "1.16": "array one_failed_child_fails_the_parent_when_all_others_have_ended",
    "1.17": "life a_task_that_cannot_pull_its_image_failed_to_start "
    "another_reason_of_a_task_that_cannot_start_is_told_as_given; real "
    "an_essential_container_that_cannot_start_fails_the_start_of_the_task",
    "1.18": "life trouble_of_the_agent_leaves_a_container_reason_and_no_exit_code "
    "a_rule_for_the_reason_agent_matches_trouble_of_the_ecs_agent",
    "1.19": "life out_of_memory_is_exit_code_137_with_a_container_reason "
    "a_log_group_that_is_not_there_fails_the_attempt_at_its_start",
    "1.20": "stop a_job_that_was_not_placed_fails_at_once_with_the_users_words "
    "terminate_of_a_running_job_is_asynchronous the_callers_reason_may_hold_any_text",
    "1.21": "wait a_time_limit_action_ends_the_blocked_head_and_no_retry_follows; share "
    "a_time_limit_action_ends_a_job_that_its_share_can_never_hold",
    "1.22": "life a_job_larger_than_every_environment_stays_runnable_with_the_reason "
    "only_the_head_of_a_blocked_queue_has_the_reason",
    "1.23": "reject more_than_50_propagated_tags_fail_the_job",
    "1.24": "reject overrides_longer_than_ecs_takes_fail_the_job_without_an_attempt",
    "1.25": "blocked a_job_with_more_vcpus_than_the_maximum a_job_larger_than_any_instance "
    "a_lack_of_capacity_ends_with_the_first_instance_that_is_there "
    "what_a_test_breaks_is_shown_and_goes_with_it",
    "1.26": "life created_at_is_the_time_of_the_submit; array "
    "children_are_spawned_when_the_parents_dependency_has_succeeded",
    "1.27": "life started_at_is_that_of_the_last_attempt_that_ran "
    "an_attempt_that_never_ran_leaves_started_at_of_the_one_before",
    "1.28": "life started_at_is_the_move_to_running_and_stopped_at_the_end",
    "1.29": "life started_at_is_absent_before_running_although_the_model_requires_it "
    "stopped_at_is_absent_while_running",
    "1.30": "life a_job_that_ends_before_running_has_stopped_at_and_no_started_at",
    "1.31": "list a_summary_has_exactly_these_members; training "
    "a_job_and_its_summary_have_exactly_these_members",
    "1.32": "shown an_ended_attempt_has_exactly_these_members; task "
    "attempts_list_the_results_of_every_container",
    "1.33": "shown an_attempt_is_listed_only_when_it_has_ended a_running_second_attempt_is_not_listed",
    "1.34": "shown a_job_has_exactly_these_members_in_each_status "
    "an_attempt_that_cannot_pull_has_a_task_and_no_log_stream",
    "1.35": "shown a_reason_has_at_most_255_characters "
    "a_failed_attempt_with_a_reason_shows_it_and_a_clean_exit_shows_none "
    "a_reclaimed_attempt_has_neither_exit_code_nor_reason",
    "1.36": "shown the_final_attempt_is_repeated_in_the_container_of_the_job",
    "1.37": "task attempts_list_the_results_of_every_container",
    "1.38": "pod eks_attempts_list_what_became_of_every_container",
    "1.39": "shown a_job_has_exactly_these_members_in_each_status empty_lists_and_maps_are_shown",
    "1.40": "shown a_job_has_exactly_these_members_in_each_status "
    "a_blocked_job_has_a_status_reason_besides what_nobody_set_is_not_shown; sample "
    "a_sample_has_the_members_of_the_mocks_answer",
    "1.41": "shown empty_lists_and_maps_are_shown",
    "1.42": "shown a_retry_strategy_is_shown_with_its_rules_filled_in "
    "the_retry_strategy_and_time_limit_of_the_definition_are_shown",
    "1.43": "override the_variables_of_batch_itself_are_not_described "
    "an_environment_override_replaces_by_name_and_adds",
    "1.44": "override a_command_override_replaces_the_whole_command "
    "parameters_of_the_submit_go_over_those_of_the_definition_key_by_key",
    "1.45": "array the_status_summary_counts_every_child_with_zeros_and_sums_to_the_size "
    "children_share_name_definition_queue_retries_and_time_limit_of_the_parent",
    "1.46": "nodes start_end_reason_and_exit_code_of_the_job_are_those_of_the_main_node "
    "the_job_shows_its_ranges_and_a_node_its_place_and_container "
    "the_arn_of_a_node_is_that_of_its_job_and_its_index; node "
    "a_node_shows_the_task_of_its_range_and_the_parent_the_ranges",
    "1.47": "pod the_pod_and_the_node_are_named_from_starting_on "
    "a_waiting_pod_is_shown_as_the_service_shows_it "
    "every_container_counts_and_nobody_is_stopped_because_another_failed "
    "eks_attempts_list_what_became_of_every_container",
    "1.48": "task container_is_empty_and_the_task_shows_its_containers "
    "attempts_list_the_results_of_every_container",
    "1.49": "depend a_pending_job_is_cancelled_at_once_but_ends_when_its_dependencies_have; stop "
    "terminate_of_a_running_job_is_asynchronous; list "
    "a_cancelled_job_says_so_and_others_say_nothing; shown what_nobody_set_is_not_shown",
    "1.50": "shown 100_jobs_are_described_at_once_and_101_refused; rule "
    "at_most_100_jobs_are_described_at_once",
    "1.51": "shown unknown_ids_are_left_out_without_an_error",
    "1.52": "shown a_job_id_is_a_lower_case_uuid_of_version_4; array "
    "children_share_name_definition_queue_retries_and_time_limit_of_the_parent; nodes "
    "the_arn_of_a_node_is_that_of_its_job_and_its_index",
    "1.53": "arn every_kind_of_resource_has_an_arn_of_its_own_form; shown "
    "arns_are_in_the_partition_of_their_region",
    "1.54": "arn every_kind_of_resource_has_an_arn_of_its_own_form; nodes "
    "the_arn_of_a_node_is_that_of_its_job_and_its_index",
    "1.55": "shown a_log_stream_is_definition_name_default_and_task_id; log "
    "the_lines_of_an_outcome_are_in_the_stream_that_the_job_shows",
    "1.56": "task the_task_arn_comes_with_starting_and_the_log_streams_with_the_containers",
    "1.57": "shown a_log_stream_begins_with_the_prefix_of_the_awslogs_options; log "
    "group_and_prefix_follow_the_awslogs_options",
    "1.58": "shown task_and_instance_are_in_the_cluster_of_the_compute_environment",
    "1.59": "life an_ended_job_is_kept_for_seven_days a_job_that_has_not_ended_is_kept_for_ever",
    "2.1": "retry a_job_has_one_attempt_by_default attempts_is_the_total_number_of_tries; rule "
    "retry_attempts_are_1_to_10",
    "2.2": "rule a_retry_strategy_has_attempts evaluate_on_exit_has_at_most_5_entries; need "
    "retry_rules_without_attempts_are_refused",
    "2.3": "retry the_retry_strategy_of_the_submit_replaces_the_whole_of_the_definition",
    "2.4": "retry a_rule_matches_only_if_all_its_conditions_do the_first_rule_that_matches_decides",
    "2.5": "retry a_failure_that_no_rule_matches_is_retried "
    "without_the_catch_all_an_application_error_is_retried_too",
    "2.6": "retry the_case_of_an_action_does_not_matter_and_is_echoed; rule "
    "evaluate_on_exit_action_is_retry_or_exit",
    "2.7": "retry an_exit_code_matches_whole_or_by_a_prefix_with_asterisk "
    "a_status_reason_matches_whole_or_by_a_prefix_and_case_matters; pattern "
    "a_pattern_is_the_whole_text_or_a_prefix; rule "
    "evaluate_on_exit_condition_has_at_most_512_characters",
    "2.8": "rule evaluate_on_exit_condition_has_plain_characters; need "
    "a_pattern_outside_the_set_is_refused an_exit_code_pattern_has_digits_only; retry "
    "a_fargate_spot_reclaim_needs_a_rule_of_its_own",
    "2.9": "retry a_catch_all_on_reason_matches_an_attempt_without_a_reason "
    "an_absent_exit_code_matches_an_asterisk_only",
    "2.10": "retry a_status_reason_matches_whole_or_by_a_prefix_and_case_matters",
    "2.11": "retry a_container_reason_is_what_on_reason_is_compared_with "
    "a_status_reason_matches_whole_or_by_a_prefix_and_case_matters "
    "an_exit_code_matches_whole_or_by_a_prefix_with_asterisk",
    "2.12": "retry retry_with_no_attempt_left_fails attempts_is_the_total_number_of_tries",
    "2.13": "retry what_the_user_or_the_time_limit_ended_is_never_retried; life "
    "overrides_that_ecs_refuses_are_not_tried_again",
    "2.14": "retry every_failure_that_the_user_did_not_ask_for_is_retried",
    "2.15": "retry a_reclaim_takes_one_of_the_attempts",
    "2.16": "retry the_attempt_number_grows_by_one",
    "2.17": "shown each_attempt_has_a_task_and_a_log_stream_of_its_own; limit "
    "every_attempt_gets_the_full_time_again",
    "2.18": "life a_retry_goes_back_to_runnable_not_to_submitted; event "
    "the_detail_is_what_describe_jobs_showed_at_that_moment",
    "2.19": "nodes a_failure_of_another_node_is_no_new_attempt "
    "a_failure_of_the_main_node_is_a_new_attempt_of_every_node; node "
    "a_container_of_the_main_node_that_fails_ends_the_job_and_a_retry_is_one_of_every_node",
    "2.20": "array each_child_has_attempts_of_its_own a_parent_has_no_attempt_and_no_log_stream",
    "2.21": "pod the_exit_code_for_the_retry_rules_is_of_the_container_that_failed_first "
    "every_container_counts_and_nobody_is_stopped_because_another_failed",
    "2.22": "task the_exit_code_for_the_retry_rules_is_of_the_first_essential_container_that_failed",
    "2.23": "fleet an_update_that_terminates_jobs_ends_them_as_on_a_lost_host",
    "3.1": "limit a_limit_below_60_seconds_is_refused there_is_no_longest_limit "
    "a_job_without_a_time_limit_may_run_for_ever; rule timeout_is_at_least_60_seconds",
    "3.2": "limit the_limit_counts_from_running_of_the_attempt "
    "an_image_pull_does_not_count_against_the_limit",
    "3.3": "limit the_limit_of_the_submit_overrides_that_of_the_definition "
    "the_limit_of_the_definition_holds_without_another",
    "3.4": "limit a_job_over_its_limit_fails_with_the_reason_and_exit_code_137 "
    "a_time_out_is_never_retried; signal a_virtual_time_out_reaches_the_process "
    "a_process_that_ignores_sigterm_is_killed_after_the_stop_time_out",
    "3.6": "limit every_attempt_gets_the_full_time_again",
    "3.7": "array a_child_over_its_time_limit_fails_alone "
    "the_time_limit_is_that_of_each_child_and_the_parent_has_none",
    "3.8": "nodes the_time_limit_is_of_the_job_and_ends_every_node",
    "3.9": "signal a_process_that_exits_with_0_when_it_is_timed_out_has_failed_all_the_same; limit "
    "a_success_in_the_instant_of_the_limit_loses",
    "3.10": "training the_time_limit_of_an_attempt_counts_from_running_and_ends_the_job "
    "without_a_time_limit_a_training_may_run_for_ever",
    "4.1": "depend a_21st_dependency_is_refused a_job_waits_for_all_of_20_others",
    "4.2": "depend an_entry_has_one_of_two_types_and_is_shown_as_it_was_given "
    "an_entry_of_another_type_is_refused; rule a_dependency_names_a_job_or_is_sequential",
    "4.3": "depend a_job_waits_until_the_other_has_succeeded; array "
    "a_job_that_depends_on_an_array_waits_for_all_its_children; nodes "
    "a_job_waits_for_a_multi_node_job_whatever_becomes_of_its_other_nodes",
    "4.4": "array sequential_children_run_one_after_the_other "
    "a_sequential_child_that_fails_fails_those_behind_it",
    "4.5": "depend sequential_with_a_job_id_is_a_plain_dependency",
    "4.6": "array n_to_n_pairs_the_children_by_their_index "
    "n_to_n_of_another_size_or_of_no_array_is_refused",
    "4.7": "array n_to_n_of_another_size_or_of_no_array_is_refused; rule "
    "n_to_n_depends_on_an_array_of_the_same_size dependencies_between_children_need_an_array",
    "4.8": "array a_job_may_depend_on_one_child",
    "4.9": "depend a_dependency_that_has_succeeded_is_met",
    "4.10": "depend a_dependency_that_has_failed_fails_the_job a_failure_cascades_down_the_chain "
    "a_dependency_that_fails_later_fails_the_job_in_that_instant",
    "4.11": "depend an_attempt_that_is_retried_does_not_fail_the_dependents",
    "4.12": "depend an_unknown_dependency_is_refused_and_no_job_made "
    "a_dependency_past_its_retention_is_refused",
    "4.13": "depend a_pending_job_is_cancelled_at_once_but_ends_when_its_dependencies_have",
    "4.14": "depend a_pending_job_is_cancelled_at_once_but_ends_when_its_dependencies_have; stop "
    "a_job_that_was_not_placed_fails_at_once_with_the_users_words",
    "4.15": "depend dependencies_cross_queues dependencies_do_not_cross_regions",
    "4.16": "depend nobody_can_depend_on_himself_as_an_id_comes_with_the_answer",
    "5.1": "array a_size_outside_2_to_10000_is_refused; rule array_size_is_2_to_10000",
    "5.2": "array children_share_name_definition_queue_retries_and_time_limit_of_the_parent "
    "overrides_and_parameters_are_those_of_every_child",
    "5.3": "array a_parent_is_pending_while_its_children_run_and_succeeds_with_all_of_them "
    "a_parent_becomes_pending_when_its_children_can_run",
    "5.4": "array a_running_parent_is_found_among_the_pending_and_never_among_the_running",
    "5.5": "array one_child_that_does_not_succeed_fails_the_parent_with_its_reason "
    "a_parent_is_pending_while_its_children_run_and_succeeds_with_all_of_them",
    "5.6": "array one_failed_child_fails_the_parent_when_all_others_have_ended",
    "5.7": "array the_status_summary_counts_every_child_with_zeros_and_sums_to_the_size",
    "5.8": "stale the_counts_of_an_arrays_children_lag_and_add_up_to_its_size; array "
    "the_status_summary_counts_every_child_with_zeros_and_sums_to_the_size",
    "5.9": "array a_child_finds_its_index_the_size_and_its_full_id",
    "5.10": "array a_cancel_of_the_parent_ends_those_who_wait_and_leaves_those_who_run "
    "a_terminate_of_the_parent_ends_all_its_children "
    "the_children_of_a_cancelled_parent_that_run_go_on_to_their_end",
    "5.11": "array a_terminate_of_one_child_leaves_the_others_and_fails_the_parent "
    "one_child_that_does_not_succeed_fails_the_parent_with_its_reason",
    "5.12": "array children_are_listed_by_the_parent_and_a_status filters_do_not_apply_to_children",
    "5.13": "array each_child_has_attempts_of_its_own",
    "5.14": "array a_parent_has_no_attempt_and_no_log_stream "
    "the_time_limit_is_that_of_each_child_and_the_parent_has_none",
    "5.15": "rule an_array_of_multinode_jobs_is_refused",
    "5.16": "array children_are_spawned_when_the_parents_dependency_has_succeeded "
    "sequential_children_run_one_after_the_other n_to_n_pairs_the_children_by_their_index",
    "5.17": "array the_tags_of_a_child_are_not_there_to_change "
    "tags_are_the_parents_and_not_its_childrens; rule "
    "children_of_array_and_multinode_jobs_are_not_tagged",
    "5.18": "array children_are_spawned_when_the_parents_dependency_has_succeeded",
    "5.19": "array a_parent_starts_with_its_first_child_and_stops_with_its_last "
    "a_parent_of_which_no_child_ran_has_no_start",
    "17.1": "override a_job_on_ec2_finds_what_batch_and_ecs_set; retry the_attempt_number_grows_by_one",
    "17.2": "array a_child_finds_its_index_the_size_and_its_full_id; override "
    "a_single_job_has_no_array_or_node_variables",
    "17.3": "nodes the_nodes_know_their_index_the_main_node_and_its_address; override "
    "a_single_job_has_no_array_or_node_variables",
    "17.4": "pod the_containers_of_a_pod_see_the_variables_of_batch_and_the_uid_of_their_node "
    "jobs_on_ecs_have_no_node_uid; node the_pods_of_a_multi_node_job_know_their_place",
    "17.5": "override a_job_on_ec2_finds_what_batch_and_ecs_set "
    "a_job_on_fargate_finds_its_execution_environment; endpoint "
    "a_job_with_a_role_gets_credentials_and_metadata_where_the_sdks_look_for_them",
    "17.6": "kinds a_name_of_a_variable_does_not_begin_with_aws_batch; rule "
    "environment_names_do_not_start_with_aws_batch environment_overrides_do_not_start_with_aws_batch "
    "pod_environment_names_do_not_start_with_aws_batch",
    "17.7": "task every_container_gets_the_variables_of_batch",
    "17.8": "override secrets_are_described_by_name_and_place_only; member "
    "a_secret_is_a_variable_of_the_container_and_is_shown_nowhere",
    "18.1": "event there_is_one_event_for_each_change_but_none_for_the_submit "
    "a_blocked_queue_is_told_once_with_both_arns "
    "service_jobs_have_a_detail_type_of_their_own_and_leave_out_tags_and_payload "
    "a_blocked_queue_of_service_jobs_is_told_with_the_job_alone the_envelope_is_that_of_eventbridge; "
    "preempt a_preemption_is_told_when_it_starts_and_when_it_is_completed",
    "18.2": "event the_envelope_is_that_of_eventbridge a_blocked_queue_is_told_once_with_both_arns "
    "a_blocked_queue_of_service_jobs_is_told_with_the_job_alone",
    "18.3": "event the_detail_is_what_describe_jobs_showed_at_that_moment "
    "the_tags_have_the_arn_and_propagate_tags_is_there",
    "18.4": "event there_is_one_event_for_each_change_but_none_for_the_submit "
    "children_and_parent_of_an_array_have_events_of_their_own "
    "the_nodes_of_a_multinode_job_have_events_of_their_own",
    "18.5": "heard duplicates_come_with_the_same_id reordered_events_all_arrive",
    "18.6": "event a_blocked_queue_is_told_once_with_both_arns",
    "18.7": "event service_jobs_have_a_detail_type_of_their_own_and_leave_out_tags_and_payload",
    "18.8": "preempt a_preemption_is_told_when_it_starts_and_when_it_is_completed",
    "18.9": "event the_running_event_has_the_task_and_the_log_stream",
    "18.10": "target a_job_is_submitted_for_every_event_that_matches "
    "array_size_and_attempts_can_be_given",
}

NOT_SHOWN: Final = {
    "3.5": "not observable through the API: how late the service may be, and here nothing is late",
}
"""Facts without a row, and why."""
