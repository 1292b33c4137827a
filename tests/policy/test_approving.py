"""Each way of confirming, from what a person says to what is done."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from talk import ADA, BOT, GUEST, OMAR, PAT, TESS, FakeDirectory, Talk

from provisioning import progress
from provisioning.fleet import Failure, OperationKind
from stuf_bot.chat import plans
from stuf_bot.places import Direct, Person, Topic
from stuf_bot.policy import Way
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.conversation_tables import PlanRow

Opened = Callable[..., Talk]
ROOM = Topic(channel=5, topic="removals")
MENTION = "@**STUF Bot**"
CREATE = """create
```yaml
name: Acme Audit
participants: ana@example.org +44 7700 900123
```"""


def removed(talk: Talk) -> bool:
    """Whether the removal of acme-audit was begun."""
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
    assert operation is not None
    return operation.kind is OperationKind.ABANDON


def asks(talk: Talk, who: int = TESS, place: Topic | Direct | None = None) -> str:
    """Ask for the removal; gives the id of the plan that is shown."""
    talk.says(
        who, f"{MENTION} abandon acme-audit" if isinstance(place, Topic) else "abandon acme-audit", place
    )
    with talk.database.session() as session:
        rows = session.scalars(
            select(PlanRow).where(PlanRow.state == "open", PlanRow.kind == "Abandon")
        ).all()
    assert len(rows) == 1
    assert not removed(talk)
    return rows[0].id


def enrols(talk: Talk, who: int = TESS) -> pyotp.TOTP:
    """Enrol an authenticator, and wait for its next code."""
    said = talk.says(who, "code enrol")
    key = said.partition("`")[2].rpartition("`\n")[0].rpartition("`")[2].replace(" ", "")
    app = pyotp.TOTP(key)
    assert "You are enrolled" in talk.says(who, f"code verify {app.at(talk.now)}")
    talk.now += timedelta(minutes=2)
    return app


def wrong(app: pyotp.TOTP, talk: Talk) -> str:
    near = {app.at(talk.now, counter_offset=drift) for drift in (-1, 0, 1)}
    return next(code for code in ("000000", "000001", "000002", "000003") if code not in near)


# By who asked.


@pytest.mark.parametrize("way", [None, Way.SELF])
def test_by_the_asker_with_a_word(with_stuf: Opened, way: Way | None) -> None:
    talk = with_stuf(way)
    asks(talk)
    talk.says(TESS, "confirm")
    assert removed(talk)


@pytest.mark.parametrize("suffix", ["", ":ask"])
def test_by_the_asker_with_a_thumb(with_stuf: Opened, suffix: str) -> None:
    talk = with_stuf(Way.SELF)
    plan = asks(talk, place=ROOM)
    assert "Only @_**|9**, who asked, can confirm" in talk.reacts(OMAR, f"plan:{plan}{suffix}")
    assert not removed(talk)
    talk.reacts(TESS, f"plan:{plan}{suffix}")
    assert removed(talk)


def test_nobody_confirms_twice(with_stuf: Opened) -> None:
    talk = with_stuf(Way.SELF)
    plan = asks(talk)
    talk.says(TESS, "confirm")
    assert "no plan here" in talk.says(TESS, "confirm")
    assert talk.reacts(TESS, f"plan:{plan}") == ""


# By typing the slug.


def test_by_typing_the_slug(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TYPED)
    plan = asks(talk)
    for too_little in ("confirm", "confirm acme", "confirm beta-audit"):
        assert "Type `confirm acme-audit`" in talk.says(TESS, too_little)
    assert "Type `confirm acme-audit`" in talk.reacts(TESS, f"plan:{plan}")
    assert not removed(talk)
    talk.says(TESS, "confirm acme-audit")
    assert removed(talk)


def test_nobody_else_types_it(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TYPED)
    asks(talk, place=ROOM)
    assert "who asked, can confirm" in talk.says(OMAR, "confirm acme-audit", ROOM)
    assert not removed(talk)


# By a second person.


def test_a_plan_for_two_is_shown_where_others_read_along(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk)
    shown = next(post for post in talk.posts if post.key == f"plan:{plan}")
    assert shown.to == Topic(channel="stuf-acme-audit", topic="approvals")
    assert f"`approve {plan}`" in shown.content
    assert talk.posts[-1].to == Direct(user_ids=(TESS,))
    assert "needs a second person" in talk.posts[-1].content


def test_where_the_channel_is_known_the_word_needs_no_mention_there(
    with_stuf: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages are heard with their channel's id, and the plan knows the channel by its name."""
    monkeypatch.setattr(FakeDirectory, "channel_id", lambda _self, name: {"stuf-acme-audit": 21}.get(name))
    talk = with_stuf(Way.TWO_PEOPLE)
    asks(talk)
    assert "#**stuf-acme-audit>approvals**" in talk.posts[-1].content
    talk.says(OMAR, "approve", Topic(channel=21, topic="approvals"))
    assert removed(talk)


