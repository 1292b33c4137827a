"""Whose account at GitHub or Sentry it is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot.store.relay_tables import AccountRow

SERVICES = ("github", "sentry")


def account_key(account: str) -> str:
    """An account's name as it is compared: upper and lower case are the same, an @ before it is left out."""
    return account.strip().removeprefix("@").casefold()


class People:
    """Accounts and the Zulip users they belong to."""

    def user_id(self, session: Session, service: str, account: str) -> int | None:
        """Who has this account at 'github' or 'sentry', or None where nobody said so."""
        if not account:
            return None
        return session.scalar(
            select(AccountRow.user_id).where(
                AccountRow.service == service, AccountRow.account_key == account_key(account)
            )
        )

    def account(self, session: Session, service: str, user_id: int) -> str | None:
        """The account of a Zulip user, as they wrote it, or None."""
        return session.scalar(
            select(AccountRow.account).where(AccountRow.service == service, AccountRow.user_id == user_id)
        )
