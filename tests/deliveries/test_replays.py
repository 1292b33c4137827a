"""Whatever GitHub tells, handled again it says nothing twice."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from delivery_desk import Desk

sys.path.insert(0, str(Path(__file__).parents[1] / "github"))

from github_samples import ABSENT, FILE, one_of_each
from talk import ADA

from stuf_bot import deliveries
from stuf_bot.messages import DeliveryReceived


def _posts(desk: Desk) -> list[str]:
    return [str(content["content"]) for kind, content in desk.said if kind == "post"]


@pytest.mark.skipif(not FILE.exists(), reason=ABSENT)
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_every_sample_handled_again_is_posted_once(desk: Desk, *, whole: bool) -> None:
    talk = desk.talk
    of_a_kind = {sample.kind: sample for sample in one_of_each()}.values()
    for number, sample in enumerate(one_of_each() if whole else of_a_kind):
        desk.brings("github", sample.kind, sample.payload, id=f"s{number}")
        delivery = DeliveryReceived(
            source="github", delivery_id=f"s{number}", kind=sample.kind, body=sample.payload
        )
        with talk.database.session() as session:
            # As if one of several handlers had failed.
            deliveries.failed(session, delivery, talk.now)
    posted = _posts(desk)
    talk.now += timedelta(hours=3)
    with talk.database.session() as session:
        kept = deliveries.newest(session)
        for each in reversed(kept):
            talk.inbox.forget(session, each.key)
            delivery = deliveries.again(session, each.id, ADA, talk.now)
            assert delivery is not None
            assert talk.inbox.put(session, delivery)
    desk.works()
    assert len(kept) > 40
    assert _posts(desk) == posted != []
    assert f"{len(kept)} replayed" in desk.says("deliveries")
