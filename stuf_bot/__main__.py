"""`python -m stuf_bot` is `stuf-bot`."""

import sys

from stuf_bot.cli import main

sys.exit(main())
