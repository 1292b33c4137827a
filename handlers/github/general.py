"""Kinds without a reader of their own: who did what, with a link, on the card of the repository."""

import re
from typing import Any, Final

from handlers.github.activity import told
from handlers.github.reading import Facts, Hook, Json, Moment, ReadContext, Reader
from handlers.github.shared import branch_of, linked, person, quoted
from handlers.github.tickets import Named
from stuf_bot.relays import Relay

DID = "{who} {did} {what}"

_PLAIN: Final = re.compile(r"[a-z][a-z_ -]{1,40}")

# What GitHub's action does not say in a word that fits between the person and the thing.
DEEDS: Final = {
    ("fork", ""): "forked the repository to",
    ("issue_dependencies", "blocked_by_added"): "noted that something blocks",
    ("issue_dependencies", "blocked_by_removed"): "noted that something no longer blocks",
    ("issue_dependencies", "blocking_added"): "noted that something waits for",
    ("issue_dependencies", "blocking_removed"): "noted that something no longer waits for",
    ("marketplace_purchase", "pending_change"): "is about to change",
    ("marketplace_purchase", "pending_change_cancelled"): "keeps",
    ("merge_group", "checks_requested"): "wants checks of",
    ("meta", "deleted"): "removed",
    ("page_build", ""): "published",
    ("ping", ""): "connected",
    ("repository_dispatch", ""): "sent",
    ("repository_import", ""): "imported the repository:",
    ("sub_issues", "parent_issue_added"): "gave a parent to",
    ("sub_issues", "parent_issue_removed"): "took the parent from",
    ("sub_issues", "sub_issue_added"): "put below another issue",
    ("sub_issues", "sub_issue_removed"): "took from below another issue",
    ("sponsorship", "pending_cancellation"): "is about to end",
    ("sponsorship", "pending_tier_change"): "is about to change",
    ("sponsorship", "tier_changed"): "changed",
    ("star", "created"): "starred",
    ("star", "deleted"): "took back the star of",
    ("watch", "started"): "starred",
    ("workflow_dispatch", ""): "started",
}
NOUNS: Final = {
    "fork": "",
    "issue_dependencies": "the issue",
    "sub_issues": "the issue",
    "github_app_authorization": "the App's access to their account",
    "meta": "the webhook",
    "org_block": "the account",
    "marketplace_purchase": "the plan",
    "page_build": "the pages",
    "projects_v2": "the project",
    "projects_v2_item": "an item of a project",
    "projects_v2_status_update": "the status of a project",
    "ping": "the webhook",
    "repository_import": "",
    "star": "the repository",
    "watch": "the repository",
    "workflow_dispatch": "the workflow",
}
STATUSES: Final = {
    ("fork", ""): "forked",
    ("star", "created"): "starred",
    ("star", "deleted"): "unstarred",
    ("watch", "started"): "watched",
}
"""What rules call it (`stuf_bot/relays/defaults.py` knows these), where it is not GitHub's action."""
PARTS: Final = {
    "fork": "forkee",
    "issue_dependencies": "blocked_issue",
    "org_block": "blocked_user",
    "page_build": "build",
    "sub_issues": "sub_issue",
}


class Thing(Facts):
    """What something has that names it, links it and says how it stands."""

    full_name: str = ""
    name: str = ""
    title: str = ""
    login: str = ""
    note: str = ""
    head_ref: str = ""
    content_type: str = ""
    plan: Named | None = None
    tier: Named | None = None
    status: str = ""
    html_url: str = ""
    updated_at: Moment = None

    @property
    def shown(self) -> str:
        """Its name as a link, or what stands for one."""
        names = (self.full_name, self.title, self.name, self.login, self.note, branch_of(self.head_ref))
        bought = self.plan or self.tier
        name = next(filter(None, names), bought.name if bought else "")
        return linked(name, self.html_url) if name else ""


class Other(Hook):
    """What these kinds say outside of their thing."""

    status: str = ""
    workflow: str = ""
    branch: str = ""
    ref: str = ""
    zen: str = ""


def read(kind: str, *, mute: str = "other", news: bool = False) -> Reader:
    """A reader of `kind`, which people mute as `mute`; with `news` each is a message of its own."""

    def reader(payload: Json, ctx: ReadContext) -> list[Relay]:
        hook = Other.of(payload)
        thing = Thing.of(_part(kind, payload))
        text = " ".join(
            DID.format(
                who=person(hook.sender, ctx), did=_deed(kind, hook), what=_what(kind, hook, thing)
            ).split()
        )
        status = STATUSES.get((kind, hook.action), hook.action)
        return [told(hook, ctx, text + ".", kind=mute, at=thing.updated_at, status=status, news=news)]

    return reader


def _part(kind: str, payload: Json) -> Any:
    part = PARTS.get(kind, kind)
    return payload.get(part) or payload.get(part.rpartition("_")[2])


def _deed(kind: str, hook: Other) -> str:
    known = DEEDS.get((kind, hook.action)) or (
        DEEDS.get((kind, "")) if kind == "repository_dispatch" else None
    )
    if known:
        return known
    if not hook.action:
        return "changed"
    return hook.action.replace("_", " ") if _PLAIN.fullmatch(hook.action) else quoted(hook.action, 40)


def _what(kind: str, hook: Other, thing: Thing) -> str:
    noun = NOUNS.get(kind, "the " + kind.replace("_", " "))
    name = thing.shown or (quoted(hook.workflow) if hook.workflow else "")
    if kind == "repository_dispatch" and hook.action:
        name = quoted(hook.action)
    branch = branch_of(hook.ref) or hook.branch
    more = [f"on {quoted(branch)}"] if branch else []
    status = thing.status or hook.status
    more += [f"({quoted(one, 40)})" for one in (thing.content_type, status) if one]
    return " ".join([noun, name, *more])
