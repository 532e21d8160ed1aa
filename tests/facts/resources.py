"""Which tests show which fact about the service: environments (9), queues (10),
scheduling (11), consumable resources (12), tags (16), quotas (20).

The form of a row is that of `table`.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {"9": 36, "10": 17, "11": 40, "12": 14, "16": 10, "20": 2}
"""The number of facts of each section."""

LETTERS: Final = {"9.E", "10.B", "10.C", "11.36a", "11.36b", "11.E"}
"""Facts that have a letter, and tables of texts without numbers: the letter is that of their part."""

SHOWN: Final = {
    "9.1": "rule compute_environment_names_are_128_letters_digits_hyphens_and_underscores "
    "a_name_is_used_once_per_account_and_region",
    "9.2": "rule a_managed_environment_has_compute_resources "
    "an_unmanaged_environment_has_a_service_role "
    "an_unmanaged_environment_does_not_use_the_service_linked_role "
    "unmanaged_vcpus_are_for_unmanaged_environments",
    "9.3": "rule a_compute_environment_is_created_enabled",
    "9.4": "late a_resource_passes_through_creating_updating_and_deleting; echo "
    "an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
    "9.5": "blocked an_invalid_environment_says_why; request "
    "what_lives_in_other_services_is_taken_without_looking_it_up",
    "9.6": "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in; sample "
    "a_sample_has_the_members_of_the_mocks_answer; answer an_answer_holds_what_was_recorded",
    "9.7": "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in; answer "
    "what_several_answers_show_holds",
    "9.8": "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
    "9.9": "rule spot_with_best_fit_needs_the_spot_fleet_role",
    "9.10": "rule the_bid_percentage_is_for_spot the_bid_percentage_is_0_to_100; market "
    "without_a_bid_the_price_may_reach_on_demand",
    "9.11": "rule spot_strategies_are_for_spot the_ordered_strategy_is_for_on_demand",
    "9.12": "rule eks_environments_have_an_allocation_strategy best_fit_is_not_for_eks "
    "eks_environments_use_the_service_linked_role eks_environments_are_of_type_ec2_or_spot",
    "9.13": "types a_family_gives_its_sizes_from_the_smallest_without_metal "
    "a_bundle_gives_four_families metal_is_there_when_it_is_named; rule "
    "instance_types_share_one_architecture instance_types_are_known",
    "9.14": "rule one_or_two_ec2_configurations_are_given image_types_fit_the_orchestration "
    "images_of_amazon_linux_2_are_the_users_own; echo "
    "an_environment_is_echoed_with_the_defaults_that_the_service_fills_in; answer "
    "an_answer_holds_what_was_recorded",
    "9.15": "rule a_launch_template_has_an_id_or_a_name a_launch_template_has_at_most_10_overrides "
    "an_override_targets_no_bundles overrides_do_not_overlap "
    "an_override_targets_what_the_environment_may_launch",
    "9.16": "rule the_scale_down_delay_is_0_or_20_to_10080_minutes; fleet "
    "the_scaling_policy_sets_the_delay",
    "9.17": "env container_insights_are_echoed_and_other_values_refused",
    "9.18": "spot a_multi_node_job_does_not_run_on_spot; gang "
    "a_gang_never_runs_in_an_unmanaged_environment; node multi_node_jobs_run_on_eks; rule "
    "fargate_does_not_run_multinode_jobs managed_instances_do_not_run_multinode_jobs",
    "9.19": "fleet desired_vcpus_follows_demand_up_and_down "
    "min_vcpus_are_kept_by_a_disabled_environment; rule "
    "desiredvcpus_lie_between_minvcpus_and_maxvcpus maxvcpus_are_not_below_minvcpus",
    "9.20": "fleet max_vcpus_is_exceeded_by_less_than_one_instance best_fit_never_exceeds_max_vcpus; "
    "choice the_others_exceed_the_maximum_by_no_more_than_a_single_instance "
    "best_fit_with_on_demand_never_exceeds_the_maximum_and_with_spot_by_one_instance",
    "9.21": "env a_fargate_environment_holds_as_many_vcpus_as_its_jobs; place "
    "fargate_and_managed_instances_count_the_vcpus_of_jobs",
    "9.22": "fleet a_disabled_environment_starts_nothing_and_its_jobs_go_on",
    "9.23": "fleet an_idle_instance_leaves_after_its_delay min_vcpus_are_launched_at_once_and_kept",
    "9.24": "blocked 16000_mib_do_not_fit_a_g4dn_xlarge_of_16_gib; choice "
    "an_instance_offers_less_than_its_nominal_memory",
    "9.25": "late a_resource_passes_through_creating_updating_and_deleting "
    "a_resource_that_is_being_modified_is_neither_updated_nor_deleted; refusal "
    "a_recorded_refusal_is_refused_and_the_nearest_legal_request_accepted",
    "9.26": "env any_environment_is_scaled_whatever_its_strategy_and_role "
    "subnets_and_security_groups_of_fargate_are_part_of_a_scaling_update",
    "9.27": "fleet an_update_to_what_is_there_already_replaces_no_instance; rule "
    "infrastructure_updates_need_a_strategy_other_than_best_fit "
    "infrastructure_updates_need_the_service_linked_role",
    "9.28": "rule the_type_changes_only_between_on_demand_and_spot "
    "what_is_for_ec2_is_not_updated_on_fargate",
    "9.29": "rule desiredvcpus_do_not_go_down desiredvcpus_of_eks_environments_are_not_updated; env "
    "desired_vcpus_below_what_the_environment_has_are_refused",
    "9.30": "env an_empty_list_of_subnets_changes_nothing_on_fargate "
    "an_empty_list_of_security_groups_removes_them_on_ec2 "
    "an_empty_text_removes_a_member_and_an_absent_one_leaves_it",
    "9.31": "fleet an_update_that_terminates_jobs_ends_them_as_on_a_lost_host "
    "jobs_on_replaced_instances_have_the_time_that_the_policy_gives; update "
    "an_update_policy_is_ignored_on_fargate; rule "
    "jobs_get_1_to_7200_minutes_in_an_update",
    "9.32": "rule the_service_role_does_not_switch_to_or_from_the_service_linked_one",
    "9.33": "update an_update_of_an_environment_applies_what_is_sent_and_nothing_else",
    "9.34": "rule an_environment_is_deleted_disabled an_environment_that_queues_use_is_not_deleted; "
    "late an_environment_is_held_by_a_queue_that_is_being_detached",
    "9.35": "env a_fargate_environment_that_is_deleted_under_its_jobs_becomes_invalid",
    "9.36": "env deleting_what_is_not_there_succeeds",
    "9.E": "rule ec2_needs_an_instance_role ec2_needs_minvcpus ec2_needs_instance_types "
    "ec2_and_fargate_need_security_groups spot_with_best_fit_needs_the_spot_fleet_role "
    "maxvcpus_are_not_below_minvcpus desiredvcpus_lie_between_minvcpus_and_maxvcpus "
    "a_compute_environment_is_created_enabled an_unmanaged_environment_has_a_service_role "
    "an_unmanaged_environment_does_not_use_the_service_linked_role fargate_has_at_most_16_subnets "
    "fargate_has_at_most_5_security_groups image_types_fit_the_orchestration "
    "an_override_targets_instance_types",
    "10.1": "rule job_queue_names_are_128_letters_digits_hyphens_and_underscores",
    "10.2": "rule attached_compute_environments_exist_and_are_valid "
    "a_queue_has_at_most_3_compute_environments",
    "10.3": "rule fargate_and_ec2_are_not_mixed managed_instances_are_not_mixed_with_others "
    "eks_and_ecs_are_not_mixed compute_environments_of_a_queue_share_one_architecture "
    "on_demand_managed_instances_come_before_spot",
    "10.4": "rule a_queue_has_compute_or_service_environments_not_both "
    "a_queue_has_at_most_1_service_environment",
    "10.5": "echo a_queue_is_echoed_with_the_arns_of_its_environments",
    "10.6": "late a_resource_passes_through_creating_updating_and_deleting; stop "
    "disabling_a_queue_ends_no_job; rule a_disabled_queue_takes_no_jobs",
    "10.7": "echo a_queue_is_echoed_with_the_arns_of_its_environments",
    "10.8": "rule a_queue_created_without_a_scheduling_policy_never_gets_one "
    "the_scheduling_policy_of_a_queue_is_not_removed",
    "10.9": "rule a_queue_is_deleted_disabled a_queue_that_is_being_modified_is_not_deleted; stop "
    "deleting_a_queue_ends_its_jobs_with_the_queues_reason",
    "10.10": "env an_update_of_a_queue_applies_what_is_sent_and_answers_with_name_and_arn",
    "10.11": "rule time_limits_are_600_to_86400_seconds "
    "container_jobs_are_cancelled_and_service_jobs_terminated",
    "10.12": "wait a_time_limit_action_ends_the_blocked_head_and_no_retry_follows "
    "a_time_limit_starts_anew_when_the_head_was_not_blocked_meanwhile",
    "10.13": "rule time_limit_actions_have_a_reason_that_can_act",
    "10.14": "env a_reason_that_no_time_limit_can_act_on_is_refused",
    "10.15": "blocked a_time_limit_for_a_lack_of_capacity_ends_the_head; share "
    "a_time_limit_action_ends_a_job_that_its_share_can_never_hold",
    "10.16": "blocked only_the_head_shows_the_reason",
    "10.B": "blocked a_job_with_more_vcpus_than_the_maximum a_job_larger_than_any_instance "
    "a_lack_of_capacity_ends_with_the_first_instance_that_is_there "
    "what_a_test_breaks_is_shown_and_goes_with_it; training "
    "a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so; quota "
    "a_job_larger_than_its_share_tells_which_limit_it_exceeds",
    "10.C": "rule job_queue_names_are_128_letters_digits_hyphens_and_underscores "
    "attached_compute_environments_exist_and_are_valid "
    "attached_service_environments_exist_and_are_valid fargate_and_ec2_are_not_mixed "
    "order_values_differ the_scheduling_policy_of_a_queue_exists "
    "a_training_queue_has_a_service_environment quota_management_is_for_training_queues "
    "container_jobs_are_cancelled_and_service_jobs_terminated a_reason_has_one_time_limit_action",
    "11.1": "snap a_queue_without_a_policy_is_served_in_the_order_of_submission",
    "11.2": "order a_head_that_waits_blocks_those_behind_it_in_its_queue_alone",
    "11.3": "order a_retried_job_goes_to_the_front",
    "11.4": "order a_head_that_waits_blocks_those_behind_it_in_its_queue_alone "
    "of_two_queues_the_one_with_the_higher_priority_gets_the_room "
    "a_lower_queue_starts_jobs_while_a_higher_one_waits_for_more_room",
    "11.5": "order of_two_queues_of_equal_priority_the_older_is_served_first",
    "11.6": "order an_environment_that_is_too_small_is_passed_over "
    "a_disabled_environment_is_passed_over an_invalid_environment_is_passed_over "
    "an_environment_without_a_large_enough_type_is_passed_over; place "
    "windows_is_had_on_fargate_and_blocks_the_queue_on_fargate_spot",
    "11.7": "order jobs_fall_over_to_the_next_environment_when_the_first_is_full "
    "the_order_is_no_load_balancer an_environment_that_gets_no_capacity_is_passed_over",
    "11.8": "order the_job_sees_the_environment_that_it_was_placed_in",
    "11.9": "order a_running_job_is_never_stopped_for_a_higher_priority",
    "11.10": "fair no_decay_time_means_the_minimum_of_ten_minutes; rule "
    "shares_decay_within_0_to_604800_seconds",
    "11.11": "fair the_reservation_shrinks_with_every_active_share "
    "a_reservation_keeps_room_for_a_share_that_comes_later",
    "11.12": "fair in_the_long_run_shares_get_capacity_in_inverse_proportion_to_their_weights; rule "
    "weight_factors_lie_between_0_0001_and_999_9999; policy "
    "a_weight_of_an_eighth_gets_eight_times_the_share",
    "11.13": "fair the_share_with_the_lowest_weighted_use_is_next",
    "11.14": "fair the_weight_of_a_prefix_is_multiplied_by_the_identifiers_in_use; rule "
    "share_identifiers_do_not_overlap share_identifiers_are_well_formed",
    "11.15": "fair a_share_that_no_entry_names_has_the_weight_one",
    "11.16": "snap a_501st_active_share_is_refused_until_another_has_ended; rule "
    "a_queue_has_at_most_500_active_shares",
    "11.17": "snap an_identifier_counts_in_its_queue_alone",
    "11.18": "fair within_a_share_the_higher_scheduling_priority_is_first",
    "11.19": "snap of_an_unmanaged_environment_only_stated_vcpus_are_reserved",
    "11.20": "rule a_policy_is_for_fair_share_or_for_quota_shares "
    "the_type_of_a_policy_does_not_change; legal the_other_resources_are_created",
    "11.21": "rule a_policy_that_queues_use_is_not_deleted at_most_100_resources_are_described_at_once",
    "11.22": "rule quota_management_is_for_training_queues quota_management_counts_instance_types "
    "a_service_environment_with_quota_management_has_one_queue",
    "11.23": "rule a_service_environment_has_at_most_5_capacity_limits "
    "a_quota_share_has_1_to_5_capacity_limits a_job_queue_has_at_most_20_quota_shares",
    "11.24": "rule the_queue_of_a_quota_share_is_valid a_quota_share_has_1_to_5_capacity_limits",
    "11.25": "late deleting_a_quota_share_terminates_its_jobs_and_no_others; share "
    "a_disabled_share_finishes_what_was_submitted; rule a_quota_share_is_deleted_disabled",
    "11.26": "quota a_share_that_reserves_does_not_lend "
    "what_was_lent_is_taken_back_before_the_idle_capacity_of_a_share_that_reserves "
    "idle_capacity_of_a_share_that_lends_is_borrowed a_share_that_lends_does_not_borrow",
    "11.27": "quota the_borrow_limit_is_a_percentage_of_the_own_limit; rule "
    "only_borrowers_have_a_borrow_limit",
    "11.28": "quota a_share_uses_its_own_capacity_and_no_more",
    "11.29": "quota idle_capacity_goes_to_borrowers_first_come_first_served; share "
    "a_blocked_head_holds_up_nobody_in_other_shares",
    "11.30": "share borrowed_capacity_is_reclaimed_without_using_an_attempt "
    "a_job_is_preempted_while_it_is_scheduled_and_goes_no_further; quota "
    "a_lowered_limit_makes_the_jobs_of_a_share_that_reserves_eligible",
    "11.31": "quota a_higher_priority_stops_a_lower_one_of_the_same_share_if_enabled",
    "11.32": "quota just_enough_borrowers_are_stopped_the_lowest_priority_and_youngest_first",
    "11.33": "share borrowed_capacity_is_reclaimed_without_using_an_attempt "
    "preemption_retries_bound_how_often_a_job_is_stopped",
    "11.34": "share borrowed_capacity_is_reclaimed_without_using_an_attempt",
    "11.35": "rule a_queue_with_quota_shares_needs_one a_quota_share_needs_a_queue_with_quota_shares",
    "11.36": "share an_update_of_the_priority_stops_a_job_of_the_same_share",
    "11.36a": "share a_quota_share_is_made_and_listed_by_its_queue_and_else_named_by_its_arn "
    "an_update_of_a_quota_share_changes_what_is_sent_and_nothing_else",
    "11.36b": "quota the_borrow_limit_is_a_percentage_of_the_own_limit",
    "11.37": "snap a_queue_without_a_policy_is_served_in_the_order_of_submission "
    "the_front_has_at_most_100_jobs_and_says_since_when_they_wait "
    "the_front_of_a_fair_share_queue_is_in_the_order_of_dispatch",
    "11.38": "share the_snapshot_has_the_front_of_each_share_and_what_each_uses",
    "11.39": "snap what_is_in_use_is_counted_in_vcpus_and_by_share "
    "at_most_20_shares_are_listed_with_what_they_use_the_largest_first; share "
    "the_snapshot_has_the_front_of_each_share_and_what_each_uses",
    "11.40": "snap the_snapshot_of_an_unknown_queue_is_refused",
    "11.E": "rule scheduling_policy_names_are_128_letters_digits_hyphens_and_underscores "
    "a_policy_has_at_most_500_shares a_share_identifier_is_listed_once "
    "share_identifiers_do_not_overlap share_identifiers_are_well_formed "
    "weight_factors_lie_between_0_0001_and_999_9999 a_policy_is_for_fair_share_or_for_quota_shares "
    "idle_resources_are_assigned_in_turn",
    "12.1": "rule a_resource_is_replenishable_or_not the_total_quantity_is_not_negative "
    "consumable_resource_names_are_128_letters_digits_hyphens_and_underscores",
    "12.2": "rule a_job_names_at_most_5_consumable_resources; use "
    "a_job_waits_in_runnable_for_what_another_has_taken",
    "12.3": "use a_job_takes_all_or_nothing a_job_waits_in_runnable_for_what_another_has_taken",
    "12.4": "use what_is_replenishable_is_back_and_the_rest_gone_however_the_job_ends "
    "a_job_that_fails_while_starting_gives_back_too",
    "12.5": "use a_job_waits_in_runnable_for_what_another_has_taken; stale "
    "figures_of_consumable_resources_lag",
    "12.6": "use each_attempt_takes_what_is_used_up_anew",
    "12.7": "use each_node_of_a_job_needs_its_own each_child_of_an_array_needs_its_own",
    "12.8": "use a_quantity_is_set_added_and_removed "
    "an_update_repeated_with_its_client_token_is_applied_once_within_eight_hours; rule "
    "a_quantity_is_set_added_or_removed the_quantity_of_an_update_is_not_negative",
    "12.9": "use a_total_may_be_set_below_what_is_in_use_and_then_nothing_is_available; rule "
    "no_more_is_removed_than_there_is",
    "12.10": "use a_resource_made_anew_gets_nothing_back_that_was_taken_of_the_old_one",
    "12.11": "use resources_are_listed_by_a_name_without_case_and_with_a_trailing_asterisk; rule "
    "a_page_has_1_to_100",
    "12.12": "use jobs_are_listed_by_the_resource_they_use_their_status_and_their_name",
    "12.13": "use an_unknown_resource_is_refused "
    "a_submit_that_needs_an_unknown_resource_is_refused_and_makes_no_job",
    "12.14": "use a_job_waits_for_resources_on_every_platform_and_in_every_queue "
    "each_child_of_an_array_needs_its_own each_node_of_a_job_needs_its_own",
    "16.1": "tag tags_are_added_and_overwritten what_can_be_created_with_tags_can_be_tagged_later; "
    "rule children_of_array_and_multinode_jobs_are_not_tagged",
    "16.2": "rule a_resource_has_at_most_50_tags "
    "tag_keys_have_1_to_128_and_values_at_most_256_characters tag_keys_do_not_begin_with_aws; tag "
    "keys_and_values_are_case_sensitive keys_that_begin_with_aws_are_reserved_in_any_case "
    "a_51st_tag_is_refused",
    "16.3": "tag tags_are_removed_and_unknown_keys_ignored; rule "
    "at_most_50_tag_keys_are_removed_at_once",
    "16.4": "rule tags_hold_letters_digits_spaces_and_eight_special_characters",
    "16.5": "tag tags_are_added_and_overwritten a_resource_that_is_deleted_takes_its_tags_with_it",
    "16.6": "tag tags_of_the_definition_are_not_the_jobs; reject "
    "more_than_50_propagated_tags_fail_the_job",
    "16.7": "array tags_are_the_parents_and_not_its_childrens; nodes "
    "the_tags_of_a_node_are_not_there_to_change",
    "16.8": "tag the_tags_of_instances_are_not_the_environments",
    "16.9": "event the_tags_have_the_arn_and_propagate_tags_is_there",
    "16.10": "wire the_three_operations_on_tags_carry_the_arn_in_their_path",
    "20.1": "rule an_account_has_at_most_50_job_queues an_account_has_at_most_50_compute_environments "
    "an_eks_cluster_has_at_most_5_compute_environments "
    "an_account_has_at_most_50_service_environments; legal quotas_are_not_enforced_unless_asked_for",
    "20.2": "fault throttling_that_does_not_end_gets_429_after_the_four_retries_of_the_legacy_mode",
}

NOT_SHOWN: Final[dict[str, str]] = {
    "10.17": "not observable through the API: it says how late the service is; here a look at the "
    "queue comes a moment later",
}
"""Facts without a row, and why."""
