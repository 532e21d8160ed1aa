"""Which test or rule shows which fact about the service: multi-node jobs (6), job definitions (7),
overrides (8), environments (9), queues (10), scheduling (11), consumable resources (12), service
jobs (13), bulk operations (14), listings (15), tags (16), logs (19), quotas (20), the rest (21) and
Spot (S).

A value names tests by file and name, after ``;`` those of another file. ``rule`` names rules instead:
each has an example of a request that it refuses, with the text, and of one that it accepts. Where a
fact says several things, its row shows those that matter to a program, not always each of them.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {
    "6": 22, "7": 49, "8": 20, "9": 36, "10": 17, "11": 40, "12": 14, "13": 19, "14": 10, "15": 13,
    "16": 10, "19": 3, "20": 2, "21": 20, "S": 18,
}  # fmt: skip
"""The number of facts of each section."""

FILES: Final = {
    "node": "containers/test_nodes.py",
    "nodes": "behaviour/test_multi_node_jobs.py",
    "task": "containers/test_tasks.py",
    "pod": "containers/test_pods.py",
    "range": "domain/test_node_ranges.py",
    "need": "rules/test_job_definition_rules.py",
    "submit": "rules/test_submit_rules.py",
    "legal": "rules/test_legal_requests_pass.py",
    "revision": "behaviour/test_definition_revisions.py",
    "override": "behaviour/test_overrides_and_parameters.py",
    "echo": "needs/test_echo.py",
    "naming": "needs/test_naming.py",
    "program": "needs/test_programs.py",
    "found": "needs/test_listing.py",
    "update": "needs/test_updates.py",
    "shown": "behaviour/test_described_job.py",
    "stop": "behaviour/test_cancel_and_terminate.py",
    "list": "behaviour/test_listing_jobs.py",
    "tag": "behaviour/test_tagging_of_resources.py",
    "use": "behaviour/test_consumable_resources.py",
    "training": "behaviour/test_service_jobs.py",
    "gang": "fleet/test_gangs.py",
    "fleet": "fleet/test_instances.py",
    "order": "fleet/test_order_of_environments.py",
    "blocked": "fleet/test_blocked_for_a_reason.py",
    "limit": "scheduler/test_blocked_queues.py",
    "choice": "scheduler/test_allocation.py",
    "fair": "scheduler/test_fair_share.py",
    "quota": "scheduler/test_quota_share.py",
    "share": "scheduler/test_quota_share_jobs.py",
    "types": "domain/test_instance_types.py",
    "late": "consistency/test_resource_latency.py",
    "stale": "consistency/test_stale_reads.py",
    "log": "logs/test_written_lines.py",
    "fault": "faults/test_botocore_retries.py",
    "wire": "server/test_wire.py",
    "page": "contract/test_paginators.py",
    "spot": "spot/test_reclaims.py",
    "market": "spot/test_market.py",
    "event": "events/test_job_events.py",
}

SHOWN: Final = {
    "6.1": "rule a_multinode_definition_has_node_properties the_main_node_is_one_of_the_nodes",
    "6.2": "range every_form_of_a_range_is_read the_narrower_of_nested_ranges_wins_in_any_order; "
    "rule target_nodes_are_an_index_or_a_range target_nodes_are_nodes_of_the_job "
    "the_ranges_cover_all_nodes",
    "6.3": "rule a_multinode_definition_has_at_most_5_ranges a_multinode_definition_has_1_to_1000_nodes",
    "6.4": "rule a_node_range_has_a_container a_node_range_has_one_kind_of_container "
    "instance_types_of_a_range_need_ecs_properties a_range_names_at_most_one_instance_type",
    "6.5": "rule all_node_ranges_use_the_same_instance_type; gang "
    "all_instances_of_a_gang_are_of_one_type",
    "6.6": "need containers_of_node_ranges_are_looked_at_too",
    "6.7": "gang no_other_job_gets_onto_the_instance_of_a_node; node "
    "the_nodes_of_a_task_have_interfaces_and_tasks_of_their_own",
    "6.8": "nodes the_main_node_runs_first_and_the_others_start_then_in_any_order; node "
    "the_main_node_runs_before_the_containers_of_the_others_start",
    "6.9": "nodes the_job_is_over_when_the_main_node_exits_and_the_others_end_with_it "
    "a_node_that_dies_affects_no_other; node "
    "a_container_of_a_child_node_can_fail_without_affecting_the_others "
    "a_container_of_the_main_node_that_fails_ends_the_job_and_a_retry_is_one_of_every_node",
    "6.10": "nodes a_node_that_dies_affects_no_other the_others_fail_with_a_main_node_that_fails "
    "the_job_is_over_when_the_main_node_exits_and_the_others_end_with_it",
    "6.11": "nodes start_end_reason_and_exit_code_of_the_job_are_those_of_the_main_node; node "
    "a_node_shows_the_task_of_its_range_and_the_parent_the_ranges",
    "6.12": "nodes the_nodes_know_their_index_the_main_node_and_its_address",
    "6.13": "nodes the_nodes_know_their_index_the_main_node_and_its_address; node "
    "the_pods_of_a_multi_node_job_know_their_place",
    "6.14": "spot a_multi_node_job_does_not_run_on_spot; rule fargate_does_not_run_multinode_jobs "
    "managed_instances_do_not_run_multinode_jobs",
    "6.15": "node multi_node_jobs_run_on_eks; rule all_node_ranges_use_the_same_namespace",
    "6.17": "gang a_gang_waits_until_all_of_its_instances_can_be_had "
    "a_gang_larger_than_the_maximum_is_blocked "
    "a_gang_waits_for_the_first_environment_that_lacks_capacity",
    "6.18": "nodes the_number_of_nodes_can_be_overridden "
    "overrides_of_a_range_change_its_nodes_and_the_narrowest_wins; node "
    "overrides_of_a_node_range_reach_its_containers; rule "
    "a_number_of_nodes_needs_a_range_with_an_open_end a_number_of_nodes_holds_the_main_node",
    "6.19": "rule container_and_node_overrides_exclude_each_other; nodes "
    "container_overrides_are_refused_for_a_multi_node_job",
    "6.20": "nodes the_time_limit_is_of_the_job_and_ends_every_node "
    "a_failure_of_the_main_node_is_a_new_attempt_of_every_node",
    "6.21": "nodes nodes_are_listed_by_the_job_and_a_status",
    "6.22": "nodes terminating_the_job_stops_all_its_nodes "
    "terminating_another_node_stops_that_node_alone "
    "a_node_that_the_user_ended_while_it_waited_is_not_launched; node "
    "a_child_node_that_is_terminated_while_it_starts_stops_even_if_it_runs_by_then",
    "7.1": "rule job_definition_name_matches_the_pattern; revision "
    "every_registration_makes_the_next_revision_even_of_the_same_content "
    "a_revision_inherits_nothing_from_the_one_before",
    "7.2": "revision registration_answers_with_name_arn_and_revision",
    "7.3": "revision revisions_are_active_until_they_are_deregistered "
    "a_bare_name_is_not_deregistered an_inactive_revision_is_described_for_180_days "
    "numbering_goes_on_after_a_revision_was_deregistered_and_deleted",
    "7.4": "revision a_submit_without_a_revision_means_the_newest_active_one "
    "a_submit_may_name_the_revision",
    "7.5": "revision a_submit_of_an_unknown_or_inactive_definition_is_refused",
    "7.6": "rule kinds_of_properties_exclude_each_other "
    "a_container_definition_has_one_kind_of_properties "
    "a_multinode_definition_has_node_properties",
    "7.8": "rule eks_definitions_name_no_platform_capability eks_definitions_do_not_propagate_tags",
    "7.9": "rule platform_capability_is_a_known_one; revision "
    "a_container_definition_has_exactly_these_members "
    "what_was_set_is_shown_with_its_empty_lists_filled_in",
    "7.10": "rule managed_instances_do_not_take_container_properties managed_instances_run_linux "
    "managed_instances_do_not_run_multinode_jobs",
    "7.11": "rule network_mode_is_for_managed_instances_only",
    "7.12": "revision definitions_are_described_by_name_revision_and_arn_without_the_unknown "
    "a_listing_by_name_has_the_newest_revision_first; rule "
    "named_job_definitions_are_not_filtered",
    "7.13": "revision a_container_definition_has_exactly_these_members "
    "what_was_set_is_shown_with_its_empty_lists_filled_in",
    "7.14": "rule job_definition_is_at_most_24_kib",
    "7.15": "rule a_container_has_an_image an_image_has_plain_characters",
    "7.16": "rule a_container_has_vcpus a_container_has_memory a_container_has_an_image",
    "7.17": "rule resource_requirements_are_numbers vcpus_on_ec2_are_whole "
    "a_container_has_at_least_4_mib a_container_on_ec2_has_at_least_1_vcpu "
    "a_container_asks_for_at_least_1_gpu",
    "7.19": "submit the_fargate_size_after_overrides_is_refused_bare; rule "
    "a_fargate_task_has_a_supported_size",
    "7.20": "rule fargate_needs_an_execution_role fargate_takes_no_deprecated_vcpus_and_memory "
    "fargate_containers_are_not_privileged fargate_containers_have_no_ulimits "
    "fargate_has_no_gpus fargate_containers_have_few_linux_parameters "
    "fargate_volumes_have_no_host_path fargate_logs_through_three_drivers "
    "efs_needs_fargate_platform_1_4",
    "7.21": "rule network_configuration_is_for_fargate_only "
    "fargate_platform_configuration_is_for_fargate_only",
    "7.23": "rule fargate_ephemeral_storage_is_21_to_200_gib",
    "7.24": "rule the_operating_system_is_a_known_one windows_runs_on_x86_64_only "
    "the_architecture_is_x86_64_or_arm64 windows_containers_have_no_linux_members",
    "7.25": "rule environment_names_do_not_start_with_aws_batch",
    "7.26": "rule a_secret_comes_from_secrets_manager_or_parameter_store",
    "7.27": "rule a_user_matches_the_regex",
    "7.28": "rule swappiness_is_0_to_100 max_swap_is_not_negative max_swap_needs_swappiness "
    "device_permissions_are_read_write_or_mknod",
    "7.29": "rule efs_iam_needs_transit_encryption an_efs_access_point_needs_transit_encryption "
    "an_efs_access_point_decides_the_root_directory a_mount_point_names_a_volume "
    "s3_files_need_a_job_role",
    "7.31": "rule scheduling_priority_is_0_to_9999",
    "7.33": "override parameters_of_the_submit_go_over_those_of_the_definition_key_by_key",
    "7.34": "rule every_placeholder_has_a_value",
    "7.35": "submit a_placeholder_is_a_whole_token",
    "7.36": "rule ecs_properties_have_one_task a_task_has_1_to_10_containers ipc_mode_is_a_known_one "
    "pid_mode_is_a_known_one",
    "7.37": "rule container_names_are_unique a_task_has_an_essential_container",
    "7.38": "rule a_container_dependency_has_a_known_condition "
    "nobody_waits_for_an_essential_container_to_end; task complete_is_met_by_any_exit_code "
    "if_success_is_not_met_the_dependent_never_starts_and_the_task_fails",
    "7.39": "task when_an_essential_container_fails_all_others_are_stopped_and_the_job_fails "
    "the_failure_of_a_container_that_is_not_essential_does_not_matter",
    "7.40": "task a_task_succeeds_with_its_first_essential_container "
    "an_essential_container_that_ends_early_and_well_stops_the_others_which_fails_the_job",
    "7.41": "task the_job_is_starting_until_the_dependencies_of_its_containers_are_resolved",
    "7.42": "rule container_timeouts_are_at_least_2_seconds "
    "fargate_container_timeouts_are_at_most_120_seconds",
    "7.46": "rule pod_memory_is_whole_mebibytes pod_memory_is_at_least_4_mebibytes "
    "pod_cpu_is_a_multiple_of_a_quarter pod_cpu_request_is_within_the_limit "
    "pod_gpus_are_whole pod_gpu_request_equals_the_limit pod_memory_request_equals_the_limit",
    "7.47": "rule a_namespace_matches_the_pattern a_pod_does_not_run_in_the_default_namespace "
    "a_pod_does_not_run_in_a_system_namespace",
    "7.48": "rule a_pod_volume_has_one_kind an_empty_dir_is_on_disk_or_in_memory "
    "ids_in_a_security_context_fit_31_bits a_localhost_profile_goes_with_its_type",
    "8.1": "rule job_name_matches_the_pattern; override the_same_submit_twice_makes_two_jobs",
    "8.3": "override a_command_override_replaces_the_whole_command; rule "
    "a_command_override_has_no_empty_string",
    "8.4": "override an_environment_override_replaces_by_name_and_adds; rule "
    "environment_overrides_do_not_start_with_aws_batch",
    "8.5": "override a_resource_override_replaces_its_type_and_leaves_the_others",
    "8.6": "override legacy_overrides_do_not_beat_the_resource_requirements_of_the_definition; rule "
    "deprecated_overrides_are_not_for_fargate",
    "8.7": "override overrides_do_not_change_the_definition",
    "8.8": "task overrides_find_a_container_by_its_name; rule an_ecs_override_has_one_task "
    "an_overridden_container_exists overrides_are_of_the_kind_of_the_definition",
    "8.9": "pod overrides_of_a_pod_find_a_container_by_its_name_and_can_change_its_image",
    "8.10": "rule container_and_node_overrides_exclude_each_other",
    "8.12": "override tags_of_the_submit_are_the_jobs_and_not_the_definitions "
    "parameters_of_the_submit_go_over_those_of_the_definition_key_by_key",
    "8.13": "rule shares_and_priorities_need_a_fair_share_queue "
    "a_fair_share_queue_needs_a_share_identifier",
    "8.14": "rule share_identifier_matches_the_pattern",
    "8.15": "rule scheduling_priority_override_is_0_to_9999; fair "
    "within_a_share_the_higher_scheduling_priority_is_first",
    "8.16": "rule the_queue_can_run_the_capability_of_the_definition",
    "8.17": "override a_submit_to_an_unknown_queue_is_refused",
    "8.18": "rule a_disabled_queue_takes_no_jobs",
    "8.19": "rule a_submit_is_at_most_30_kib",
    "8.20": "shown submit_answers_with_arn_name_and_id; submit "
    "the_queue_is_looked_at_before_the_platform_and_the_rest",
    "9.1": "rule compute_environment_names_are_128_letters_digits_hyphens_and_underscores "
    "a_name_is_used_once_per_account_and_region",
    "9.2": "rule a_managed_environment_has_compute_resources "
    "an_unmanaged_environment_has_a_service_role "
    "an_unmanaged_environment_does_not_use_the_service_linked_role "
    "unmanaged_vcpus_are_for_unmanaged_environments",
    "9.3": "rule a_compute_environment_is_created_enabled",
    "9.4": "late a_resource_passes_through_creating_updating_and_deleting; echo "
    "an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
    "9.5": "blocked an_invalid_environment_says_why",
    "9.6": "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
    "9.7": "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
    "9.8": "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
    "9.9": "rule spot_with_best_fit_needs_the_spot_fleet_role",
    "9.10": "rule the_bid_percentage_is_for_spot the_bid_percentage_is_0_to_100",
    "9.11": "rule spot_strategies_are_for_spot the_ordered_strategy_is_for_on_demand",
    "9.12": "rule eks_environments_have_an_allocation_strategy best_fit_is_not_for_eks "
    "eks_environments_use_the_service_linked_role eks_environments_are_of_type_ec2_or_spot",
    "9.13": "types a_family_gives_its_sizes_from_the_smallest_without_metal; rule "
    "instance_types_share_one_architecture instance_types_are_known",
    "9.14": "rule one_or_two_ec2_configurations_are_given image_types_fit_the_orchestration "
    "images_of_amazon_linux_2_are_the_users_own",
    "9.15": "rule a_launch_template_has_an_id_or_a_name a_launch_template_has_at_most_10_overrides "
    "an_override_targets_no_bundles overrides_do_not_overlap "
    "an_override_targets_what_the_environment_may_launch",
    "9.16": "rule the_scale_down_delay_is_0_or_20_to_10080_minutes; fleet "
    "the_scaling_policy_sets_the_delay",
    "9.18": "spot a_multi_node_job_does_not_run_on_spot; rule fargate_does_not_run_multinode_jobs",
    "9.19": "fleet desired_vcpus_follows_demand_up_and_down "
    "min_vcpus_are_kept_by_a_disabled_environment; rule "
    "desiredvcpus_lie_between_minvcpus_and_maxvcpus maxvcpus_are_not_below_minvcpus",
    "9.20": "fleet max_vcpus_is_exceeded_by_less_than_one_instance best_fit_never_exceeds_max_vcpus",
    "9.22": "fleet a_disabled_environment_starts_nothing_and_its_jobs_go_on",
    "9.23": "fleet an_idle_instance_leaves_after_its_delay min_vcpus_are_launched_at_once_and_kept",
    "9.24": "blocked 16000_mib_do_not_fit_a_g4dn_xlarge_of_16_gib",
    "9.25": "late a_resource_passes_through_creating_updating_and_deleting "
    "a_resource_that_is_being_modified_is_neither_updated_nor_deleted",
    "9.27": "rule infrastructure_updates_need_a_strategy_other_than_best_fit "
    "infrastructure_updates_need_the_service_linked_role",
    "9.28": "rule the_type_changes_only_between_on_demand_and_spot",
    "9.29": "rule desiredvcpus_do_not_go_down desiredvcpus_of_eks_environments_are_not_updated",
    "9.31": "fleet an_update_that_terminates_jobs_ends_them_as_on_a_lost_host "
    "jobs_on_replaced_instances_have_the_time_that_the_policy_gives; rule "
    "jobs_get_1_to_7200_minutes_in_an_update",
    "9.32": "rule the_service_role_does_not_switch_to_or_from_the_service_linked_one",
    "9.33": "update an_update_of_an_environment_applies_what_is_sent_and_nothing_else",
    "9.34": "rule an_environment_is_deleted_disabled an_environment_that_queues_use_is_not_deleted; "
    "late an_environment_is_held_by_a_queue_that_is_being_detached",
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
    "10.11": "rule time_limits_are_600_to_86400_seconds "
    "container_jobs_are_cancelled_and_service_jobs_terminated",
    "10.12": "limit a_time_limit_action_ends_the_blocked_head_and_no_retry_follows "
    "a_time_limit_starts_anew_when_the_head_was_not_blocked_meanwhile",
    "10.13": "rule time_limit_actions_have_a_reason_that_can_act",
    "10.15": "blocked a_time_limit_for_a_lack_of_capacity_ends_the_head; share "
    "a_time_limit_action_ends_a_job_that_its_share_can_never_hold",
    "10.16": "blocked only_the_head_shows_the_reason",
    "11.2": "order a_head_that_waits_blocks_those_behind_it_in_its_queue_alone",
    "11.3": "order a_retried_job_goes_to_the_front",
    "11.4": "order a_head_that_waits_blocks_those_behind_it_in_its_queue_alone "
    "of_two_queues_the_one_with_the_higher_priority_gets_the_room",
    "11.6": "order an_environment_that_is_too_small_is_passed_over "
    "a_disabled_environment_is_passed_over an_invalid_environment_is_passed_over "
    "an_environment_without_a_large_enough_type_is_passed_over",
    "11.7": "order jobs_fall_over_to_the_next_environment_when_the_first_is_full "
    "the_order_is_no_load_balancer an_environment_that_gets_no_capacity_is_passed_over",
    "11.9": "order a_running_job_is_never_stopped_for_a_higher_priority",
    "11.10": "fair no_decay_time_means_the_minimum_of_ten_minutes; rule "
    "shares_decay_within_0_to_604800_seconds",
    "11.11": "fair the_reservation_shrinks_with_every_active_share "
    "a_reservation_keeps_room_for_a_share_that_comes_later",
    "11.12": "fair in_the_long_run_shares_get_capacity_in_inverse_proportion_to_their_weights; rule "
    "weight_factors_lie_between_0_0001_and_999_9999",
    "11.13": "fair the_share_with_the_lowest_weighted_use_is_next",
    "11.14": "fair the_weight_of_a_prefix_is_multiplied_by_the_identifiers_in_use; rule "
    "share_identifiers_do_not_overlap share_identifiers_are_well_formed",
    "11.15": "fair a_share_that_no_entry_names_has_the_weight_one",
    "11.18": "fair within_a_share_the_higher_scheduling_priority_is_first",
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
    "11.36b": "quota the_borrow_limit_is_a_percentage_of_the_own_limit",
    "11.38": "share the_snapshot_has_the_front_of_each_share_and_what_each_uses",
    "12.1": "rule a_resource_is_replenishable_or_not the_total_quantity_is_not_negative "
    "consumable_resource_names_are_128_letters_digits_hyphens_and_underscores",
    "12.2": "rule a_job_names_at_most_5_consumable_resources; use "
    "a_job_waits_in_runnable_for_what_another_has_taken",
    "12.3": "use a_job_takes_all_or_nothing a_job_waits_in_runnable_for_what_another_has_taken",
    "12.4": "use what_is_replenishable_is_given_back_and_the_rest_is_used_up "
    "a_job_that_fails_while_starting_gives_back_too",
    "12.5": "use a_job_waits_in_runnable_for_what_another_has_taken; stale "
    "figures_of_consumable_resources_lag",
    "12.6": "use each_attempt_takes_what_is_used_up_anew",
    "12.9": "rule no_more_is_removed_than_there_is",
    "13.1": "rule a_service_environment_has_capacity_limits capacity_units_are_known",
    "13.2": "training a_service_environment_is_deleted_disabled_and_without_a_queue; rule "
    "a_service_environment_is_deleted_disabled "
    "a_service_environment_that_queues_use_is_not_deleted",
    "13.3": "rule a_service_payload_is_at_most_10_kib a_service_submit_is_at_most_30_kib "
    "service_scheduling_priority_is_0_to_9999",
    "13.5": "rule a_service_queue_takes_no_container_jobs a_service_job_needs_a_service_queue",
    "13.6": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.7": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.9": "training rules_of_a_retry_look_at_the_status_reason; rule "
    "service_retry_attempts_are_1_to_10 service_evaluate_on_exit_has_at_most_5_entries",
    "13.10": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.11": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.12": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker "
    "a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so",
    "13.13": "training a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so",
    "13.14": "training a_job_is_terminated_in_any_status",
    "13.15": "training running_jobs_are_listed_unless_a_status_or_filter_says_otherwise",
    "13.16": "training an_unknown_service_job_is_refused",
    "13.17": "rule service_environment_names_are_128_letters_digits_hyphens_and_underscores "
    "a_service_environment_has_capacity_limits "
    "a_service_environment_has_at_most_5_capacity_limits a_service_environment_has_capacity "
    "capacity_units_are_instances_or_instance_types capacity_units_are_known",
    "13.18": "training a_job_passes_through_scheduled_and_ends_with_the_reason_of_sagemaker",
    "13.19": "training a_job_that_does_not_fit_waits_and_one_that_never_fits_says_so",
    "14.1": "stop a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done; rule "
    "a_bulk_call_names_1_to_50_jobs a_reason_has_at_most_1024_characters",
    "14.2": "stop a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done",
    "14.3": "stop a_bulk_call_ends_all_its_jobs_and_counts_unknown_ones_as_done",
    "14.5": "rule a_bulk_call_names_1_to_50_jobs",
    "14.6": "training several_service_jobs_are_terminated_at_once",
    "14.7": "stop cancel_leaves_a_placed_job_alone_and_succeeds "
    "an_ended_job_is_left_as_it_is_without_an_error a_second_terminate_changes_nothing",
    "14.8": "stop an_unknown_id_is_no_error; rule the_job_is_named",
    "14.9": "stop a_job_that_was_not_placed_fails_at_once_with_the_users_words; wire "
    "a_refusal_has_its_code_in_a_header_and_its_text_in_the_body",
    "14.10": "share an_update_of_the_priority_stops_a_job_of_the_same_share",
    "15.1": "rule jobs_are_listed_of_one_queue_or_parent",
    "15.2": "list without_a_status_only_running_jobs_are_listed",
    "15.3": "list a_filter_shows_all_statuses_whatever_status_is_given; rule one_filter_at_a_time",
    "15.4": "list a_name_filter_ignores_case_and_takes_a_trailing_asterisk "
    "a_definition_filter_takes_a_name_a_prefix_or_the_arn_of_one_revision "
    "time_filters_are_milliseconds_before_and_after_the_submit; rule "
    "a_filter_has_a_known_name a_job_definition_filter_by_arn_has_no_asterisk",
    "15.5": "list with_filters_the_newest_job_comes_first",
    "15.7": "list a_page_with_a_status_holds_1000_jobs_and_one_with_a_filter_100 "
    "a_full_last_page_has_no_token; rule a_page_of_jobs_has_1_to_1000",
    "15.8": "list a_summary_has_exactly_these_members a_cancelled_job_says_so_and_others_say_nothing",
    "15.9": "list a_summary_has_exactly_these_members",
    "15.11": "rule a_page_has_1_to_100 names_and_a_page_size_exclude_each_other",
    "15.12": "found unknown_names_are_left_out_without_an_error",
    "16.1": "rule children_of_array_and_multinode_jobs_are_not_tagged; tag "
    "tags_are_added_and_overwritten",
    "16.2": "rule a_resource_has_at_most_50_tags "
    "tag_keys_have_1_to_128_and_values_at_most_256_characters tag_keys_do_not_begin_with_aws; "
    "tag keys_and_values_are_case_sensitive",
    "16.3": "tag tags_are_removed_and_unknown_keys_ignored; rule "
    "at_most_50_tag_keys_are_removed_at_once",
    "16.4": "rule tags_hold_letters_digits_spaces_and_eight_special_characters",
    "16.5": "tag tags_are_added_and_overwritten a_resource_that_is_deleted_takes_its_tags_with_it",
    "16.6": "tag tags_of_the_definition_are_not_the_jobs",
    "16.8": "tag the_tags_of_instances_are_not_the_environments",
    "16.9": "event the_tags_have_the_arn_and_propagate_tags_is_there",
    "16.10": "wire the_three_operations_on_tags_carry_the_arn_in_their_path",
    "19.1": "log the_lines_of_an_outcome_are_in_the_stream_that_the_job_shows",
    "19.2": "log other_log_drivers_have_no_stream; pod a_pod_has_no_log_stream",
    "20.1": "rule an_account_has_at_most_50_job_queues an_account_has_at_most_50_compute_environments "
    "an_eks_cluster_has_at_most_5_compute_environments "
    "an_account_has_at_most_50_service_environments; legal "
    "quotas_are_not_enforced_unless_asked_for",
    "20.2": "fault throttling_that_does_not_end_gets_429_after_the_four_retries_of_the_legacy_mode",
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
    "21.8": "naming names_and_arns_of_queues_and_environments_mean_the_same",
    "21.9": "late a_resource_passes_through_creating_updating_and_deleting; stale "
    "a_list_shows_a_job_only_after_the_lag_but_describe_jobs_finds_it_at_once "
    "the_snapshot_of_a_queue_lags figures_of_consumable_resources_lag",
    "21.12": "page a_listing_in_pages_is_the_listing",
    "21.13": "stop deleting_a_queue_ends_its_jobs_with_the_queues_reason disabling_a_queue_ends_no_job",
    "21.17": "stop terminate_of_a_running_job_is_asynchronous a_terminated_container_was_killed",
    "21.18": "stop a_terminated_job_whose_container_exits_with_0_has_failed",
    "S.1": "spot a_reclaimed_job_shows_the_instance_that_was_terminated",
    "S.2": "spot a_reclaimed_attempt_has_neither_exit_code_nor_reason",
    "S.3": "spot a_job_with_one_attempt_fails_at_its_first_reclaim",
    "S.4": "spot five_reclaims_use_up_five_attempts_of_the_canonical_policy "
    "the_canonical_policy_ends_an_application_failure_at_once",
    "S.5": "spot without_the_catch_all_an_application_failure_is_retried_too",
    "S.6": "spot a_rule_on_the_exit_code_alone_does_not_match_a_reclaim_without_one",
    "S.7": "spot after_a_reclaim_the_job_goes_through_all_statuses_again_with_a_new_log_stream "
    "a_reclaimed_job_comes_before_those_that_waited",
    "S.8": "spot with_the_notice_the_job_goes_on_for_two_minutes",
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

BACKGROUND: Final = {
    "6.16": "advice about placement groups, which answers do not show",
    "10.17": "how late the service is: here a look at the queue comes a moment later",
    "11.5": "the order is not specified: ours is fixed, and nobody may rely on it",
    "14.4": "IAM is not modelled",
    "19.3": "metrics of other services",
    "21.11": "says where the checks of the other facts belong",
    "21.14": "figures of the service, which are defaults of the latency",
    "21.15": "a reserved member without effect",
    "21.19": "advice for tests: here every status lasts so that a poll can see it",
}

NOT_MAPPED: Final = {
    "nobody has written down which test shows it": (
        "7.7 7.18 7.22 7.30 7.32 7.43 7.44 7.45 7.49 8.2 8.11 9.17 9.21 9.26 "
        "9.30 9.35 9.36 10.10 10.14 11.1 11.8 11.16 11.17 11.19 11.36a 11.37 11.39 11.40 12.7 "
        "12.8 12.10 12.11 12.12 12.13 12.14 13.4 13.8 15.6 15.10 15.13 16.7 21.10 21.16 21.20"
    ),
    "IAM is not modelled, so that nobody is refused by it": "21.4",
}
"""Facts without a row, by the reason."""
