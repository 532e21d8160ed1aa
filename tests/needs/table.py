"""Which tests show what client programs rely on.

`NEEDS` has the points as they were written down, after running workflow engines, SDKs, infrastructure
tools and command lines that speak to Batch and reading what they send. `SHOWN` names the tests of each,
by file and name; those of this folder are run in the process and over HTTP.
"""

from __future__ import annotations

from typing import Final

NEEDS: Final[dict[int, str]] = {
    1: (
        "Job ARNs, `ARN#N` and `ARN:N`, are sent where a job id is expected (DescribeJobs, "
        "TerminateJob, CancelJob, dependsOn, ListJobs parents), besides `id`, `id#N` and "
        "`id:N`. The answer's `jobId` is the plain id."
    ),
    2: (
        'Empty means absent where the service treats it so: `nextToken: ""`, '
        "`arrayProperties: {}`, `dependsOn: []`, empty `containerOverrides` members, empty "
        "`parameters`."
    ),
    3: ("Legacy `vcpus` and `memory` are still sent, in definitions and overrides, and expected back."),
    4: (
        "TerminateJob and CancelJob of a job that has ended, and DeregisterJobDefinition of "
        "an inactive revision, succeed silently: some tools clean up after every job."
    ),
    5: ("`statusReason` of a cancelled or terminated job is the caller's exact text."),
    6: (
        "`container.logStreamName` is there while the job is RUNNING, and in each attempt; "
        "`exitCode` in `container` and in the attempts."
    ),
    7: (
        "Jobs that really run find AWS_BATCH_JOB_ID, AWS_BATCH_JOB_ATTEMPT, "
        "AWS_BATCH_CE_NAME, AWS_BATCH_JQ_NAME, AWS_EXECUTION_ENV and a region; PATH comes "
        "from the job's own environment where it sets one."
    ),
    8: (
        "`mountPoints[].readOnly` absent means false; a missing host directory of a volume is "
        "created, as Docker does."
    ),
    9: (
        "Describe* echoes what was registered, member for member: no nulls, nothing invented, "
        "nothing lost, or tools see drift and re-register for ever. UpdateComputeEnvironment "
        "and UpdateJobQueue apply all that they are sent."
    ),
    10: (
        "Paging: `maxResults` really pages, the token is opaque, the last page has none; a "
        "definition search by name with `status=ACTIVE` and newest first."
    ),
    11: (
        "Unknown job ids are left out of DescribeJobs; unknown queues and environments out of "
        "Describe*: no error."
    ),
    12: (
        "Roles, subnets, security groups, clusters, images and log groups live elsewhere: a "
        "well-formed name or ARN is accepted without looking it up."
    ),
    13: (
        "A queue has a `statusReason` (`JobQueue Healthy`), an environment too; CREATING → "
        "VALID and DISABLED → gone are polled for."
    ),
    14: (
        "Queue and environment names, ARNs, and definition `name`, `name:revision`, ARN are "
        "used interchangeably."
    ),
    15: (
        "Job output is read back through CloudWatch Logs (GetLogEvents with startFromHead and "
        "tokens until the token repeats, FilterLogEvents by stream, DescribeLogStreams by "
        "prefix); tools follow the stream while the job runs, and must not trip over a stream "
        "that has no line yet."
    ),
    16: (
        "Commands are lists that run without a shell unless they name one; a working "
        "directory of the job's own; the whole process group is stopped."
    ),
    17: (
        "Clients poll from several threads and processes at once; some keep hundreds of jobs "
        "in one DescribeJobs loop, in chunks of 100."
    ),
    18: (
        "Credentials are dummies; the account in ARNs is stable across services; STS is asked elsewhere."
    ),
}

FILES: Final = {
    "account": "needs/test_accounts.py",
    "echo": "needs/test_echo.py",
    "ends": "needs/test_ends.py",
    "listing": "needs/test_listing.py",
    "logs": "needs/test_logs.py",
    "naming": "needs/test_naming.py",
    "program": "needs/test_programs.py",
    "requests": "needs/test_requests.py",
    "update": "needs/test_updates.py",
    "wire": "needs/test_wire.py",
    "docker": "docker_runner/test_containers.py",
    "both": "docker_runner/both/test_jobs.py",
    "member": "docker_runner/test_members.py",
    "moto": "server/test_with_moto.py",
    "override": "behaviour/test_overrides_and_parameters.py",
    "page": "api/test_pagination.py",
    "process": "runners/test_processes.py",
    "serverlog": "server/test_logs.py",
    "shapes": "api/test_shapes.py",
    "shown": "behaviour/test_described_job.py",
    "stop": "runners/test_stopping.py",
    "terraform": "clients/test_terraform.py",
}

