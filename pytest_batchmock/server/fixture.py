"""What the fixture ``batchmock_server`` hands to tests: a server in a thread of the test process.

A thread, not a process: so `mock` is a `BatchMock` like any other, with callables as outcomes and live
views of the jobs, and the programs under test reach it from processes of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from pytest_batchmock.control.fleet import Environment
from pytest_batchmock.control.verbs import BatchMockLike
from pytest_batchmock.mock import BatchMock
from pytest_batchmock.server.accounts import Accounts
from pytest_batchmock.server.forwarding import ForwardsToMock
from pytest_batchmock.server.http.app import Application
from pytest_batchmock.server.http.listening import Server
from pytest_batchmock.server.remote.mock import RemoteBatchMock


def _likes(batchmock: BatchMock, remote: RemoteBatchMock, server: BatchServer) -> list[BatchMockLike]:
    """For the type checker: all three are one."""
    return [batchmock, remote, server]


class Variables(dict[str, str]):
    """Variables for a process; called with a name, the compute environment of that name."""

    def __init__(self, values: Mapping[str, str], named: Callable[[str], Environment]) -> None:
        super().__init__(values)
        self._named = named

    def __call__(self, name: str) -> Environment:
        """See `BatchMock.environment`."""
        return self._named(name)


class BatchServer(ForwardsToMock):
    """AWS Batch on a free port of this machine. Nothing in this process is patched or set.

    It has the methods of a `BatchMock`, for the mock of its own account.

    Attributes:
        mock: What it serves to callers whose access key names no account: a `BatchMock` that is not
            active in this process, with all its methods.
        url: The endpoint URL.

    Args:
        options: Fields of `pytest_batchmock.options.Options`.

    Raises:
        MockUsageError: An option is unknown or has a value it cannot have.
    """

    def __init__(self, **options: Any) -> None:
        self.mock = BatchMock(**options)
        self._accounts = Accounts(self.mock)
        self._server = Server(Application(self._accounts))
        self.url = self._server.url

    @property
    def environment(self) -> Variables:
        """Variables for a process that is to use it: ``subprocess.run(…, env=os.environ | …)``.

        ``environment("ce")`` is what it is of a `BatchMock`: an environment that can break.
        """
        return Variables(self.environment_of(self.mock.options.account_id), self.mock.environment)

    def environment_of(self, account: str) -> dict[str, str]:
        """Likewise, as another account: it shares nothing with the others.

        Raises:
            MockUsageError: That is no account.
        """
        self._accounts.mock(account)
        return {
            "AWS_ENDPOINT_URL_BATCH": self.url,
            "AWS_DEFAULT_REGION": self.mock.options.region,
            "AWS_REGION": self.mock.options.region,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "batchmock",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def account(self, account: str) -> BatchMock:
        """The mock of an account.

        Raises:
            MockUsageError: That is no account.
        """
        return self._accounts.mock(account)

    def reset(self, account: str | None = None) -> None:
        """Forget all that one account holds, or all accounts: for the next test."""
        self._accounts.reset(account)

    def start(self) -> BatchServer:
        """Answer from now on."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Let the requests that are being worked on end, and close."""
        self._server.stop()
        self._accounts.close()

    def __enter__(self) -> BatchServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<BatchServer {self.url}>"
