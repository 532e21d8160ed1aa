"""Which tests show which fact about the service: multi-node jobs (6), job
definitions (7), overrides (8).

The form of a row is that of `table`.
"""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {"6": 22, "7": 49, "8": 20}
"""The number of facts of each section."""

LETTERS: Final = {"7.E"}
"""Facts that have a letter, and tables of texts without numbers: the letter is that of their part."""

SHOWN: Final = {
    "6.1": "rule a_multinode_definition_has_node_properties the_main_node_is_one_of_the_nodes",
    "6.2": "range every_form_of_a_range_is_read the_narrower_of_nested_ranges_wins_in_any_order; rule "
    "target_nodes_are_an_index_or_a_range target_nodes_are_nodes_of_the_job the_ranges_cover_all_nodes",
    "6.3": "rule a_multinode_definition_has_at_most_5_ranges a_multinode_definition_has_1_to_1000_nodes",
    "6.4": "rule a_node_range_has_a_container a_node_range_has_one_kind_of_container "
    "instance_types_of_a_range_need_ecs_properties a_range_names_at_most_one_instance_type",
    "6.5": "rule all_node_ranges_use_the_same_instance_type; gang "
    "all_instances_of_a_gang_are_of_one_type",
    "6.6": "need containers_of_node_ranges_are_looked_at_too",
    "6.7": "gang each_node_has_an_instance_of_its_own no_other_job_gets_onto_the_instance_of_a_node; "
    "node the_nodes_of_a_task_have_interfaces_and_tasks_of_their_own; nodes "
    "the_nodes_know_their_index_the_main_node_and_its_address",
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
    "6.14": "spot a_multi_node_job_does_not_run_on_spot; gang "
    "a_gang_never_runs_in_an_unmanaged_environment; node "
    "a_multi_node_job_never_runs_on_spot_capacity_of_eks; rule fargate_does_not_run_multinode_jobs "
    "managed_instances_do_not_run_multinode_jobs",
    "6.15": "node multi_node_jobs_run_on_eks; rule all_node_ranges_use_the_same_namespace",
    "6.17": "gang a_gang_waits_until_all_of_its_instances_can_be_had "
    "a_gang_larger_than_the_maximum_is_blocked "
    "a_gang_waits_for_the_first_environment_that_lacks_capacity",
    "6.18": "nodes the_number_of_nodes_can_be_overridden "
    "overrides_of_a_range_change_its_nodes_and_the_narrowest_wins; node "
    "overrides_of_a_node_range_reach_its_containers; rule "
    "a_number_of_nodes_needs_a_range_with_an_open_end a_number_of_nodes_holds_the_main_node "
    "overridden_target_nodes_are_a_range_of_the_definition",
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
    "7.3": "revision revisions_are_active_until_they_are_deregistered a_bare_name_is_not_deregistered "
    "an_inactive_revision_is_described_for_180_days "
    "numbering_goes_on_after_a_revision_was_deregistered_and_deleted "
    "a_revision_is_deregistered_by_name_and_revision_or_arn",
    "7.4": "revision a_submit_without_a_revision_means_the_newest_active_one "
    "a_submit_may_name_the_revision",
    "7.5": "revision a_submit_of_an_unknown_or_inactive_definition_is_refused",
    "7.6": "rule kinds_of_properties_exclude_each_other "
    "a_container_definition_has_one_kind_of_properties a_multinode_definition_has_node_properties; "
    "need two_kinds_of_properties_are_refused_by_their_names",
    "7.7": "kinds a_definition_says_whether_ecs_or_eks_runs_it",
    "7.8": "rule eks_definitions_name_no_platform_capability eks_definitions_do_not_propagate_tags",
    "7.9": "rule platform_capability_is_a_known_one; revision "
    "a_container_definition_has_exactly_these_members "
    "what_was_set_is_shown_with_its_empty_lists_filled_in",
    "7.10": "rule managed_instances_do_not_take_container_properties managed_instances_run_linux "
    "managed_instances_do_not_run_multinode_jobs network_mode_is_for_managed_instances_only; legal "
    "environments_of_every_type_are_created",
    "7.11": "rule network_mode_is_for_managed_instances_only",
    "7.12": "revision definitions_are_described_by_name_revision_and_arn_without_the_unknown "
    "a_listing_by_name_has_the_newest_revision_first; rule named_job_definitions_are_not_filtered "
    "a_page_has_1_to_100 names_and_a_page_size_exclude_each_other",
    "7.13": "revision a_container_definition_has_exactly_these_members "
    "what_was_set_is_shown_with_its_empty_lists_filled_in",
    "7.14": "rule job_definition_is_at_most_24_kib",
    "7.15": "rule a_container_has_an_image an_image_has_plain_characters",
    "7.16": "rule a_container_has_vcpus a_container_has_memory a_container_has_an_image",
    "7.17": "rule resource_requirements_are_numbers vcpus_on_ec2_are_whole "
    "a_container_has_at_least_4_mib a_container_on_ec2_has_at_least_1_vcpu "
    "a_container_asks_for_at_least_1_gpu",
    "7.18": "size each_number_of_vcpus_has_its_range_of_memory a_pair_of_the_table_is_supported "
    "a_pair_outside_the_table_is_not",
    "7.19": "submit the_fargate_size_after_overrides_is_refused_bare; need "
    "a_bad_fargate_pair_is_named_with_two_decimals; rule a_fargate_task_has_a_supported_size",
    "7.20": "rule fargate_needs_an_execution_role fargate_takes_no_deprecated_vcpus_and_memory "
    "fargate_containers_are_not_privileged fargate_containers_have_no_ulimits fargate_has_no_gpus "
    "fargate_containers_have_few_linux_parameters fargate_volumes_have_no_host_path "
    "fargate_logs_through_three_drivers efs_needs_fargate_platform_1_4; need "
    "fargate_refuses_every_linux_parameter_by_name fargate_refuses_deprecated_memory_as_well",
    "7.21": "rule network_configuration_is_for_fargate_only "
    "fargate_platform_configuration_is_for_fargate_only; refusal "
    "a_recorded_refusal_is_refused_and_the_nearest_legal_request_accepted",
    "7.22": "kinds a_member_of_a_fargate_container_has_one_of_the_known_values",
    "7.23": "rule fargate_ephemeral_storage_is_21_to_200_gib",
    "7.24": "rule the_operating_system_is_a_known_one windows_runs_on_x86_64_only "
    "the_architecture_is_x86_64_or_arm64 windows_containers_have_no_linux_members; place "
    "windows_is_had_on_fargate_and_blocks_the_queue_on_fargate_spot",
    "7.25": "kinds a_name_of_a_variable_does_not_begin_with_aws_batch; rule "
    "environment_names_do_not_start_with_aws_batch",
    "7.26": "rule a_secret_comes_from_secrets_manager_or_parameter_store; member "
    "a_secret_that_cannot_be_read_fails_the_attempt_at_its_start",
    "7.27": "rule a_user_matches_the_regex",
    "7.28": "rule swappiness_is_0_to_100 max_swap_is_not_negative max_swap_needs_swappiness "
    "device_permissions_are_read_write_or_mknod",
    "7.29": "rule efs_iam_needs_transit_encryption an_efs_access_point_needs_transit_encryption "
    "an_efs_access_point_decides_the_root_directory a_mount_point_names_a_volume "
    "s3_files_need_a_job_role",
    "7.30": "kinds every_log_driver_of_the_model_is_taken_on_ec2 another_log_driver_is_refused_on_ec2",
    "7.31": "rule scheduling_priority_is_0_to_9999",
    "7.32": "reject more_than_50_propagated_tags_fail_the_job; shown "
    "propagate_tags_is_shown_where_it_was_given",
    "7.33": "override parameters_of_the_submit_go_over_those_of_the_definition_key_by_key",
    "7.34": "rule every_placeholder_has_a_value; override "
    "a_placeholder_without_a_value_is_refused_at_the_submit",
    "7.35": "submit a_placeholder_is_a_whole_token; override only_whole_words_are_placeholders",
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
    "7.43": "need the_containers_of_a_fargate_task_are_sized_together",
    "7.44": "kinds firelens_routes_through_fluentd_or_fluentbit",
    "7.45": "kinds the_containers_of_a_pod_need_different_names_if_there_are_several "
    "what_nobody_set_of_a_pod_is_not_shown a_dns_policy_and_a_pull_policy_that_were_set_are_shown "
    "a_member_of_a_pod_outside_its_values_is_refused; pod "
    "an_unnamed_container_goes_by_the_name_default; rule a_pod_has_at_most_10_containers",
    "7.46": "rule pod_memory_is_whole_mebibytes pod_memory_is_at_least_4_mebibytes "
    "pod_cpu_is_a_multiple_of_a_quarter pod_cpu_request_is_within_the_limit pod_gpus_are_whole "
    "pod_gpu_request_equals_the_limit pod_memory_request_equals_the_limit; need "
    "pod_cpu_is_a_positive_multiple_of_a_quarter",
    "7.47": "rule a_namespace_matches_the_pattern a_pod_does_not_run_in_the_default_namespace "
    "a_pod_does_not_run_in_a_system_namespace",
    "7.48": "rule a_pod_volume_has_one_kind an_empty_dir_is_on_disk_or_in_memory "
    "ids_in_a_security_context_fit_31_bits a_localhost_profile_goes_with_its_type",
    "7.49": "pod a_pod_succeeds_when_all_its_containers_have_exited_with_0 "
    "every_container_counts_and_nobody_is_stopped_because_another_failed",
    "7.E": "rule a_container_has_vcpus a_container_on_ec2_has_at_least_1_vcpu "
    "windows_has_at_least_1_vcpu a_container_has_at_least_4_mib a_resource_is_required_once_only "
    "fargate_has_no_gpus a_container_has_an_image scheduling_priority_is_0_to_9999 "
    "a_retry_strategy_has_attempts evaluate_on_exit_condition_has_plain_characters "
    "runtime_platform_is_not_for_ec2 fargate_platform_configuration_is_for_fargate_only "
    "network_configuration_is_for_fargate_only windows_runs_on_x86_64_only "
    "the_operating_system_is_a_known_one fargate_containers_have_no_ulimits "
    "fargate_containers_have_few_linux_parameters fargate_volumes_have_no_host_path "
    "fargate_logs_through_three_drivers efs_needs_fargate_platform_1_4 "
    "fargate_ephemeral_storage_is_21_to_200_gib secrets_need_an_execution_role "
    "s3_files_need_a_job_role efs_iam_needs_transit_encryption "
    "an_efs_access_point_decides_the_root_directory max_swap_needs_swappiness "
    "a_tmpfs_has_a_positive_size a_task_has_1_to_10_containers container_names_are_unique "
    "a_task_has_an_essential_container a_single_container_depends_on_nothing "
    "a_container_depends_on_a_defined_container nobody_waits_for_an_essential_container_to_end "
    "a_container_dependency_has_a_known_condition ipc_mode_is_a_known_one pid_mode_is_a_known_one "
    "firelens_needs_a_container_that_runs_as_root managed_instances_do_not_take_container_properties "
    "managed_instances_do_not_run_multinode_jobs managed_instances_run_linux "
    "pod_memory_is_whole_mebibytes pod_cpu_request_is_within_the_limit a_dns_policy_is_a_known_one "
    "an_empty_dir_is_on_disk_or_in_memory a_job_names_a_consumable_resource_once "
    "a_job_names_at_most_5_consumable_resources",
    "8.1": "rule job_name_matches_the_pattern; override the_same_submit_twice_makes_two_jobs",
    "8.2": "kinds image_roles_and_volumes_of_a_container_are_not_overridden",
    "8.3": "override a_command_override_replaces_the_whole_command; rule "
    "a_command_override_has_no_empty_string",
    "8.4": "override an_environment_override_replaces_by_name_and_adds; rule "
    "environment_overrides_do_not_start_with_aws_batch",
    "8.5": "override a_resource_override_replaces_its_type_and_leaves_the_others "
    "a_resource_override_decides_about_the_placement",
    "8.6": "override legacy_overrides_do_not_beat_the_resource_requirements_of_the_definition "
    "legacy_overrides_replace_legacy_members; rule deprecated_overrides_are_not_for_fargate",
    "8.7": "override overrides_do_not_change_the_definition",
    "8.8": "task overrides_find_a_container_by_its_name; rule an_ecs_override_has_one_task "
    "an_overridden_container_exists overrides_are_of_the_kind_of_the_definition "
    "pods_have_neither_container_nor_node_overrides tasks_have_no_container_overrides",
    "8.9": "pod overrides_of_a_pod_find_a_container_by_its_name_and_can_change_its_image",
    "8.10": "rule container_and_node_overrides_exclude_each_other",
    "8.11": "use an_override_takes_the_place_of_the_whole_list_of_the_definition",
    "8.12": "override tags_of_the_submit_are_the_jobs_and_not_the_definitions "
    "parameters_of_the_submit_go_over_those_of_the_definition_key_by_key; retry "
    "the_retry_strategy_of_the_submit_replaces_the_whole_of_the_definition; limit "
    "the_limit_of_the_submit_overrides_that_of_the_definition; shown "
    "propagate_tags_is_shown_where_it_was_given",
    "8.13": "rule shares_and_priorities_need_a_fair_share_queue "
    "a_fair_share_queue_needs_a_share_identifier",
    "8.14": "rule share_identifier_matches_the_pattern",
    "8.15": "rule scheduling_priority_override_is_0_to_9999; fair "
    "within_a_share_the_higher_scheduling_priority_is_first",
    "8.16": "rule the_queue_can_run_the_capability_of_the_definition",
    "8.17": "override a_submit_to_an_unknown_queue_is_refused",
    "8.18": "rule a_disabled_queue_takes_no_jobs; stop disabling_a_queue_ends_no_job",
    "8.19": "rule a_submit_is_at_most_30_kib; reject "
    "overrides_longer_than_ecs_takes_fail_the_job_without_an_attempt",
    "8.20": "shown submit_answers_with_arn_name_and_id; submit "
    "the_queue_is_looked_at_before_the_platform_and_the_rest",
}

NOT_SHOWN: Final[dict[str, str]] = {
    "6.16": "not observable through the API: advice about placement groups",
}
"""Facts without a row, and why."""
