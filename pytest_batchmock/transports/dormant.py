"""The part of the botocore hook that every test run loads: it waits for a session to be made.

Nothing else is imported here, since whoever has the plugin installed pays for it in every run of
pytest. What is hooked into a session: `botocore_hook`.
"""

from __future__ import annotations

import threading
from typing import Any

_lock = threading.Lock()
_installed = False


def install() -> None:
    """Put the dormant hook on every botocore session made from now on; once is enough.

    Imports ``botocore`` only (about 10 ms), neither ``botocore.session`` nor ``boto3``.
    """
    global _installed
    import botocore

    with _lock:
        if not _installed:
            botocore.register_initializer(_hook_session)
            _installed = True


def uninstall() -> None:
    """Leave sessions made from now on alone; older ones keep their dormant hook."""
    global _installed
    import botocore

    with _lock:
        if _installed:
            botocore.unregister_initializer(_hook_session)
            _installed = False


def _hook_session(session: Any) -> None:
    from pytest_batchmock.transports.botocore_hook import hook_session

    hook_session(session)
