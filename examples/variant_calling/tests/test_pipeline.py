"""Whole runs: plain boto3 against the mock, the workers' code really run."""

from __future__ import annotations

import boto3
import pytest
from variants import batch, pipeline, storage
from variants.cli import main

SAMPLE = "NA00001"


@pytest.fixture
def standing(batchmock, expected, image):
    """The mock with resources in which every job does its work."""
    batchmock.defaults()
    batchmock.on("*").runs(image)
    return batchmock


def names(batchmock) -> list[tuple[str, str]]:
    return [(job.name.removeprefix(f"{SAMPLE}-"), job.status) for job in batchmock.jobs]


def described(array_id: str, index: int) -> dict:
    return boto3.client("batch").describe_jobs(jobs=[f"{array_id}:{index}"])["jobs"][0]


def test_the_variants_that_were_planted_are_found(standing, settings, expected):
    assert pipeline.run(settings) == expected
    assert names(standing) == [("align", "SUCCEEDED"), ("call", "SUCCEEDED"), ("merge", "SUCCEEDED")]


def test_a_small_chromosome_is_called_while_a_large_one_is_aligned(standing, settings):
    standing.on(f"{SAMPLE}-*").succeeds(after="5m")
    standing.on(f"{SAMPLE}-align", index=0).succeeds(after="3h")
    stages = pipeline.submit(settings, 4)

    assert pipeline.watch(settings, [stages.align, stages.call, stages.merge], lambda jobs: None)

    large, small = described(stages.align, 0), described(stages.call, 1)
    assert small["stoppedAt"] < large["stoppedAt"]
    assert described(stages.call, 0)["startedAt"] > large["stoppedAt"]
    merge = standing.jobs.one(name="*-merge")
    assert merge.started_at.timestamp() * 1000 > described(stages.call, 0)["stoppedAt"]


def test_a_failed_call_is_done_again_alone(standing, settings, expected):
    standing.on(f"{SAMPLE}-call", index=2).out_of_memory()

    assert pipeline.run(settings) == expected

    assert names(standing) == [
        ("align", "SUCCEEDED"),
        ("call", "FAILED"),
        ("merge", "FAILED"),
        ("call-2", "SUCCEEDED"),
        ("merge", "SUCCEEDED"),
    ]
    first_merge = standing.jobs.all(name="*-merge")[0]
    assert first_merge.status_reason == "Dependent Job failed"


def test_a_failed_alignment_takes_only_its_own_call_along(standing, settings, expected):
    standing.on(f"{SAMPLE}-align", index=1).fails(exit_code=139)

    assert pipeline.run(settings) == expected

    call = standing.jobs.one(name=f"{SAMPLE}-call")
    assert [child.status for child in call.children] == ["SUCCEEDED", "FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert call.children[1].status_reason == "Dependent Job failed"
    assert names(standing)[3:] == [
        ("align-1", "SUCCEEDED"),
        ("call-1", "SUCCEEDED"),
        ("merge", "SUCCEEDED"),
    ]


def test_a_job_that_does_one_chromosome_again_waits_for_its_alignment(standing, settings):
    standing.on(f"{SAMPLE}-align", index=3).fails()

    pipeline.run(settings)

    again, call = standing.jobs.one(name="*-align-3"), standing.jobs.one(name="*-call-3")
    assert call.depends_on == [again.id]
    assert call.started_at > again.stopped_at


def test_what_fails_again_is_told_with_its_reason(standing, settings):
    standing.on(f"{SAMPLE}-call", index=2).out_of_memory()
    standing.on(f"{SAMPLE}-call-2").out_of_memory()

    with pytest.raises(pipeline.RunFailed, match=r"failed again: .*call-2: .*OutOfMemoryError") as told:
        pipeline.run(settings)

    assert "merge" not in str(told.value)


def test_if_all_chromosomes_fail_nothing_is_done_again(standing, settings, make_genome):
    make_genome({f"chr{number:02}": 40 for number in range(1, 17)})
    standing.on(f"{SAMPLE}-align").fails(exit_code=127, reason="bwa: not found")

    with pytest.raises(pipeline.RunFailed, match="20 of 20 chromosomes failed"):
        pipeline.run(settings)

    assert len(standing.jobs) == 3


def test_hundreds_of_failed_children_are_found_page_by_page(standing, settings):
    standing.on(f"{SAMPLE}-align").succeeds()
    for index in range(50, 290):
        standing.on(f"{SAMPLE}-align", index=index).fails()
    array = batch.submit(settings, "align", size=300)
    pipeline.watch(settings, [array], lambda jobs: None)

    failed = batch.failed_children(array)

    assert sorted(failed) == list(range(50, 290))
    assert failed[77] == f"{array}:77"
    assert len([call for call in standing.calls if call.operation == "ListJobs"]) == 3


def test_a_genome_of_one_chromosome_needs_no_array(batchmock, settings, image, make_genome):
    expected = make_genome({"chrM": 20})
    batchmock.defaults()
    batchmock.on("*").runs(image)

    assert pipeline.run(settings) == expected
    assert [name for name, _ in names(batchmock)] == ["align-0", "call-0", "merge"]


def test_no_reference_is_no_run(batchmock, bucket, settings):
    batchmock.defaults()

    with pytest.raises(pipeline.RunFailed, match="s3://genomes/reference/ holds no reference"):
        pipeline.run(settings)


def test_an_interrupted_run_ends_all_its_children(standing, settings):
    standing.on("*").hangs()

    def press_control_c(jobs):
        if jobs[0]["arrayProperties"]["statusSummary"]["RUNNING"] == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.run(settings, press_control_c)
    standing.run_until_idle()

    align = standing.jobs.one(name="*-align")
    assert {child.status_reason for child in align.children} == {"the run was left: KeyboardInterrupt"}
    assert {status for _, status in names(standing)} == {"FAILED"}


@pytest.mark.batchmock(default_duration="20m")
def test_the_command_line_prints_the_variants_and_how_far_they_are(
    batchmock, bucket, capsys, make_genome
):
    make_genome({"chr1": 30, "chr2": 55})
    batchmock.defaults()
    batchmock.on("*-merge").runs(
        lambda job: storage.write(bucket, f"{SAMPLE}/variants.vcf", "variants\n")
    )
    options = ["--sample", SAMPLE, "--bucket", "genomes", "--queue", "default"]

    assert main([*options, "--job-definition", "default"]) == 0

    printed = capsys.readouterr()
    assert printed.out == "variants\n"
    assert f"variants: {SAMPLE}-align: 2 RUNNING" in printed.err.splitlines()
    assert f"variants: {SAMPLE}-call: 2 PENDING" in printed.err.splitlines()


def test_what_was_made_before_a_failure_is_kept(standing, settings):
    standing.on(f"{SAMPLE}-merge").fails(exit_code=2)

    with pytest.raises(pipeline.RunFailed, match=r"merge: .*exit code 2"):
        pipeline.run(settings)

    assert storage.read_json(settings.bucket, settings.key("call", "chr1")) == [[30, "G", "T"]]
