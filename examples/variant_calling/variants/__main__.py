"""`python -m variants`."""

import sys

from .cli import main

sys.exit(main())
