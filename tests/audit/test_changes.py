"""What the log says of the configuration, of roles, and of webhooks that changed nothing."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from filled import START
from pydantic import BaseModel, SecretStr
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from stuf_bot import audit, configuration
from stuf_bot.access import Role
from stuf_bot.audit import Entry, Tag, configured
from stuf_bot.audit.deliveries import REPEATED, Unwanted
from stuf_bot.audit.reading import Wanted
from stuf_bot.audit.roles import RoleWatch
from stuf_bot.places import Person
from stuf_bot.settings import Settings
from stuf_bot.store.audit_tables import KnownSetting
from stuf_bot.store.database import Database

GIVEN = {
    "STUF_BOT_STUF_BOT_DATABASE_URL": "postgresql://stuf:pg-marked@db.example.org/stuf",
    "STUF_BOT_ZULIP_EMAIL": "stuf-bot@example.org",
    "STUF_BOT_ZULIP_KEY": "zulip-marked",
    "STUF_BOT_ZULIP_SITE": "https://chat.example.org",
    "STUF_BOT_GITHUB_TOKEN": "token-marked",
    "STUF_BOT_GITHUB_CONTROL_REPOSITORY": "acme/stuf-control",
    "STUF_BOT_GITHUB_WEBHOOK_SECRETS": "hook-marked",
    "STUF_BOT_AWS_ACCESS_KEY_ID": "AKIAMARKED",
    "STUF_BOT_AWS_SECRET_ACCESS_KEY": "aws-marked",
    "STUF_BOT_SENTRY_DSN": "https://dsn-marked@sentry.example.org/1",
}


def settings(**changed: str) -> Settings:
    return configuration.load(None, GIVEN | changed)


def start(database: Database, given: BaseModel, bot: str = "stuf-bot-1") -> list[Entry]:
    """What a start of the bot adds."""
    with database.session() as session:
        before = audit.head(session)
        configured.started(session, given, bot, START)
    assert before is not None
    return told(database)[before.entries :]


def told(database: Database, *tags: Tag) -> list[Entry]:
    with audit.snapshot(database) as session:
        assert audit.verify(session) is None
        return list(audit.entries(session, Wanted(tags=tags)))


def test_the_first_start_is_noted_and_the_same_again_says_nothing_new(database: Database) -> None:
    assert [entry.tag for entry in start(database, settings())] == [Tag.BOT_STARTED, Tag.SETTINGS_READ]
    assert [entry.tag for entry in start(database, settings())] == [Tag.BOT_STARTED]


def test_changes_are_named_and_shown_where_they_may_be(database: Database) -> None:
    start(database, settings())
    found = start(
        database,
        settings(
            STUF_BOT_GITHUB_REF="next",
            STUF_BOT_GITHUB_TOKEN="other-marked",
            STUF_BOT_ROLES_OPERATORS="night, day",
            STUF_BOT_WEB_PUBLIC_URL="https://bot.example.org",
        ),
    )[1]
    assert found.tag == Tag.SETTINGS_CHANGED
    assert found.details["settings"] == {
        "github.ref": ["main", "next"],
        "github.token": ["[hidden]", "[hidden]"],
        "roles.operators": ["stuf-operators", "night, day"],
        "web.public_url": [None, "https://bot.example.org"],
    }
    gone = start(database, settings(STUF_BOT_GITHUB_REF="next"))[1]
    assert gone.details["settings"]["web.public_url"] == ["https://bot.example.org", None]


def test_every_changed_secret_is_noticed_and_none_is_kept(database: Database) -> None:
    start(database, settings())
    for name, value in GIVEN.items():
        if "marked" not in value.lower():
            continue
        assert (
            len(
                start(
                    database, settings(**{name: value.replace("marked", "moved").replace("MARKED", "MOVED")})
                )
            )
            == 2
        )
        assert len(start(database, settings())) == 2
    with database.reading() as session:
        rows = session.scalars(select(KnownSetting)).all()
        kept = repr([vars(row) for row in rows]) + repr(told(database))
    for marked in ("marked", "MARKED", "moved", "MOVED", "stuf-bot@"):
        assert marked not in kept


def test_a_setting_that_nobody_declared_fit_to_be_read_is_hidden(database: Database) -> None:
    class Section(BaseModel):
        password: str = "tomorrow"
        count: int = 3
        keys: tuple[SecretStr, ...] = (SecretStr("a"),)

    class Given(BaseModel):
        new: Section = Section()

    start(database, Given())
    found = start(database, Given(new=Section(password="today", count=4)))[1]
    assert found.details["settings"] == {
        "new.password": ["[hidden]", "[hidden]"],
        "new.count": ["3", "4"],
    }


def test_two_bots_have_settings_of_their_own(database: Database) -> None:
    start(database, settings())
    assert start(database, settings(STUF_BOT_GITHUB_REF="next"), "stuf-bot-2")[1].tag == Tag.SETTINGS_READ
    assert len(start(database, settings())) == 1


class FakeRealm:
    def __init__(self) -> None:
        self.ready = threading.Event()
        self.accounts = [Person(1, "Ann"), Person(2, "Bob"), Person(3, "Bot", is_bot=True)]
        self.groups = {"operators": {1, 3}, "admins": {1}}

    def people(self) -> tuple[Person, ...]:
        return tuple(self.accounts)

    def group_members(self, name: str) -> frozenset[int] | None:
        return frozenset(self.groups[name]) if name in self.groups else None


def look(database: Database, realm: FakeRealm) -> list[dict[str, Any]]:
    watch = RoleWatch(realm, {Role.OPERATOR: ("operators", "none"), Role.ADMINISTRATOR: ("admins",)})
    known = len(told(database, Tag.ROLES_READ, Tag.ROLE_CHANGED))
    with database.session() as session:
        assert watch.look(session, START) == []
    return [entry.details for entry in told(database, Tag.ROLES_READ, Tag.ROLE_CHANGED)[known:]]


def test_roles_are_noted_when_they_change(database: Database) -> None:
    realm = FakeRealm()
    assert look(database, realm) == []
    realm.ready.set()
    assert look(database, realm) == [{"people": {"operator": 1, "administrator": 1}}]
    assert look(database, realm) == []
    realm.groups["operators"] = {2}
    assert look(database, realm) == [{"role": "operator", "gained": [2], "lost": [1], "people": 2}]
    realm.accounts[1] = Person(2, "Bob", is_active=False)
    assert look(database, realm) == [{"role": "operator", "gained": [], "lost": [2], "people": 1}]
    assert look(database, realm) == []


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def unwanted(database: Database) -> list[tuple[str, str, int]]:
    found = told(database, Tag.DELIVERY_REFUSED, Tag.DELIVERY_REPEATED)
    return [(entry.tag.split(":")[2], entry.reason_code, entry.details["count"]) for entry in found]


def test_a_flood_of_refused_webhooks_is_two_entries_a_minute(database: Database) -> None:
    clock = Clock()
    counted = Unwanted(database, clock=clock)
    for _ in range(1000):
        counted.note("github", "forged")
    counted.note("github", "too-large")
    assert unwanted(database) == [("refused", "forged", 1), ("refused", "too-large", 1)]
    with database.session() as session:
        counted.flush(session, clock())
    assert len(unwanted(database)) == 2
    clock.now += timedelta(minutes=1)
    with database.session() as session:
        counted.flush(session, clock())
        counted.flush(session, clock())
    assert unwanted(database)[2:] == [("refused", "forged", 999)]
    counted.note("github", "forged")
    counted.note("github", REPEATED)
    counted.finish()
    assert unwanted(database)[3:] == [("repeated", REPEATED, 1), ("refused", "forged", 1)]


def test_they_are_counted_while_the_database_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Unwanted(database, clock=lambda: START)
    with monkeypatch.context() as away:

        def session(**_: object) -> Any:
            raise OperationalError("", {}, Exception())

        away.setattr(database, "session", session)
        counted.note("stuf", "forged")
    counted.finish()
    assert unwanted(database) == [("refused", "forged", 1)]


def test_threads_count_each_once(database: Database) -> None:
    counted = Unwanted(database, clock=lambda: START)

    def send() -> None:
        for _ in range(50):
            counted.note("stuf", "forged")

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted.finish()
    assert [count for _, _, count in unwanted(database)] == [1, 199]
