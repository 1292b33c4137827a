"""`relays`, by messages."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from asked import BLOCK, outputs
from relay_desk import pull
from relay_talk import HERE, rules, told
from talk import OMAR, PAT, TESS, FakeChannels, Talk, open_talk

from provisioning import progress
from provisioning.events import OperationEnded
from provisioning.fleet import Operation, OperationKind
from stuf_bot.acts import Card, Post
from stuf_bot.audit import Tag
from stuf_bot.audit.reading import Wanted, entries
from stuf_bot.messages import Effect, TopicMarked
from stuf_bot.policy import Policy, Way
from stuf_bot.relays import Relays, book
from stuf_bot.relays.hours import Quiet


def ways(talk: Talk, scope: str = "acme-audit") -> book.Ways:
    with talk.database.reading() as session:
        return book.ways(session, scope)


def test_it_shows_all_that_holds_with_what_to_type(talk: Talk) -> None:
    talk.says(TESS, "relays acme-audit mute checks until monday")
    answer = talk.says(TESS, "relays acme-audit")
    assert "#**stuf-acme-audit**" in answer
    assert "1. `mute checks` until <time:2026-11-30T00:00:00+0000>" in answer
    assert "`relays acme-audit only branch:main`" in answer
    assert "- `a`: checks that succeed" in answer
    assert "`deployments`" in answer


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("mute checks", "1. mute checks"),
        ("mute checks until monday", "1. mute checks"),
        ("mute checks branch:feature/* status:success", "1. mute checks branch:feature/* status:success"),
        ("mute pushes, issues for 3 days", "1. mute pushes,issues"),
        ("mute pull requests", "1. mute pull-requests"),
        ("mute prs actor:@dependabot[bot]", "1. mute pull-requests actor:dependabot[bot]"),
        ('mute everything branch="a b"', '1. mute everything "branch:a b"'),
        ("mute all", "1. mute everything"),
        ("only branch:main", "1. only everything branch:main"),
        ("only errors,deployments", "1. only errors,deployments"),
    ],
)
def test_rules_are_kept_as_typed(talk: Talk, typed: str, rule: str) -> None:
    assert "Done: rule 1" in talk.says(TESS, f"relays acme-audit {typed}")
    assert rules(talk) == [rule]


def test_a_rule_ends_when_it_was_said_to(talk: Talk) -> None:
    talk.says(TESS, "relays acme-audit mute pushes until monday")
    assert told(talk, pull("pushes", "p1")) == []
    talk.now = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
    assert [type(act) for act in told(talk, pull("pushes", "p2"))] == [Card, Post]
    assert rules(talk) == []


def test_rules_are_taken_back_by_number_letter_kind_or_all(talk: Talk) -> None:
    for line in ("mute checks", "mute pushes", "only branch:main", "mute issues status:x"):
        talk.says(TESS, f"relays acme-audit {line}")
    talk.says(TESS, "relays acme-audit unmute 2")
    assert rules(talk) == ["1. mute checks", "3. only everything branch:main", "4. mute issues status:x"]
    talk.says(TESS, "relays acme-audit unmute checks, 4")
    assert rules(talk) == ["3. only everything branch:main"]
    talk.says(TESS, "relays acme-audit unmute a b")
    assert ways(talk).loud == {"a", "b"}
    talk.says(TESS, "relays acme-audit mute a")
    assert ways(talk).loud == {"b"}
    talk.says(TESS, "relays acme-audit unmute all")
    assert rules(talk) == []
    talk.says(TESS, "relays acme-audit mute checks")
    assert rules(talk) == ["5. mute checks"]


def test_hours_batches_and_channel_are_set_and_ended(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeChannels, "members", {"quality": {TESS}, "secret-room": {PAT}})
    talk.says(TESS, "relays acme-audit quiet 22:00-07:00 europe/berlin")
    talk.says(TESS, "relays acme-audit batch 30 min")
    assert "begin in #**quality**" in talk.says(TESS, "relays acme-audit channel #**quality**")
    set_now = ways(talk)
    assert set_now.quiet == Quiet(22 * 60, 7 * 60, "Europe/Berlin")
    assert (set_now.batch.total_seconds(), set_now.channel) == (1800, "quality")
    assert "`22:00-07:00 Europe/Berlin`" in talk.says(TESS, "relays acme-audit")
    assert "not in `secret-room`" in talk.says(TESS, "relays acme-audit channel secret-room")
    assert "no channel `nowhere`" in talk.says(TESS, "relays acme-audit channel nowhere")
    for line in ("quiet off", "batch off", "channel own"):
        talk.says(TESS, f"relays acme-audit {line}")
    assert ways(talk) == book.Ways()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("mute", "**kinds** is missing"),
        ("only", "**kinds** is missing"),
        ("only everything", "only everything is everything"),
        ("mute wombats", "**kinds**: `wombats` is none"),
        ("mute branch:", "**branch** is empty"),
        ("mute colour:red", "`colour` is nothing that I look at"),
        ("mute checks until yesterday", "**until** must lie ahead"),
        ("mute checks until whenever", "**until** must be a day or a time"),
        ("mute checks for a while", "**until** must be a duration"),
        ("unmute", "**rules** is missing"),
        ("unmute 7", "has no rule `7`"),
        ("unmute z", "has no rule `z`"),
        ("unmute this", "**rules**: `this` is none"),
        ("quiet at night", "**quiet** must be hours"),
        ("quiet 25:00-07:00", "**quiet** has no such time"),
        ("quiet 07:00-07:00", "**quiet** must end at another time"),
        ("quiet 22:00-07:00 Mars/Olympus", "**time zone**: there is no `Mars/Olympus`"),
        ("batch now and then", "**batch** must be a duration"),
        ("batch 3 days", "**batch** must be between one minute and one day"),
        ("channel", "**channel** is missing"),
        ("paint it black", "I do not know `paint` here"),
    ],
)
def test_mistakes_name_the_field_the_reason_and_what_to_type(talk: Talk, typed: str, said: str) -> None:
    answer = talk.says(TESS, f"relays acme-audit {typed}")
    assert said in answer
    assert "Type `relays acme-audit`" in answer
    assert (rules(talk), ways(talk)) == ([], book.Ways())


@pytest.mark.parametrize(
    ("typed", "meant", "rule"),
    [
        ("mute chekcs until monday", "relays acme-audit mute checks until monday", "1. mute checks"),
        ("mtue checks", "relays acme-audit mute checks", "1. mute checks"),
        ("mute brnach:main", "relays acme-audit mute branch:main", "1. mute everything branch:main"),
    ],
)
def test_a_slip_is_put_right_by_a_thumb(talk: Talk, typed: str, meant: str, rule: str) -> None:
    answer = talk.says(TESS, f"relays acme-audit {typed}")
    assert f"`{meant}`" in answer
    key = talk.posts[0].key
    assert key is not None
    talk.reacts(TESS, key)
    assert rules(talk) == [rule]


def test_a_zone_by_its_city_is_offered(talk: Talk) -> None:
    answer = talk.says(TESS, "relays acme-audit quiet 22:00-07:00 Berlin")
    assert "`relays acme-audit quiet 22:00-07:00 Europe/Berlin`" in answer


def test_who_may_see_and_change(talk: Talk) -> None:
    assert "no STUF" in talk.says(PAT, "relays acme-audit")
    assert "no STUF" in talk.says(PAT, "relays acme-audit mute checks")
    assert "members of" in talk.says(TESS, "relays fleet")
    assert "members of" in talk.says(TESS, "relays fleet mute alarms")
    assert "rule 1 of `fleet`" in talk.says(OMAR, "relays fleet mute alarms status:ok")
    assert "rule 1 of `acme-audit`" in talk.says(OMAR, "relays acme-audit mute checks")
    assert rules(talk, "") == ["1. mute alarms status:ok"]
    assert rules(talk) == ["1. mute checks"]


def test_without_a_stuf_it_says_what_to_type(talk: Talk) -> None:
    assert "`relays acme-audit`" in talk.says(TESS, "relays")
    assert "no STUF" in talk.says(PAT, "relays")
    assert "`relays fleet`" in talk.says(OMAR, "relays")
    assert "What `acme-audit` is told" in talk.says(TESS, "@**STUF Bot** relays", HERE)


def test_a_change_can_be_planned_and_is_confirmed_as_the_policy_asks(tmp_path: Path) -> None:
    talk = open_talk(tmp_path / "bot.sqlite", Policy({Effect.CHANGES: Way.SELF}))
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    answer = talk.says(TESS, "relays acme-audit mute checks for 2 days")
    assert "**Plan: change what `acme-audit` is told**" in answer
    assert rules(talk) == []
    talk.now = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert "until <time:2026-11-25T09:00:00+0000>" in talk.says(TESS, "confirm")
    assert rules(talk) == ["1. mute checks"]
    talk.database.close()


def test_changes_are_audited_without_what_was_typed(talk: Talk) -> None:
    talk.says(TESS, "relays acme-audit mute checks branch:secret-thing")
    with talk.database.reading() as session:
        found = [
            entry for entry in entries(session, Wanted(stuf="acme-audit")) if entry.tag == Tag.RELAYS_CHANGED
        ]
    assert len(found) == 1
    assert "secret-thing" not in str(found[0].details)
    assert found[0].details["kinds"] == ["checks"]


def test_a_later_stuf_of_the_name_begins_anew(talk: Talk) -> None:
    talk.says(TESS, "relays acme-audit mute pushes")
    first = told(talk, pull("pull-requests", "opened"))
    with talk.database.session() as session:
        Relays(lambda _s, _n: "x", "home").forget(session, "acme-audit")
    assert rules(talk) == []
    second = told(talk, pull("pull-requests", "opened"))
    assert [type(act) for act in second] == [Card, Post]
    keys = {getattr(act, "key", "") for act in (*first, *second)}
    assert len(keys) == 4


def test_marks_of_people_are_known(talk: Talk) -> None:
    told(talk, pull(done=False))
    marked = TopicMarked(
        channel=5,
        channel_name="stuf-acme-audit",
        topic=HERE.topic,
        done=True,
        user_id=TESS,
        message_id=3,
        event="q:1",
    )
    talk.hears(marked)
    assert [type(act) for act in told(talk, pull(done=True))] == [Card]


def test_the_end_of_a_stuf_forgets_its_rules(talk: Talk) -> None:
    """Not that of its provisioning: the channel has changed hands only once the STUF is gone."""
    talk.says(TESS, "relays acme-audit mute pushes")
    operation = ended(talk)
    assert rules(talk) == ["1. mute pushes"]
    talk.says(TESS, "abandon acme-audit")
    talk.says(TESS, "confirm")
    assert ended(talk).id != operation.id
    assert rules(talk) == []


def ended(talk: Talk) -> Operation:
    """The latest operation comes to a good end."""
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        made = outputs() if operation.kind is OperationKind.PROVISION else None
        progress.succeeded(session, operation.attempt_id, talk.now, outputs=made)
    talk.hears(OperationEnded(operation_id=operation.id, slug="acme-audit", attempt=1, succeeded=True))
    return operation
