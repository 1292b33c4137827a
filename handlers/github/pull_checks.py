"""Checks and workflow runs on the cards of the pull requests that they are for."""

from datetime import datetime
from typing import Final

from handlers.github.pull_card import with_check
from handlers.github.reading import Facts, Hook, Json, Moment, ReadContext
from stuf_bot.relays import Relay

_GOOD: Final = frozenset({"success", "neutral", "skipped"})
# Its jobs are checks too; the workflow as a whole says enough.
_ACTIONS: Final = "github-actions"


class Pointer(Facts):
    """A pull request, by its number; GitHub names only those of the same repository."""

    number: int = 0


class App(Facts):
    """Who checks."""

    slug: str = ""


class Checked(Facts):
    """A check or a run, as far as a pull request shows it."""

    name: str = ""
    head_sha: str = ""
    status: str = ""
    conclusion: str = ""
    html_url: str = ""
    app: App = App()
    pull_requests: tuple[Pointer, ...] = ()
    started_at: Moment = None
    completed_at: Moment = None
    updated_at: Moment = None

    @property
    def state(self) -> str:
        """How the card shows it: success, failure or pending."""
        if self.status != "completed":
            return "pending"
        return "success" if self.conclusion in _GOOD else "failure"

    @property
    def at(self) -> datetime | None:
        """Since when it is so."""
        return self.updated_at or self.completed_at or self.started_at


class CheckHook(Hook):
    """A delivery of `check_run` or `workflow_run`."""

    check_run: Checked = Checked()
    workflow_run: Checked = Checked()


def read_check(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A check of another service than GitHub's Actions."""
    hook = CheckHook.of(payload)
    return [] if hook.check_run.app.slug == _ACTIONS else _told(hook, hook.check_run, ctx)


def read_run(payload: Json, ctx: ReadContext) -> list[Relay]:
    """A run of a workflow."""
    hook = CheckHook.of(payload)
    return _told(hook, hook.workflow_run, ctx)


def _told(hook: CheckHook, check: Checked, ctx: ReadContext) -> list[Relay]:
    cards = [
        with_check(
            ctx,
            hook,
            pull.number,
            name=check.name,
            state=check.state,
            sha=check.head_sha,
            url=check.html_url,
            at=check.at,
        )
        for pull in check.pull_requests
        if pull.number and check.name
    ]
    return [card for card in cards if card is not None]
