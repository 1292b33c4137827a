"""The parts of the fault test find each other."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
# The PostgreSQL that the engine's tests start.
sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
