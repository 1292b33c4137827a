"""`make bench`: measures all, or what is named: `make bench ONLY=round_trip`."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import backlog, burst, conversation, deliveries, round_trip
from bench.figures import Figure, write
from bench.realm import ROOT
from stuf_bot.cli import say

_RESULT = ROOT / "build" / "bench.json"
_PARTS: Mapping[str, Callable[[Path], list[Figure]]] = {
    "round_trip": round_trip.measure,
    "backlog": backlog.measure,
    "burst": burst.measure,
    "conversation": conversation.measure,
    "deliveries": deliveries.measure,
}


def main() -> int:
    """Measure, tell, write; returns 0."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("only", nargs="*", choices=[[], *_PARTS], help="what to measure; without, all")
    named = parser.parse_args().only
    logging.basicConfig(level=logging.WARNING)
    _RESULT.parent.mkdir(exist_ok=True)
    for name in named or _PARTS:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=_RESULT.parent) as folder:
            figures = _PARTS[name](Path(folder))
        write(_RESULT, figures)
        for figure in figures:
            say(str(figure))
    return 0


if __name__ == "__main__":
    sys.exit(main())
