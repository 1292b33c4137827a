"""What the tests of the embedded Zulip share."""

import sys
from pathlib import Path

# Test folders are no packages; the helpers beside the tests are found by this.
sys.path.insert(0, str(Path(__file__).parent))