@pytest.mark.parametrize("said", ["confirm", "approve", "confirm acme-audit"])
def test_the_asker_is_no_second_person(with_stuf: Opened, said: str) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk, place=ROOM)
    assert "needs a second person" in talk.reacts(TESS, f"plan:{plan}")
    assert "needs a second person" in talk.says(TESS, said, ROOM)
    assert "needs a second person" in talk.says(TESS, f"approve {plan}")
    assert not removed(talk)


def test_a_second_person_approves_by_a_thumb(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk)
    assert "approved the plan to remove the STUF `acme-audit`" in talk.reacts(OMAR, f"plan:{plan}")
    assert removed(talk)
    assert answers(talk)[-1] == ("chat:plan:approved", OMAR, "done")


@pytest.mark.parametrize("said", ["approve {plan}", "approve", "confirm"])
def test_a_second_person_approves_by_a_word_where_the_plan_is(with_stuf: Opened, said: str) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk, place=ROOM)
    talk.says(OMAR, said.format(plan=plan), ROOM)
    assert removed(talk)


def test_elsewhere_a_second_person_sees_the_plan_first(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk, place=ROOM)
    assert "**Plan: remove the STUF `acme-audit`**" in talk.says(OMAR, f"approve {plan}")
    assert not removed(talk)
    talk.outbox.keys[1] = talk.posts[0].key
    talk.says(OMAR, f"approve {plan}")
    assert removed(talk)


def test_the_plan_that_a_second_person_was_shown_takes_a_thumb_too(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk, place=ROOM)
    talk.says(OMAR, f"approve {plan}")
    assert not removed(talk)
    talk.reacts(OMAR, talk.posts[0].key)
    assert removed(talk)


@pytest.mark.parametrize("who", [PAT, GUEST, BOT])
def test_who_could_not_ask_for_it_approves_nothing(with_stuf: Opened, who: int) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk, place=ROOM)
    talk.reacts(who, f"plan:{plan}")
    assert not removed(talk)
    told = talk.says(who, f"approve {plan}", ROOM)
    assert "Plan: remove" not in told
    assert "Plan: remove" not in talk.says(who, f"approve {plan}")
    talk.says(who, f"approve {plan}")
    assert not removed(talk)


def test_the_asker_withdraws_a_plan_for_two(with_stuf: Opened) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk)
    assert "Cancelled" in talk.says(TESS, "cancel")
    assert talk.reacts(OMAR, f"plan:{plan}") == ""
    assert not removed(talk)


# By a one-time code.


def test_by_a_code_in_a_direct_message(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk, place=ROOM)
    talk.says(TESS, "confirm", ROOM)
    assert [post.to for post in talk.posts] == [ROOM, Direct(user_ids=(TESS,))]
    assert "Your one-time code, please" in talk.posts[1].content
    assert not removed(talk)
    talk.says(TESS, app.at(talk.now))
    assert removed(talk)


