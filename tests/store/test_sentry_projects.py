"""Which project in Sentry is whose, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from provisioning.fleet import Fleet
from provisioning.models import AwsStorage, StufSpec
from provisioning.records import OperationKind, StufState
from provisioning.sentry import kept
from provisioning.sentry.alerts import ALERTS_VERSION
from provisioning.tables import Base, StufRow
from stuf_bot.store.database import Database

NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
SLUG = "acme-audit"


@pytest.fixture
def fleet(database: Database) -> Iterator[Fleet]:
    Base.metadata.create_all(database.engine)
    yield Fleet(lambda: None, clock=lambda: NOW)
    Base.metadata.drop_all(database.engine)


def create(fleet: Fleet, session: Session, state: StufState = StufState.READY) -> None:
    spec = StufSpec(slug=SLUG, name="Acme", storage=AwsStorage(region="eu-west-1"))
    fleet.create(
        session, spec, owner_id=1, owner_name="Tess", channel="stuf-acme-audit", participants=[], logo=None
    )
    session.query(StufRow).filter(StufRow.state != StufState.GONE).update({"state": state})
    session.expire_all()


def test_a_project_is_known_by_its_parts(database: Database, fleet: Fleet) -> None:
    with database.session() as session:
        create(fleet, session)
        assert [one.slug for one in kept.unfinished(session)] == [SLUG]
        first = kept.begun(session, SLUG, "stuf-acme-audit", NOW)
        assert first.begun_at == NOW
        assert kept.begun(session, SLUG, "another", NOW) == first
        assert kept.projects(session) == []
        kept.noted(session, SLUG, project_id="4507000000000001", dsn="https://k@sentry.example.org/1")
    with database.session() as session:
        (project,) = kept.projects(session)
        assert not project.complete
        assert [one.slug for one in kept.unfinished(session)] == [SLUG]
        kept.noted(session, SLUG, written=True, alerts=ALERTS_VERSION)
        assert kept.unfinished(session) == []
        for called in ("stuf-acme-audit", "4507000000000001"):
            found = fleet.by_sentry_project(session, called)
            assert found is not None
            assert found.slug == SLUG
        assert fleet.by_sentry_project(session, "website") is None


def test_nothing_is_begun_while_something_is_done(database: Database, fleet: Fleet) -> None:
    with database.session() as session:
        create(fleet, session)
        fleet.begin(session, OperationKind.TEST, SLUG, person_id=1, person_name="Tess")
        assert kept.unfinished(session) == []


def test_the_project_of_one_that_is_gone_is_nobodys(database: Database, fleet: Fleet) -> None:
    with database.session() as session:
        create(fleet, session)
        kept.begun(session, SLUG, "stuf-acme-audit", NOW)
        kept.noted(session, SLUG, project_id="1")
        session.query(StufRow).update({"state": StufState.GONE})
        session.expire_all()
        create(fleet, session)
        assert kept.project_of(session, SLUG) is None
        assert fleet.by_sentry_project(session, "1") is None
        second = kept.begun(session, SLUG, "stuf-acme-audit", NOW)
        (orphan,) = kept.orphans(session)
        assert orphan.key != second.key
        kept.forgotten(session, orphan)
        assert kept.orphans(session) == []
        assert kept.project_of(session, SLUG) == second


def test_only_what_is_there_can_be_noted(database: Database, fleet: Fleet) -> None:
    with database.session() as session, pytest.raises(LookupError):
        kept.noted(session, SLUG, written=True)
