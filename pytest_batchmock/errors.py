"""The two kinds of error this project raises.

`BatchError` is what the emulated service answers; a transport turns it into a botocore
``ClientError`` or an HTTP response. `MockUsageError` is a mistake of the person who writes the
test, and never reaches the program under test as an answer of AWS.
"""

from __future__ import annotations


class BatchError(Exception):
    """An error answer of the emulated service.

    The real service has two styles of message: bare, and wrapped in
    ``Error executing request, Exception : …, RequestId: …`` (both seen in recorded answers).

    Args:
        message: The bare text.
        code: The error code; the Batch model declares ClientException and ServerException only.
        status: The HTTP status.
        wrapped: Whether the service wraps the text with the request id.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "ClientException",
        status: int = 400,
        wrapped: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.wrapped = wrapped
        self.request_id = ""

    def text(self, request_id: str) -> str:
        """Render the message as the service sends it for the request `request_id`."""
        if self.wrapped:
            return f"Error executing request, Exception : {self.message}, RequestId: {request_id}"
        return self.message


class MockUsageError(Exception):
    """The test asks the mock for something that makes no sense; the text says what to do."""


class JobInterrupted(Exception):
    """What `checkpoint()` raises in a callable whose job has ended, or is to end, meanwhile.

    Args:
        reason: The status reason: the user's of a terminate, or that of the time-out or reclaim.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotModelledError(MockUsageError):
    """The request is legal for AWS Batch, but this project does not model it (yet)."""


class StalledError(BaseException):
    """The program polls for a change that can never come; the text explains the jobs.

    It derives from ``BaseException``, as pytest's own outcomes do, so that the
    ``except Exception: continue`` of a polling loop does not swallow it.
    """
