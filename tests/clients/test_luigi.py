"""Luigi, unmodified, on its own Batch path: `luigi.contrib.batch`."""

from __future__ import annotations

import pytest

luigi = pytest.importorskip("luigi", reason="Luigi is not installed: pip install luigi")
batch = pytest.importorskip("luigi.contrib.batch")

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def task(environment, mock, tmp_path):
    """Make a task; it counts as done once it has been run."""

    def task(name: str):
        class Report(batch.BatchTask):
            def run(self):
                super().run()
                (tmp_path / self.job_name).touch()

            def complete(self):
                return (tmp_path / self.job_name).exists()

            @property
            def parameters(self):
                return {"day": "monday"}

        return Report(job_definition="default", job_name=name, poll_time=0)

    return task


def test_a_task_runs_to_its_end(task, mock):
    assert luigi.build([task("report")], local_scheduler=True)
    assert mock.jobs.one(name="report").status == "SUCCEEDED"
    [submitted] = [call for call in mock.calls if call.operation == "SubmitJob"]
    assert submitted.params["parameters"] == {"day": "monday"}


def test_a_task_whose_job_fails_tells_what_the_job_wrote(task, mock):
    mock.on("report").fails(exit_code=3, log=["no input"])
    failing = task("report")
    with pytest.raises(batch.BatchJobException, match="no input"):
        failing.run()
    assert not luigi.build([task("report")], local_scheduler=True)


def test_a_definition_is_registered_from_a_file(environment, mock, tmp_path):
    file = tmp_path / "definition.json"
    file.write_text(
        '{"jobDefinitionName": "own", "type": "container", '
        '"containerProperties": {"image": "busybox", "vcpus": 1, "memory": 512}}'
    )
    client = batch.BatchClient(poll_time=0)
    client.register_job_definition(str(file))
    job_id = client.submit_job("own", {})
    assert client.wait_on_job(job_id)
    assert mock.jobs.one().definition == "own:1"
