"""`installation*`, `github_app_authorization`, `personal_access_token_request`: what Apps and tokens may reach."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pydantic import Field

from handlers.github.access_ledger import Change, Place, of_account, of_repository, tell
from handlers.github.reading import Account, Facts, Hook, Json, ReadContext, Repository
from handlers.github.shared import linked, listed, person, quoted
from stuf_bot.acts import Lane
from stuf_bot.relays import Relay

INSTALLED = "{by} {did} {app} for {account}{what}."
REPOSITORIES = "{by} decided that {app} {may} {repositories}."
REPOSITORY = "{by} decided that {app} {may} {name}."
RENAMED = "The account {account} has another name now{before}: {by} renamed it."
REVOKED = "{by} took back what the App could do in their name."
ASKS = "A personal access token of {owner} {state}: {what}."
GONE = " The bot may no longer see what happens there."
_NONE = "no repository"

_DEEDS: Final = {
    "created": "**installed**",
    "deleted": "**removed**",
    "suspend": "**suspended**",
    "unsuspend": "**let go on**",
    "new_permissions_accepted": "**gave more rights** to",
}
_TOKENS: Final = {
    "created": "**is asked for**",
    "approved": "**was let in**",
    "denied": "was refused",
    "cancelled": "is no longer asked for",
}
_ENDS: Final = frozenset({"deleted", "suspend"})
_MOST: Final = 10


class Installation(Facts):
    """An App in an account."""

    id: int = 0
    app_slug: str = ""
    account: Account = Account()
    repository_selection: str = ""
    permissions: Json = Field(default_factory=dict)


class Requested(Facts):
    """What somebody wants a token for."""

    id: int = 0
    owner: Account = Account()
    repository_selection: str = ""
    repositories: tuple[Repository, ...] = ()
    permissions_added: Json = Field(default_factory=dict)


class InstallationHook(Hook):
    """All of them."""

    installation: Installation = Installation()
    account: Account = Account()
    repositories: tuple[Repository, ...] = ()
    repositories_added: tuple[Repository, ...] = ()
    repositories_removed: tuple[Repository, ...] = ()
    changes: Json = Field(default_factory=dict)
    personal_access_token_request: Requested = Requested()


def read(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`installation`: the App itself comes, goes, or may do more."""
    hook = InstallationHook.of(payload)
    place = _place(hook)
    names = ", ".join(listed([quoted(one.full_name) for one in hook.repositories], _MOST))
    what = f" ({names})" if names else _selection(hook.installation.repository_selection)
    text = INSTALLED.format(
        by=person(hook.sender, ctx),
        did=_DEEDS.get(hook.action) or quoted(hook.action.replace("_", " "), 40),
        app=_app(hook),
        account=place.name,
        what=what,
    )
    ends = hook.action in _ENDS
    change = Change(
        thing=f"installation:{hook.installation.id}",
        said=hook.action,
        text=text + (GONE if ends else ""),
        lane=Lane.INCIDENT if ends else Lane.OPERATION,
    )
    return [tell(hook, ctx, place, change)]


def read_repositories(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`installation_repositories`: to each STUF that is concerned, and the others together to the fleet."""
    hook = InstallationHook.of(payload)
    told: list[Relay] = []
    for said, repositories in (("added", hook.repositories_added), ("removed", hook.repositories_removed)):
        verb = "may read" if said == "added" else "may **no longer** read"
        others: list[str] = []
        for repository in repositories:
            stuf = ctx.fleet.by_repository(ctx.session, repository.full_name)
            if stuf is None:
                others.append(quoted(repository.full_name))
                continue
            own = replace(ctx, stuf=stuf)
            place = of_repository(own, _addressed(repository))
            text = REPOSITORY.format(app=_app(hook), may=verb, name=place.name, by=person(hook.sender, ctx))
            change = Change(thing=f"installation:{hook.installation.id}", said=said, text=text)
            told.append(tell(hook, own, place, change))
        if others:
            shown = ", ".join(listed(others, _MOST))
            text = REPOSITORIES.format(
                app=_app(hook), may=verb, repositories=shown, by=person(hook.sender, ctx)
            )
            thing = f"installation:{hook.installation.id}:{said}"
            told.append(tell(hook, ctx, _place(hook), Change(thing=thing, said=shown, text=text)))
    return told


def read_target(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`installation_target`: the account in which the App is has another name."""
    hook = InstallationHook.of(payload)
    account = hook.account if hook.account.login else hook.installation.account
    place = of_account(account)
    former = hook.changes.get("login")
    before = former.get("from") if isinstance(former, dict) else ""
    text = RENAMED.format(
        account=place.name,
        before=f", before {quoted(str(before), 60)}" if before else "",
        by=person(hook.sender, ctx),
    )
    return [tell(hook, ctx, place, Change(thing="name", said=f"{before}:{account.login}", text=text))]


def read_authorization(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`github_app_authorization`: one person no longer lets the App act for them."""
    hook = Hook.of(payload)
    text = REVOKED.format(by=person(hook.sender, ctx))
    change = Change(thing=f"authorization:{hook.sender.login}", said=hook.action, text=text, expected=True)
    return [tell(hook, ctx, of_account(hook.organization), change)]


def read_token(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`personal_access_token_request`."""
    hook = InstallationHook.of(payload)
    asked = hook.personal_access_token_request
    owner = asked.owner if asked.owner.login else hook.sender
    names = ", ".join(listed([quoted(one.full_name or one.name) for one in asked.repositories], _MOST))
    text = ASKS.format(
        owner=person(owner, ctx),
        state=_TOKENS.get(hook.action) or quoted(hook.action, 40),
        what=names or _selection(asked.repository_selection).strip(" ()") or _NONE,
    )
    change = Change(thing=f"token:{asked.id}", said=hook.action, text=text)
    return [tell(hook, ctx, of_account(hook.organization), change)]


def _place(hook: InstallationHook) -> Place:
    account = hook.installation.account if hook.installation.account.login else hook.organization
    return of_account(account)


def _app(hook: InstallationHook) -> str:
    slug = hook.installation.app_slug
    return f"the App {linked(slug, f'https://github.com/apps/{slug}')}" if slug else "an App"


def _selection(word: str) -> str:
    return {"all": " (all repositories)", "selected": " (chosen repositories)"}.get(word, "")


def _addressed(repository: Repository) -> Repository:
    """These events name a repository without its address."""
    address = repository.html_url or f"https://github.com/{repository.full_name}"
    return repository.model_copy(update={"html_url": address})