def test_a_thumb_asks_for_the_code_too(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    plan = asks(talk)
    assert "Your one-time code, please" in talk.reacts(TESS, f"plan:{plan}")
    code = app.at(talk.now)
    talk.says(TESS, f"{code[:3]} {code[3:]}")
    assert removed(talk)


def test_wrong_codes_start_nothing_and_lock(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk)
    talk.says(TESS, "confirm")
    for _ in range(4):
        assert "not the code" in talk.says(TESS, wrong(app, talk))
    assert "5 wrong codes" in talk.says(TESS, wrong(app, talk))
    assert "5 wrong codes" in talk.says(TESS, app.at(talk.now))
    assert not removed(talk)


def test_a_code_is_used_up_also_where_the_deed_refuses(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        talk.fleet.begin(session, OperationKind.TEST, "acme-audit", person_id=OMAR, person_name="Omar Ops")
    code = app.at(talk.now)
    assert "is locked" in talk.says(TESS, code)
    assert "used" in talk.says(TESS, code)
    assert not removed(talk)


def test_a_code_approves_one_plan(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk)
    talk.says(TESS, "confirm")
    talk.says(TESS, app.at(talk.now))
    assert removed(talk)
    talk.says(TESS, CREATE.replace("Acme", "Beta"))
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "beta-audit")
        assert operation is not None
        progress.failed(
            session, operation.attempt_id, talk.now, Failure(code="x", sentence="No.", log_tail=())
        )
    talk.says(TESS, "abandon beta-audit")
    talk.says(TESS, "confirm")
    assert "used already" in talk.says(TESS, app.at(talk.now))
    talk.now += timedelta(seconds=30)
    assert "Removing `beta-audit`" in talk.says(TESS, app.at(talk.now))


def test_a_code_that_nobody_asked_for_does_nothing(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk)
    talk.says(TESS, app.at(talk.now))
    assert not removed(talk)
    talk.says(TESS, "confirm")
    talk.says(TESS, "cancel")
    talk.now += timedelta(minutes=1)
    talk.says(TESS, app.at(talk.now))
    assert not removed(talk)


def test_a_code_that_was_used_starts_nothing(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    said = talk.says(TESS, "code enrol")
    key = said.partition("`")[2].rpartition("`\n")[0].rpartition("`")[2].replace(" ", "")
    code = pyotp.TOTP(key).at(talk.now)
    talk.says(TESS, f"code verify {code}")
    asks(talk)
    talk.says(TESS, "confirm")
    assert "used already" in talk.says(TESS, code)
    assert not removed(talk)


def test_who_is_not_enrolled_is_told_how(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    asks(talk)
    assert "`code enrol`" in talk.says(TESS, "confirm")
    assert not removed(talk)


def test_somebody_elses_code_is_nothing(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    enrols(talk)
    app = enrols(talk, OMAR)
    asks(talk)
    talk.says(TESS, "confirm")
    talk.says(OMAR, app.at(talk.now))
    assert not removed(talk)
    assert "not the code" in talk.says(TESS, app.at(talk.now))


def test_a_code_in_a_channel_is_not_taken(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk, place=ROOM)
    assert "direct message" in talk.says(TESS, f"confirm {app.at(talk.now)}", ROOM)
    assert not removed(talk)


def test_a_code_goes_to_the_plan_and_not_into_an_open_form(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk)
    talk.says(TESS, "confirm")
    assert "What is the project called?" in talk.says(TESS, "create")
    talk.says(TESS, app.at(talk.now))
    assert removed(talk)
    assert "short name" in talk.says(TESS, "123456"), "without such a plan it is an answer"


# Whatever the way.


@pytest.mark.parametrize("way", [Way.SELF, Way.TYPED, Way.TWO_PEOPLE, Way.CODE])
def test_a_plan_waits_a_quarter_of_an_hour(with_stuf: Opened, way: Way) -> None:
    talk = with_stuf(way)
    app = enrols(talk)
    plan = asks(talk, place=ROOM)
    if way is Way.CODE:
        talk.says(TESS, "confirm", ROOM)
    talk.now += timedelta(minutes=15)
    talk.says(TESS, "confirm acme-audit", ROOM)
    talk.reacts(OMAR, f"plan:{plan}")
    talk.says(TESS, app.at(talk.now))
    assert not removed(talk)


@pytest.mark.parametrize("way", [Way.SELF, Way.TYPED, Way.TWO_PEOPLE, Way.CODE])
def test_who_asked_is_told_that_nobody_answered(with_stuf: Opened, way: Way) -> None:
    talk = with_stuf(way)
    plan = asks(talk)
    with talk.database.session() as session:
        assert plans.expire(session, talk.now + timedelta(minutes=14)) == []
        acts = plans.expire(session, talk.now + timedelta(minutes=15))
        assert plans.expire(session, talk.now + timedelta(minutes=16)) == []
    assert Direct(user_ids=(TESS,)) in [act.to for act in acts]
    assert all("remove the STUF `acme-audit`" in act.content for act in acts)
    assert len(acts) == (2 if way is Way.TWO_PEOPLE else 1)
    assert talk.reacts(OMAR, f"plan:{plan}") == ""
    assert not removed(talk)


@pytest.mark.parametrize("way", [Way.SELF, Way.TYPED, Way.TWO_PEOPLE, Way.CODE])
def test_a_restart_in_between_changes_nothing(with_stuf: Opened, opened: Opened, way: Way) -> None:
    talk = with_stuf(way)
    app = enrols(talk)
    asks(talk, place=ROOM)
    talk = opened(way)
    if way is Way.TWO_PEOPLE:
        talk.says(OMAR, "approve", ROOM)
    elif way is Way.CODE:
        talk.says(TESS, "confirm", ROOM)
        talk = opened(way)
        talk.says(TESS, app.at(talk.now))
    else:
        talk.says(TESS, "confirm acme-audit" if way is Way.TYPED else "confirm", ROOM)
    assert removed(talk)


@pytest.mark.parametrize("way", [Way.SELF, Way.TYPED, Way.TWO_PEOPLE, Way.CODE])
def test_who_asked_has_to_be_there_still(
    with_stuf: Opened, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    talk = with_stuf(way)
    app = enrols(talk)
    plan = asks(talk, place=ROOM)
    if way is Way.CODE:
        talk.says(TESS, "confirm", ROOM)
    gone = FakeDirectory.accounts | {TESS: Person(TESS, "Tess Architect", is_active=False)}
    monkeypatch.setattr(FakeDirectory, "accounts", gone)
    talk.says(TESS, "confirm acme-audit", ROOM)
    talk.says(TESS, app.at(talk.now))
    talk.reacts(TESS, f"plan:{plan}")
    told = talk.reacts(OMAR, f"plan:{plan}")
    assert not removed(talk)
    if way is Way.TWO_PEOPLE:
        assert "can no longer use" in told


def test_who_asked_needs_the_role_still(with_stuf: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk, OMAR, ROOM)
    monkeypatch.setattr(FakeDirectory, "groups", FakeDirectory.groups | {"operators": set()})
    talk.reacts(ADA, f"plan:{plan}")
    assert not removed(talk)


def test_a_second_person_needs_the_role_still(with_stuf: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = with_stuf(Way.TWO_PEOPLE)
    plan = asks(talk, place=ROOM)
    monkeypatch.setattr(FakeDirectory, "groups", FakeDirectory.groups | {"operators": set()})
    talk.reacts(OMAR, f"plan:{plan}")
    assert not removed(talk)
    talk.reacts(ADA, f"plan:{plan}")
    assert removed(talk)


@pytest.mark.parametrize("way", [Way.SELF, Way.TYPED, Way.TWO_PEOPLE, Way.CODE])
def test_what_has_changed_meanwhile_is_shown_again(
    with_stuf: Opened, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    talk = with_stuf(way)
    app = enrols(talk)
    plan = asks(talk, place=ROOM)
    monkeypatch.setattr("handlers.abandon.storage_was_made", lambda _operations: True)

    def answered(name: str) -> str:
        if way is Way.TWO_PEOPLE:
            return talk.reacts(OMAR, f"plan:{name}")
        said = talk.says(TESS, "confirm acme-audit" if way is Way.TYPED else "confirm", ROOM)
        return talk.says(TESS, app.at(talk.now)) if way is Way.CODE else said

    told = answered(plan)
    assert "has changed meanwhile" in told
    assert "every file in it" in told
    assert not removed(talk)
    talk.now += timedelta(minutes=1)
    newer = next(post.key for post in talk.posts if post.key and "every file" in post.content)
    answered(newer.removeprefix("plan:"))
    assert removed(talk)


def test_a_stricter_policy_holds_for_what_already_waits(with_stuf: Opened, opened: Opened) -> None:
    asks(with_stuf(Way.SELF), place=ROOM)
    talk = opened(Way.TWO_PEOPLE)
    told = talk.says(TESS, "confirm", ROOM)
    assert not removed(talk)
    assert "Somebody else" in told


def test_a_stuf_has_a_way_of_its_own(with_stuf: Opened) -> None:
    talk = with_stuf(None, acme_audit=Way.TYPED)
    asks(talk)
    talk.says(TESS, "confirm")
    assert not removed(talk)
    talk.says(TESS, "confirm acme-audit")
    assert removed(talk)


def answers(talk: Talk) -> list[tuple[str, int | None, str]]:
    """What the audit log says about plans: tag, who, outcome."""
    with talk.database.session() as session:
        found = session.scalars(
            select(AuditEntry).where(AuditEntry.tag.startswith("chat:plan:")).order_by(AuditEntry.id)
        ).all()
    return [(each.tag, each.actor_id, each.outcome) for each in found if each.tag != "chat:plan:answered"]


def test_each_answer_is_in_the_audit_log_without_the_code(with_stuf: Opened) -> None:
    talk = with_stuf(Way.CODE)
    app = enrols(talk)
    asks(talk)
    talk.says(TESS, "confirm")
    no, right = wrong(app, talk), app.at(talk.now)
    talk.says(TESS, no)
    talk.says(TESS, right)
    assert answers(talk)[-2:] == [("chat:plan:shown", TESS, "done"), ("chat:plan:confirmed", TESS, "done")]
    with talk.database.session() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        refused = [entry for entry in entries if entry.tag == "chat:code:refused"]
        assert [(entry.actor_id, entry.reason_code) for entry in refused] == [(TESS, "code-wrong")]
        everything = " ".join(f"{entry.details} {entry.cause} {entry.place}" for entry in entries)
    for secret in (no, right, app.secret):
        assert secret not in everything
