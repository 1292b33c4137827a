"""The hall in one thread: what waits in the inbox is handled, what is said lies in the outbox."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from talk import ADA, TESS, Talk

from provisioning.fleet import StufState
from provisioning.models import AwsStorage, StufOutputs, StufSpec
from provisioning.tables import StufRow
from stuf_bot.chat.outbox import Outbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.tables import OutboxRow


@dataclass
class Desk:
    """Brings deliveries in and reads what was said about them."""

    talk: Talk
    outbox: Outbox = field(default_factory=lambda: Outbox(channel_id=lambda _name: None))

    def brings(
        self,
        source: str,
        kind: str,
        body: dict[str, Any],
        *,
        id: str = "",  # noqa: A002 - the name that it has everywhere.
        subject: str = "",
    ) -> bool:
        """A delivery by the inbox, handled at once; False where it was known."""
        self.talk.last += 1
        delivery = DeliveryReceived(
            source=source, delivery_id=id or f"d{self.talk.last}", kind=kind, subject=subject, body=body
        )
        with self.talk.database.session() as session:
            new = self.talk.inbox.put(session, delivery)
        self.works()
        return new

    def works(self) -> None:
        """Handle all that waits, each entry in a transaction, as the hall does."""
        with self.talk.database.reading() as session:
            waiting = self.talk.inbox.ordered(session)
        for entry, _ in waiting:
            with self.talk.database.session() as session:
                event = self.talk.inbox.read(session, entry)
                assert event is not None
                acts = self.talk.core.dispatcher.handle(event, session)
                self.outbox.answer(session, acts, event, event.key)
                self.talk.inbox.done(session, entry)

    def says(self, text: str, who: int = ADA) -> str:
        """What the bot answers to a person, who then says yes where a plan is shown."""
        answer = self.talk.says(who, text)
        self.works()
        return answer

    @property
    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and content of all that is to be said in channels, in order."""
        with self.talk.database.reading() as session:
            rows = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            return [(row.kind, json.loads(row.payload)) for row in rows]


def a_stuf(desk: Desk, slug: str) -> None:
    """A STUF that stands, with the names that its stack has."""
    fleet = desk.talk.fleet
    with desk.talk.database.session() as session:
        fleet.create(
            session,
            StufSpec(name=slug, slug=slug, storage=AwsStorage(region="eu-west-1")),
            owner_id=TESS,
            owner_name="Tess Architect",
            channel=f"stuf-{slug}",
            participants=[],
        )
        row = session.scalars(select(StufRow).where(StufRow.slug == slug)).one()
        row.state = StufState.READY
        row.outputs = StufOutputs(
            slug=slug,
            address=f"https://{slug}.example.org",
            region="eu-west-1",
            stack_name=f"stuf-{slug}",
            bucket=f"stuf-{slug}-files-123456789012",
            site_bucket=f"stuf-{slug}-site-123456789012",
            kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
            secret_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:1",
            function_name=f"stuf-{slug}",
            api_url=f"https://api0{slug}.execute-api.eu-west-1.amazonaws.com",
            distribution_id=f"DIST0{slug.upper()}",
            version="1",
            repository=f"acme/stuf-{slug}",
            repository_url=f"https://github.com/acme/stuf-{slug}",
        ).model_dump(mode="json")
