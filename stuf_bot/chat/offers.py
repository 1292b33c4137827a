"""Corrected lines and old commands that run at a thumb: proposed, never guessed into being."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stuf_bot.acts import Post
from stuf_bot.chat.outside import inline
from stuf_bot.context import Context
from stuf_bot.places import Direct, Topic
from stuf_bot.store.conversation_tables import OfferRow, load_place, store_place

GOOD_FOR = timedelta(minutes=15)
KEY = "offer:"
OFFER = "{what}\n{line}\n👍 on this message runs it, for you, once, within 15 minutes."
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Offer:
    """A line that was offered to a person in a place."""

    line: str
    place: Topic | Direct


def make(what: str, line: str, ctx: Context) -> Post:
    """Propose `line` as the command that was meant; `what` is why, as safe Markdown."""
    row = OfferRow(
        id=secrets.token_hex(6),
        person_id=ctx.person.user_id,
        place=store_place(ctx.place),
        line=line,
        state="open",
        expires_at=ctx.now + GOOD_FOR,
    )
    ctx.session.add(row)
    content = OFFER.format(what=what, line=inline(ctx.typed(line), _LONGEST))
    return ctx.reply(content, key=KEY + row.id)


def take(post_key: str, ctx: Context) -> Offer | None:
    """The offer of this message, used up; None where it is none, somebody else's, used or too old."""
    if not post_key.startswith(KEY):
        return None
    query = select(OfferRow).where(OfferRow.id == post_key.removeprefix(KEY)).with_for_update()
    row = ctx.session.scalar(query)
    if row is None or row.state != "open" or row.person_id != ctx.person.user_id or ctx.now >= row.expires_at:
        return None
    taken = Offer(row.line, load_place(row.place))
    row.state, row.line = "taken", ""
    return taken


def expire(session: Session, now: datetime) -> list[Post]:
    """Forget what nobody took. Nothing was begun, so nothing is said."""
    if session.scalar(select(OfferRow.id).where(OfferRow.expires_at <= now).limit(1)):
        session.execute(delete(OfferRow).where(OfferRow.expires_at <= now))
    return []
