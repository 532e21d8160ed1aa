"""`batchmock serve` of this tree, for a benchmark: no installed script is needed."""

from __future__ import annotations

import sys

from pytest_batchmock.cli.serve import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
