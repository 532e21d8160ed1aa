"""`python -m nightly`."""

import sys

from .cli import main

sys.exit(main())
