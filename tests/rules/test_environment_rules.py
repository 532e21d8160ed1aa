"""Rules of compute environments that come together."""

from __future__ import annotations

import pytest

from pytest_batchmock.errors import BatchError
from pytest_batchmock.rules.registry import enforce

from .builders import a_request, an_eks_environment


def test_an_eks_environment_without_compute_resources_is_refused_for_that() -> None:
    params = an_eks_environment()
    del params["computeResources"]
    with pytest.raises(BatchError, match="computeResources"):
        enforce(a_request("CreateComputeEnvironment", params))
