"""The bot's database, seen from outside."""

from datetime import UTC, datetime

from mortal import outputs
from sqlalchemy import func, select

from provisioning.fleet import Fleet, StufState
from provisioning.models import AwsStorage, StufSpec
from provisioning.tables import OperationRow, StufRow
from stuf_bot import audit
from stuf_bot.store.conversation_tables import Dialogue, PlanRow
from stuf_bot.store.database import Database
from stuf_bot.store.tables import InboxRow, OutboxRow

STUFS = ("alpha", "beta")


def stand(database: Database) -> None:
    """STUFs that are ready, of somebody who says nothing here."""
    fleet = Fleet(lambda: None)
    with database.session() as session:
        for slug in STUFS:
            spec = StufSpec(slug=slug, name=slug.title(), storage=AwsStorage(region="eu-west-1"))
            fleet.create(
                session, spec, owner_id=8, owner_name="Ada Admin", channel=f"stuf-{slug}", participants=()
            )
        for row in session.scalars(select(StufRow)):
            row.outputs = outputs(row.slug).model_dump(mode="json")
            row.state = StufState.READY
            row.created_at = datetime.now(UTC)


def waiting(database: Database) -> dict[str, int]:
    """How much waits, by where."""
    counts = {
        "inbox": select(func.count()).where(InboxRow.state == "waiting"),
        "outbox": select(func.count()).where(OutboxRow.state == "waiting"),
        "operations": select(func.count()).where(OperationRow.state.in_(("waiting", "running"))),
    }
    with database.reading() as session:
        return {name: session.scalar(query) or 0 for name, query in counts.items()}


def problems(database: Database) -> list[str]:
    """What must not be there in the end."""
    found = [f"{count} wait in the {name}" for name, count in waiting(database).items() if count]
    with database.reading() as session:
        if problem := audit.verify(session):
            found.append(f"audit: {problem}")
        for name, query in {
            "inbox entries failed": select(func.count()).where(InboxRow.state == "failed"),
            "outbox rows failed": select(func.count()).where(OutboxRow.state == "failed"),
            "plans are open": select(func.count()).where(PlanRow.state == "open"),
            "forms are open": select(func.count()).select_from(Dialogue),
        }.items():
            if count := session.scalar(query):
                found.append(f"{count} {name}")
    return found
