"""Whether the bot is mentioned is read as a real Zulip server flagged it."""

import json
import os
from pathlib import Path

import pytest

from stuf_bot.chat.reading import read
from stuf_bot.places import Person

CONTRACTS = Path(os.environ.get("STUF_CONTRACTS") or Path(__file__).parents[3] / "shared" / "contracts")
RECORDED = CONTRACTS / "zulip-transcripts"
PAT = Person(11, "Pat Plain")


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded exchanges are not in this checkout")
def test_a_mention_is_one_where_the_server_said_so() -> None:
    cases = [
        (case["sent"], "mentioned" in case["flags_for_pat"])
        for file in sorted(RECORDED.glob("R*.json"))
        for case in json.loads(file.read_text(encoding="utf-8")).get("cases", ())
        if case.get("status") == 200 and "flags_for_pat" in case
    ]
    assert len(cases) > 900
    assert sum(flagged for _, flagged in cases) > 10
    # The server notifies out of spoilers as well; a command that is hidden in one is none.
    read_otherwise = [sent for sent, flagged in cases if read(sent, PAT).mentioned is not flagged]
    assert [sent for sent in read_otherwise if not sent.startswith("```spoiler")] == []
