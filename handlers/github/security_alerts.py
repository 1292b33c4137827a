"""An alert about a dependency, a secret or code: its card, and what is news about it. The newest that was said counts."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

from handlers.github.reading import Account, Hook, Json, ReadContext
from handlers.github.runs_state import furthest
from handlers.github.shared import (
    lines,
    listed,
    person,
    quoted,
    repository_link,
    subject,
    to,
    when,
)
from stuf_bot.acts import Lane
from stuf_bot.chat.outside import inline, link_label
from stuf_bot.relays import News, Relay

CARD = "{title}: {severity} · {state}"
NEWS = "{mark} {title} in {repository}: {severity} · {state}{by}. {next}"

CRITICAL: Final = "critical"
OPEN: Final = "open"
_MARKS: Final = {CRITICAL: "🚨", "high": "🔴", "medium": "🟠", "low": "🟡"}
_SEVERITIES: Final = {"moderate": "medium", "error": "high", "warning": "medium", "note": "low"}
_STATES: Final = frozenset({OPEN, "fixed", "dismissed", "auto dismissed", "resolved"})
_ADVISORY: Final = "https://github.com/advisories/"
_GHSA: Final = "GHSA-"
# What changes nothing of how the alert stands, and is worth no message.
_QUIET: Final = frozenset({"assignees_changed", "assigned", "unassigned", "updated_assignment"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one event says of an alert. All are the words of others, but for `lines`, which are safe Markdown.

    `action` is GitHub's, `state` `open` or why it is not, `at` when that was so; `rank` decides between two of one
    time. `next` is what to do while it is open; our own words and code spans.
    """

    action: str
    title: str
    severity: str
    state: str
    at: datetime | None
    rank: int = 0
    url: str = ""
    summary: str = ""
    ids: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    next: str = ""
    by: str = ""
    reason: str = ""
    branch: str = ""


def severity(word: str) -> str:
    """`critical`, `high`, `medium` or `low`, whatever a tool calls it; an unknown word stays."""
    return _SEVERITIES.get(word, word) or "unknown"


def tell(hook: Hook, ctx: ReadContext, what: str, label: str, alert: Alert) -> Relay:
    """Take in what an event says of the alert `what` (such as `dependabot:20`), and tell how it stands."""
    about = subject(ctx, hook.repository, what, label, alert.title)
    facts = ctx.objects.read(ctx.session, about.key) or {}
    # What GitHub did not date was so when it came.
    event = _kept(replace(alert, at=alert.at or ctx.now))
    now = furthest(facts.get("alert"), event)
    ctx.objects.keep(ctx.session, about.key, about.stuf, {**facts, "alert": now})
    is_open = now["state"] == OPEN
    return Relay(
        about,
        "security",
        status=now["state"],
        branch=now["branch"],
        actor=hook.sender.login,
        actor_id=ctx.user_id(hook.sender),
        card=card(hook, ctx, now, facts.get("places", [])),
        # What was overtaken by something newer is on the card in its newest state already.
        news=(_news(hook, ctx, now),) if now == event and alert.action not in _QUIET else (),
        done=not is_open,
        lane=Lane.INCIDENT if is_open and now["severity"] == CRITICAL else Lane.REPOSITORY,
    )


def card(hook: Hook, ctx: ReadContext, alert: Json, places: list[str]) -> str:
    """The card of an alert as it is kept; `places` is safe Markdown, one where a secret was found each."""
    known = [_identity(name) for name in alert["ids"]]
    seen = to("the alert on GitHub", alert["url"]) if alert["url"] else repository_link(hook.repository)
    by = f" by {person(Account(login=alert['by']), ctx)}" if alert["by"] else ""
    is_open = alert["state"] == OPEN
    reason = f", because: {quoted(alert['reason'])}" if alert["reason"] else ""
    return lines(
        CARD.format(title=_title(alert), severity=_severity(alert), state=_state(alert)),
        f"- {quoted(alert['summary'], 200)}" if alert["summary"] else "",
        *(f"- {line}" for line in alert["lines"]),
        *(f"- Found {place}" for place in listed(places, 5)),
        f"- Known as: {' · '.join(known)}" if known else "",
        f"- Closed{by}{reason}" if (by or reason) and not is_open else "",
        f"- See: {seen}" + (f" · {when(_moment(alert['changed']))}" if alert["changed"] else ""),
        alert["next"] if is_open else "",
    )


def _kept(alert: Alert) -> Json:
    kept = asdict(alert)
    at = kept.pop("at")
    return {
        **kept,
        "ids": list(alert.ids),
        "lines": list(alert.lines),
        "severity": severity(alert.severity),
        "changed": at.isoformat() if at else "",
        # What `furthest` compares: the time first, then the rank.
        "stage": at.timestamp() if at else 0.0,
        "at": str(alert.rank),
    }


def _news(hook: Hook, ctx: ReadContext, alert: Json) -> News:
    by = f" by {person(Account(login=alert['by']), ctx)}" if alert["by"] and alert["state"] != OPEN else ""
    reason = f" ({quoted(alert['reason'])})" if alert["reason"] and alert["state"] != OPEN else ""
    text = NEWS.format(
        mark=_MARKS.get(alert["severity"], "⚪") if alert["state"] == OPEN else "✅",
        title=_title(alert),
        repository=repository_link(hook.repository),
        severity=_severity(alert),
        state=_state(alert),
        by=by + reason,
        next=alert["next"] if alert["state"] == OPEN else "",
    )
    return News(f"{alert['state']}:{alert['changed']}:{alert['severity']}", text.strip())


def _title(alert: Json) -> str:
    return to(link_label(alert["title"]), alert["url"])


def _severity(alert: Json) -> str:
    mark = _MARKS.get(alert["severity"], "⚪")
    known = alert["severity"] in _MARKS
    return f"{mark} {alert['severity'] if known else quoted(alert['severity'], 40)}"


def _state(alert: Json) -> str:
    words = alert["state"].replace("_", " ")
    return f"**{words}**" if words in _STATES else quoted(words, 40)


def _identity(name: str) -> str:
    return to(inline(name, 60), f"{_ADVISORY}{name}") if name.startswith(_GHSA) else inline(name, 60)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
