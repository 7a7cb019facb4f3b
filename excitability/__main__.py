"""``python -m excitability`` is the command line."""

import sys

from excitability.command import main

sys.exit(main())
