"""What GitHub told while nobody heard: sent again where it still can be, and looked up where it cannot."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from provisioning.fleet import Fleet
from provisioning.github import GitHubRefused, GitHubUnavailable
from provisioning.github_deliveries import KEPT_FOR, GitHubDeliveries, to_send_again
from provisioning.github_state import Found, GitHubState
from stuf_bot import seen
from stuf_bot.bootstrap.outside import github
from stuf_bot.clock import Clock, utc_now
from stuf_bot.deliveries import FETCHED
from stuf_bot.errands import ErrandLater, ErrandRefused, Run
from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.settings import Settings
from stuf_bot.store.database import Database
from stuf_bot.store.tables import InboxRow

log = logging.getLogger(__name__)

REDELIVER: Final = seen.REDELIVERED
RECONCILE: Final = "github.reconcile"
PERIODIC: Final = {REDELIVER: timedelta(minutes=10), RECONCILE: timedelta(minutes=30)}
"""How often the clock asks; both are put at the start as well."""

# Clocks differ, and GitHub lists what happened a little later than it happened.
_OVERLAP: Final = timedelta(minutes=15)
# GitHub takes eighty requests a minute that set something going.
_MOST_AT_ONCE: Final = 80
_PAUSE: Final = 60.0
_FIRST_LOOK: Final = timedelta(days=1)


class Missed:
    """Runs the two errands. Each may be run any number of times: what is known already is not told again."""

    def __init__(
        self, settings: Settings, database: Database, inbox: Inbox, fleet: Fleet, *, clock: Clock = utc_now
    ) -> None:
        self._database, self._inbox, self._fleet, self._clock = database, inbox, fleet, clock
        self._control = settings.github.control_repository
        self._public_url = settings.web.public_url or ""
        self._deliveries = github(settings, GitHubDeliveries)
        self._state = github(settings, GitHubState)

    @property
    def errands(self) -> Mapping[str, Run]:
        """The errands by their kinds."""
        return {REDELIVER: _answered(self.redeliver), RECONCILE: _answered(self.reconcile)}

    def redeliver(self) -> Mapping[str, Any]:
        """Have sent again what failed since the last time, and count it. Raises GitHubError."""
        now = self._clock()
        with self._database.session() as session:
            last = seen.looked(session, REDELIVER)
            if last is None:
                # A bot that begins was not away.
                seen.look(session, REDELIVER, now)
        if last is None:
            return {"sent": 0}
        since = max(last - timedelta(hours=1), now - KEPT_FOR)
        hooks = self._deliveries.hooks(list(self._repositories()), self._public_url)
        if not hooks:
            log.info("this account sees no webhook that leads here: what fails cannot be sent again")
        failed = [
            (hook, attempt)
            for hook in hooks
            for attempt in to_send_again(self._deliveries.attempts(hook, since), self._arrived)
        ]
        sent = sum(self._deliveries.send_again(hook, attempt) for hook, attempt in failed[:_MOST_AT_ONCE])
        if len(failed) <= _MOST_AT_ONCE:
            # Else the next look begins where this one did, and finds those that are left.
            with self._database.session() as session:
                seen.look(session, REDELIVER, now)
        if sent:
            log.info("GitHub sends %s deliveries again", sent)
        return {"sent": sent}

    def reconcile(self) -> Mapping[str, Any]:
        """Look up what changed in each repository and was not told, and count it. Raises GitHubError."""
        found = 0
        for repository, born in self._repositories().items():
            now = self._clock()
            with self._database.reading() as session:
                last = seen.looked(session, repository)
            since = max(born, now - _FIRST_LOOK) if last is None else last - _OVERLAP
            changes = list(self._state.changed(repository, since, self._known))
            with self._database.session() as session:
                found += sum(self._inbox.put(session, _delivery(change)) for change in changes)
                seen.look(session, repository, now)
        if found:
            log.info("%s changes were found on GitHub that no webhook had told", found)
        return {"found": found}

    def _repositories(self) -> dict[str, datetime]:
        """Those that the bot cares for, and since when."""
        with self._database.reading() as session:
            stufs = self._fleet.all(session)
        made = {stuf.outputs.repository: stuf.created_at for stuf in stufs if stuf.outputs}
        return {self._control: self._clock(), **made}

    def _arrived(self, guid: str) -> bool:
        with self._database.reading() as session:
            key = f"github:delivery:{guid}"
            return session.scalar(select(InboxRow.id).where(InboxRow.key == key)) is not None

    def _known(self, key: str) -> datetime | None:
        with self._database.reading() as session:
            return seen.up_to(session, key)


def _answered(run: Callable[[], Mapping[str, Any]]) -> Run:
    """An errand that the clock puts: what GitHub refuses is left to the next one, what is away to a little later."""

    def errand(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        del payload
        try:
            return run()
        except GitHubUnavailable as error:
            log.info("%s; asking again", error)
            raise ErrandLater(_PAUSE) from None
        except GitHubRefused as error:
            raise ErrandRefused("github-refused", str(error)) from None

    return errand


def _delivery(found: Found) -> DeliveryReceived:
    return DeliveryReceived(
        source="github",
        delivery_id=f"{FETCHED}{found.id}",
        kind=found.kind,
        subject=found.subject,
        body=dict(found.body),
    )
