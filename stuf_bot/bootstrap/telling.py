"""What says outside events, wired to the fleet, the settings and the realm."""

from sqlalchemy.orm import Session

from provisioning.fleet import Fleet
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.outbox import Outbox
from stuf_bot.relays import People, Relays
from stuf_bot.settings import Settings


def people_of(settings: Settings, directory: Directory) -> People:
    """Accounts as people say them in chat, or in the profile fields of the realm."""
    fields = {"github": settings.relays.github_field, "sentry": settings.relays.sentry_field}
    return People(lambda service: directory.profiles(fields[service]))


def relays_of(settings: Settings, fleet: Fleet, outbox: Outbox, directory: Directory) -> Relays:
    """A STUF's relays go to its channel, the fleet's to that of the administrators."""

    def channel_of(session: Session, slug: str) -> str | None:
        stuf = fleet.get(session, slug)
        return stuf.channel if stuf else None

    return Relays(
        channel_of,
        settings.stuf_bot.admin_channel,
        own_accounts=settings.relays.own_accounts,
        channel_id=directory.channel_id,
        message_id=outbox.message_id,
        keys_of=outbox.keys_of,
    )
