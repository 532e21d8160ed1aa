"""``python -m pytest_batchmock``: the command ``batchmock``, where that is not on the PATH."""

from __future__ import annotations

import sys

from pytest_batchmock.cli import main

if __name__ == "__main__":
    sys.exit(main())
