"""Whose account in Sentry it is: Sentry tells numbers and full names, people tell their user names."""

from typing import Final

from sqlalchemy.orm import Session

from handlers.sentry.wording import Who, clean
from stuf_bot.chat.outside import inline
from stuf_bot.places import silent_mention
from stuf_bot.relays import Objects, People

_KEY: Final = "sentry:user:{id}"
_SERVICE: Final = "sentry"


def learn(session: Session, number: str, username: str) -> None:
    """Sentry calls the user with this number so. An address is personal, and not kept."""
    if not number or not username or "@" in username:
        return
    key, facts = _KEY.format(id=number), {"username": username}
    if Objects().read(session, key) != facts:
        Objects().keep(session, key, "", facts)


def user_of(session: Session, people: People, who: Who) -> int | None:
    """The Zulip user who it is: by Sentry's number, by the name that it shows, or by the user name."""
    if who.user is not None or who.machine:
        return who.user
    facts = Objects().read(session, _KEY.format(id=who.id)) if who.id else None
    names = (who.id, who.name, facts["username"] if facts else "")
    found = (people.user_id(session, _SERVICE, name) for name in names if name)
    return next((user for user in found if user is not None), None)


def named(session: Session, people: People, who: Who) -> str:
    """Somebody as Markdown: the Zulip user, or the name that Sentry shows."""
    user = user_of(session, people, who)
    if user is not None:
        return silent_mention(user)
    return inline(clean(who.name), 60) if who.name else "somebody"
