"""Whose account at GitHub or Sentry it is: as people said in chat, else as their profile in Zulip says."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stuf_bot.store.relay_tables import AccountRow

SERVICES = ("github", "sentry")
_ACCOUNTS = {
    "github": re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?"),
    "sentry": re.compile(r"[A-Za-z0-9](?:[\w.+-]{0,98})", re.ASCII),
}
Profiles = Callable[[str], Mapping[int, str]]
"""For a service the accounts that people's profiles name, by their Zulip ids."""


class Taken(Exception):  # noqa: N818 - it says what is.
    """The account is somebody else's, whose Zulip id is `user_id`."""

    def __init__(self, user_id: int) -> None:
        super().__init__("the account is somebody else's")
        self.user_id = user_id


def account_key(account: str) -> str:
    """An account's name as it is compared: upper and lower case are the same, an @ before it is left out."""
    return account.strip().removeprefix("@").casefold()


def is_account(service: str, account: str) -> bool:
    """Whether it can be an account of the service. An e-mail address never is: it is personal."""
    return _ACCOUNTS[service].fullmatch(account.strip().removeprefix("@")) is not None


class People:
    """Accounts and the Zulip users they belong to. `profiles` gives what Zulip's own profiles say."""

    def __init__(self, profiles: Profiles = lambda _service: {}) -> None:
        self._profiles = profiles

    def user_id(self, session: Session, service: str, account: str) -> int | None:
        """Who has this account at 'github' or 'sentry', or None where nobody said so, or two did."""
        key = account_key(account)
        if not key:
            return None
        said = self.owner(session, service, account)
        if said is not None:
            return said
        # What two profiles name is nobody's.
        mine = self.named_by(session, service, account)
        return mine[0] if len(mine) == 1 else None

    def named_by(self, session: Session, service: str, account: str) -> list[int]:
        """Whose profiles name it; who said another account in chat has that one, and no longer this."""
        key = account_key(account)
        found = [user for user, named in self._profiles(service).items() if account_key(named) == key]
        return [user for user in found if self._said(session, service, user) is None]

    def account(self, session: Session, service: str, user_id: int) -> str | None:
        """The account of a Zulip user, as they wrote it, or None."""
        named = self._said(session, service, user_id) or self._profiles(service).get(user_id, "")
        return named if named and is_account(service, named) else None

    def owner(self, session: Session, service: str, account: str) -> int | None:
        """Who said in chat that it is theirs."""
        return session.scalar(
            select(AccountRow.user_id).where(
                AccountRow.service == service, AccountRow.account_key == account_key(account)
            )
        )

    def claim(  # noqa: PLR0913 - whose it is, who says so, and when.
        self, session: Session, service: str, account: str, user_id: int, *, set_by: int, now: datetime
    ) -> None:
        """It is this person's from now on, in place of another that they had. Raises Taken."""
        owner = self.owner(session, service, account)
        if owner not in {None, user_id}:
            raise Taken(owner or 0)
        self.release(session, service, user_id)
        session.add(
            AccountRow(
                service=service,
                account_key=account_key(account),
                account=account.strip().removeprefix("@"),
                user_id=user_id,
                set_by=set_by,
                set_at=now,
            )
        )
        session.flush()

    def release(self, session: Session, service: str, user_id: int) -> bool:
        """The person has none any more, as far as chat says; whether they had one."""
        had = self._said(session, service, user_id) is not None
        session.execute(
            delete(AccountRow).where(AccountRow.service == service, AccountRow.user_id == user_id)
        )
        return had

    def _said(self, session: Session, service: str, user_id: int) -> str | None:
        return session.scalar(
            select(AccountRow.account).where(AccountRow.service == service, AccountRow.user_id == user_id)
        )
