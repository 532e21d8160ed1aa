"""`python -m training` is the launcher."""

import sys

from .cli import main

sys.exit(main())
