"""What relays write and read, on both kinds of database."""

from datetime import UTC, datetime, timedelta

from stuf_bot.acts import Card, Post, ResolveTopic
from stuf_bot.relays import News, Objects, People, Relay, Relays, Subject, book, traces
from stuf_bot.store.database import Database
from stuf_bot.store.migrations import migrate

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PULL = Subject("github:acme/stuf-x:pull:12", "acme-audit", "#12", "Make it quicker")


def relay(key: str, **more: object) -> Relay:
    return Relay(PULL, "issues", card="card", news=(News(key, key),), **more)  # type: ignore[arg-type]


def test_relays_are_told_held_back_released_and_forgotten(database: Database) -> None:
    migrate(database)
    relays = Relays(lambda _session, slug: f"stuf-{slug}", "home")
    with database.session() as session:
        assert [type(act) for act in relays.say(session, relay("a"), NOW)] == [Card, Post]
    with database.session() as session:
        assert [type(act) for act in relays.say(session, relay("a", done=True), NOW)] == [Card, ResolveTopic]
        book.set_batch(session, "acme-audit", timedelta(minutes=5))
        until = NOW + timedelta(days=1)
        rule = book.add(session, "acme-audit", "mute", {"status": ["x"]}, until=until, person_id=9, now=NOW)
        assert rule.name == "1"
    with database.session() as session:
        assert [type(act) for act in relays.say(session, relay("b"), NOW)] == [Card]
        assert [type(act) for act in relays.say(session, relay("c", status="x"), NOW)] == [Card]
    with database.session() as session:
        assert relays.release(session, NOW + timedelta(minutes=4)) == []
        (post,) = relays.release(session, NOW + timedelta(minutes=5))
        assert isinstance(post, Post)
        assert post.content == "b"
    with database.session() as session:
        found = relays.subject_at(session, "stuf-acme-audit", "✔ #12 renamed")
        assert found == PULL
        trace = traces.last(session, PULL.key)
        assert trace is not None
        assert (trace.fate, trace.waited) == (traces.TOLD, True)
        relays.release(session, NOW + timedelta(days=100))
        assert book.own_rules(session, "acme-audit", NOW) == []
        assert traces.last(session, PULL.key) is None
        relays.forget(session, "acme-audit")
        assert relays.subject_at(session, "stuf-acme-audit", "#12 renamed") is None


def test_facts_and_accounts_are_kept(database: Database) -> None:
    migrate(database)
    objects, people = Objects(), People()
    for number in (1, 2):
        with database.session() as session:
            objects.keep(session, "k", "acme-audit", {"n": number})
            people.claim(session, "github", f"octo{number}", 9, set_by=9, now=NOW)
    with database.session() as session:
        assert objects.read(session, "k") == {"n": 2}
        assert objects.read(session, "other") is None
        assert people.user_id(session, "github", "OCTO2") == 9
        assert people.user_id(session, "github", "octo1") is None


def test_what_is_over_and_old_is_forgotten(database: Database) -> None:
    migrate(database)
    relays = Relays(lambda _session, slug: f"stuf-{slug}", "home")
    objects = Objects(lambda: NOW)
    with database.session() as session:
        relays.say(session, relay("a", done=True), NOW)
        for key in (PULL.key, "github:acme/stuf-x:run:1", "trends:acme-audit"):
            objects.keep(session, key, "acme-audit", {"n": 1})
    with database.session() as session:
        relays.release(session, NOW + timedelta(days=181))
    with database.session() as session:
        assert objects.read(session, PULL.key) is None
        assert objects.read(session, "github:acme/stuf-x:run:1") is None
        assert objects.read(session, "trends:acme-audit") == {"n": 1}
        relays.forget(session, "acme-audit")
        assert book.serial(session, "acme-audit") == 1