SHOWN: Final[dict[int, list[str]]] = {
    1: [
        "naming a_job_arn_is_taken_wherever_a_job_id_is_and_the_answer_has_the_id",
        "naming the_arn_of_a_waiting_job_cancels_it",
        "naming children_and_nodes_are_described_and_terminated_by_id_and_arn",
        "naming a_job_depends_on_a_child_by_id_and_arn",
        "naming a_child_that_waits_is_cancelled_by_id_and_arn",
        "naming children_and_nodes_are_listed_by_the_id_or_arn_of_their_parent",
    ],
    2: [
        "requests empty_members_of_a_submit_count_as_absent",
        "requests an_empty_token_is_the_first_page",
        "requests a_listing_takes_empty_choices_for_none",
        "wire json_may_be_spelled_in_any_way",
        "wire a_request_that_chooses_nothing_may_have_no_body",
        "shapes what_the_service_judges_although_it_is_empty_stays",
    ],
    3: [
        "requests legacy_vcpus_and_memory_are_taken_and_echoed",
        "override legacy_overrides_replace_legacy_members",
    ],
    4: [
        "ends cleaning_up_after_the_end_succeeds_silently",
        "ends cleaning_up_after_an_array_and_its_children_changes_nothing",
    ],
    5: [
        "ends the_status_reason_is_the_callers_exact_text",
    ],
    6: [
        "ends the_log_stream_is_known_while_the_job_runs_and_the_exit_code_in_both_places",
        "ends every_attempt_has_its_log_stream_and_exit_code",
    ],
    7: [
        "override a_job_on_ec2_finds_what_batch_and_ecs_set",
        "override a_job_on_fargate_finds_its_execution_environment",
        "process the_process_sees_the_environment_of_its_job_and_no_other",
        "process the_path_of_a_job_decides_what_is_found",
        "both the_container_sees_the_variables_of_batch_and_its_own",
    ],
    8: [
        "member a_host_folder_is_made_and_mounted_read_write_where_it_is_allowed",
    ],
    9: [
        "echo a_definition_is_echoed_member_for_member",
        "echo a_definition_of_any_kind_gains_nothing_but_its_name_and_empty_members",
        "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
        "echo a_queue_is_echoed_with_the_arns_of_its_environments",
        "echo other_resources_gain_nothing_but_their_arn",
        "echo an_answer_never_holds_a_null",
        "update an_update_of_an_environment_applies_what_is_sent_and_nothing_else",
        "update every_member_of_the_resources_of_an_environment_is_applied",
        "update every_other_member_of_an_environment_is_applied",
        "update a_launch_template_is_removed_by_an_empty_name_or_id",
        "update an_update_of_managed_instances_changes_the_parts_that_it_sends",
        "update an_update_policy_changes_by_its_parts",
        "update an_empty_ec2_configuration_brings_the_default_back",
        "update an_update_of_the_access_entry_leaves_cluster_and_namespace",
        "update an_update_of_a_queue_applies_what_is_sent_and_nothing_else",
        "update every_member_of_a_queue_is_applied_zeros_and_empty_lists_included",
        "terraform apply_empty_plan_update_import_destroy",
    ],
    10: [
        "listing max_results_really_pages_and_the_token_is_opaque",
        "listing jobs_of_a_queue_and_children_of_a_parent_come_in_pages",
        "listing the_newest_active_revision_of_a_name_is_the_first_found",
        "page the_last_page_has_no_token_even_if_it_is_full",
    ],
    11: [
        "listing unknown_names_are_left_out_without_an_error",
        "listing known_jobs_are_described_though_others_beside_them_are_unknown",
    ],
    12: [
        "requests what_lives_in_other_services_is_taken_without_looking_it_up",
        "requests a_definition_names_images_roles_and_log_groups_that_nobody_looks_up",
    ],
    13: [
        "echo an_environment_is_echoed_with_the_defaults_that_the_service_fills_in",
        "echo a_queue_is_echoed_with_the_arns_of_its_environments",
        "program a_tool_that_polls_for_valid_and_for_gone_gets_there",
    ],
    14: [
        "naming names_and_arns_of_queues_and_environments_mean_the_same",
        "naming a_queue_is_made_of_environments_by_name_or_arn",
        "naming a_revision_is_described_submitted_and_deregistered_by_name_or_arn",
        "naming a_definition_without_a_revision_is_the_newest_active_one",
        "wire the_routes_of_tags_take_an_arn_however_much_of_it_is_encoded",
    ],
    15: [
        "logs a_stream_is_read_page_by_page_until_the_token_repeats",
        "logs a_stream_is_followed_line_by_line_from_before_its_first_to_after_its_last",
        "logs events_are_filtered_by_stream_in_pages",
        "logs streams_are_found_by_the_prefix_of_their_definition",
        "logs a_stream_is_there_without_a_line_as_soon_as_its_job_runs",
    ],
    16: [
        "program a_command_is_run_without_a_shell_in_a_directory_of_its_own",
        "docker a_command_is_no_shell_script_unless_it_names_a_shell",
        "process each_process_has_a_working_directory_of_its_own_that_goes_with_it",
        "stop the_whole_process_group_goes_with_a_process_that_is_killed",
        "stop what_a_process_leaves_in_the_background_ends_with_it",
    ],
    17: [
        "program several_threads_submit_and_poll_hundreds_of_jobs_in_chunks",
        "program several_processes_poll_at_once",
        "shown 100_jobs_are_described_at_once_and_101_refused",
    ],
    18: [
        "account dummy_credentials_do_and_the_account_is_the_one_of_the_other_services",
        "account an_access_key_of_12_digits_is_an_account_of_its_own",
        "account each_region_has_resources_of_its_own",
        "moto the_account_is_the_same_in_all_services",
        "serverlog a_request_for_another_service_is_told_what_to_do_in_its_own_protocol",
    ],
}
