"""What outlives an errand names nobody."""

from sentry_room import Room
from talk import OMAR, TESS


def test_the_key_of_a_change_is_without_what_was_typed(room: Room, issue: str) -> None:
    room.knows(TESS, "tess")
    room.says(OMAR, "assign @**Tess Architect**", issue)
    (key,) = [key for kind, key in room.talk.errands.put_in if kind == "sentry.update"]
    assert "Tess" not in key
    assert "assign" not in key
