"""`secret_scanning_alert` and its locations: that there is a secret, and where. The secret itself is never read."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.security_alerts import CRITICAL, OPEN, Alert, card, tell
from handlers.github.shared import person, quoted, short, subject, to
from stuf_bot.acts import Lane
from stuf_bot.chat.outside import inline
from stuf_bot.relays import Relay

NEXT = "Next: revoke the secret where it was issued and make a new one, then close the alert on GitHub. To delete it from the files is not enough."

_NOTHING: Final = "an alert without a number"
_KEPT: Final = 20
_CLOSED: Final = frozenset({"resolved", "revoked"})
_VALID: Final = {
    "active": "It **still works**.",
    "inactive": "It works no longer.",
    "unknown": "Whether it still works is not known.",
}


class SecretAlert(Facts):
    """What is read of an alert: everything but the secret."""

    number: int = 0
    state: str = ""
    html_url: str = ""
    secret_type: str = ""
    secret_type_display_name: str = ""
    validity: str = ""
    publicly_leaked: bool = False
    resolution: str = ""
    resolution_comment: str = ""
    resolved_by: Account = Account()
    created_at: Moment = None
    updated_at: Moment = None
    resolved_at: Moment = None
    push_protection_bypassed: bool = False
    push_protection_bypassed_by: Account = Account()


class Details(Facts):
    """Where it was found: in a commit, or in what people wrote."""

    path: str = ""
    start_line: int = 0
    commit_sha: str = ""
    html_url: str = ""


class Location(Facts):
    """One place."""

    type: str = ""
    details: Details = Details()


class SecretHook(Hook):
    """`secret_scanning_alert`, `secret_scanning_alert_location`."""

    alert: SecretAlert = SecretAlert()
    location: Location = Location()


def read(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`secret_scanning_alert`."""
    hook = SecretHook.of(payload)
    if not hook.alert.number:
        raise Unreadable(_NOTHING)
    return [_told(hook, ctx)]


def read_location(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`secret_scanning_alert_location`: one more line on the card."""
    hook = SecretHook.of(payload)
    if not hook.alert.number:
        raise Unreadable(_NOTHING)
    about = subject(ctx, hook.repository, _what(hook), _label(hook), _title(hook.alert))
    facts = ctx.objects.read(ctx.session, about.key) or {}
    places = sorted({*facts.get("places", []), _place(hook)})[:_KEPT]
    ctx.objects.keep(ctx.session, about.key, about.stuf, {**facts, "places": places})
    if "alert" not in facts:
        # The alert is on its way: its card will have the place.
        return [_told(hook, ctx)]
    is_open = facts["alert"]["state"] == OPEN
    told = Relay(
        about,
        "security",
        status=facts["alert"]["state"],
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=card(hook, ctx, facts["alert"], places),
        lane=Lane.INCIDENT if is_open else Lane.REPOSITORY,
    )
    return [told]


def _told(hook: SecretHook, ctx: ReadContext) -> Relay:
    alert = hook.alert
    state = alert.state or (alert.resolution and "resolved") or OPEN
    if hook.action in _CLOSED:
        state = "resolved"
    elif hook.action in {"created", "reopened"}:
        state = OPEN
    told = Alert(
        action=hook.action,
        title=_title(alert),
        # Whoever reads the repository has it: nothing else is as urgent.
        severity=CRITICAL,
        state=state,
        at=max((at for at in (alert.updated_at, alert.resolved_at, alert.created_at) if at), default=None),
        rank=int(hook.action != "created"),
        url=alert.html_url or f"{hook.repository.html_url}/security/secret-scanning/{alert.number}",
        lines=tuple(_lines(alert, ctx)),
        next=NEXT,
        by=alert.resolved_by.login,
        reason=alert.resolution_comment or alert.resolution.replace("_", " "),
    )
    return tell(hook, ctx, _what(hook), _label(hook), told)


def _lines(alert: SecretAlert, ctx: ReadContext) -> Iterable[str]:
    if alert.validity in _VALID:
        yield _VALID[alert.validity]
    if alert.publicly_leaked:
        yield "It has been seen **in public**."
    if alert.push_protection_bypassed:
        yield f"The protection against pushing it was set aside by {person(alert.push_protection_bypassed_by, ctx)}."


def _what(hook: SecretHook) -> str:
    return f"secret:{hook.alert.number}"


def _label(hook: SecretHook) -> str:
    return f"secret {hook.alert.number}"


def _title(alert: SecretAlert) -> str:
    return alert.secret_type_display_name or alert.secret_type.replace("_", " ") or "a secret"


def _place(hook: SecretHook) -> str:
    location, details = hook.location, hook.location.details
    if not details.path:
        return to(f"in {quoted(location.type.replace('_', ' ') or 'the repository', 60)}", details.html_url)
    line = f", line {details.start_line}" if details.start_line else ""
    commit = f" in {inline(short(details.commit_sha))}" if details.commit_sha else ""
    address = f"{hook.repository.html_url}/blob/{details.commit_sha}/{quote(details.path)}"
    return f"in {to(quoted(details.path), address if details.commit_sha else '')}{line}{commit}"
