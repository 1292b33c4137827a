"""Metric alerts of Sentry: one topic and one card a rule, resolved while all is well."""

from typing import Any, Final

from handlers.sentry.desk import Desk
from handlers.sentry.wording import clean
from stuf_bot.acts import Act, Lane
from stuf_bot.chat.format import moment
from stuf_bot.chat.outside import block, inline, link
from stuf_bot.relays import News, Relay, Subject

CARD = "{mark} **{state}**: {name}  \n{where} · since {at}\n{text}\n{link}"
FIRES = "{mark} {state}: {name}"
STATES: Final = {"critical": ("🔴", "critical"), "warning": ("🟠", "warning"), "open": ("🔴", "alert")}
CALM: Final = ("✅", "resolved")
_KEY: Final = "sentry:alert:{rule}"
_LONGEST: Final = 600


def tell_alert(data: dict[str, Any], action: str, desk: Desk) -> list[Act]:
    """What a rule says now. An older word about an alert that is known to be over changes nothing.

    Raises KeyError, TypeError or AttributeError for what is no such alert.
    """
    alert = data["metric_alert"]
    rule = alert["alert_rule"]
    key = _KEY.format(rule=rule["id"])
    incident, over = int(alert["identifier"]), action == "resolved"
    facts = desk.objects.read(desk.session, key) or {}
    if _is_old(facts, incident, over=over, action=action):
        return []
    projects = alert.get("projects") or rule.get("projects") or [""]
    stuf = desk.stuf_of(str(projects[0]))
    desk.objects.keep(desk.session, key, stuf, {"incident": incident, "over": over, "action": action})
    mark, state = STATES.get(action, CALM)
    name = inline(clean(str(rule.get("name") or alert.get("title") or "")), 120)
    text = CARD.format(
        mark=mark,
        state=state,
        name=name,
        where=f"STUF `{stuf}`" if stuf else inline(str(projects[0]), 60),
        at=moment(desk.now),
        text=block(clean(str(data.get("description_text") or ""))[:_LONGEST]),
        link=link("Open in Sentry", str(data.get("web_url") or "")),
    )
    worse = (
        () if over else (News(f"alert:{incident}:{action}", FIRES.format(mark=mark, state=state, name=name)),)
    )
    relay = Relay(
        subject=Subject(key, stuf, f"alert-{rule['id']}", clean(str(rule.get("name") or ""))),
        kind="alarms",
        status=state,
        environment=str(rule.get("environment") or ""),
        card=text,
        news=worse,
        done=over,
        lane=Lane.INCIDENT if action == "critical" else Lane.SENTRY,
    )
    return desk.relays.say(desk.session, relay, desk.now)


def _is_old(facts: dict[str, Any], incident: int, *, over: bool, action: str) -> bool:
    """Whether a later alert of the rule is known, or the end of this one, or the same was told."""
    known = facts.get("incident")
    if known is None or incident > known:
        return False
    if incident < known:
        return True
    return facts.get("over", False) or (not over and facts.get("action") == action)
