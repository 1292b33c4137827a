"""Metric alerts of Sentry: one topic and one card a rule, resolved while all is well."""

from datetime import UTC, datetime
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

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
_STANDS: Final = {20: "critical", 10: "warning"}
"""By the `status` of the incident when the payload was written, where that says a level."""
_KEY: Final = "sentry:alert:{rule}"
_LONGEST: Final = 600


class Alert(BaseModel):
    """What a rule says of its `incident` (they are counted): critical, warning, open or resolved is the `action`.

    `stands` is the level of the incident when this was written, empty where the payload does not say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    rule: str
    incident: int
    action: str
    stands: str
    name: str
    project: str
    environment: str
    text: str
    link: str

    @classmethod
    def of(cls, data: dict[str, Any], action: str) -> Self:
        """From a `metric_alert` webhook. Raises what a payload of another form raises."""
        alert = data["metric_alert"]
        rule = alert["alert_rule"]
        projects = alert.get("projects") or rule.get("projects") or [""]
        return cls(
            rule=str(rule["id"]),
            incident=int(alert["identifier"]),
            action=action,
            stands=_STANDS.get(alert.get("status"), ""),
            name=clean(str(rule.get("name") or alert.get("title") or "")),
            project=str(projects[0]),
            environment=str(rule.get("environment") or ""),
            text=clean(str(data.get("description_text") or ""))[:_LONGEST],
            link=str(data.get("web_url") or ""),
        )

    @property
    def over(self) -> bool:
        """Whether all is well again."""
        return self.action == "resolved"


def tell_alert(alert: Alert, desk: Desk) -> list[Act]:
    """Tell it. An older word changes nothing, about an alert that is over or has come to be critical."""
    key = _KEY.format(rule=alert.rule)
    facts = desk.objects.read(desk.session, key) or {}
    if _is_old(facts, alert):
        return []
    stuf = desk.stuf_of(alert.project)
    same = facts.get("incident") == alert.incident
    warned = alert.action == "warning" or (same and bool(facts.get("warned")))
    if same and _is_late_warning(facts, alert):
        desk.objects.keep(desk.session, key, stuf, facts | {"warned": warned})
        return []
    since = facts["since"] if same and not alert.over else int(desk.now.timestamp())
    kept = {"incident": alert.incident, "over": alert.over, "action": alert.action, "since": since}
    desk.objects.keep(desk.session, key, stuf, kept | {"warned": warned})
    mark, state = STATES.get(alert.action, CALM)
    name = inline(alert.name, 120)
    text = CARD.format(
        mark=mark,
        state=state,
        name=name,
        where=f"STUF `{stuf}`" if stuf else inline(alert.project, 60),
        at=moment(datetime.fromtimestamp(since, UTC)),
        text=block(alert.text),
        link=link("Open in Sentry", alert.link),
    )
    said = News(f"alert:{alert.incident}:{alert.action}", FIRES.format(mark=mark, state=state, name=name))
    relay = Relay(
        subject=Subject(key, stuf, f"alert-{alert.rule}", alert.name),
        kind="alarms",
        status=state,
        environment=alert.environment,
        card=text,
        news=() if alert.over else (said,),
        done=alert.over,
        lane=Lane.INCIDENT if alert.action == "critical" else Lane.SENTRY,
    )
    return desk.relays.say(desk.session, relay, desk.now)


def _is_old(facts: dict[str, Any], alert: Alert) -> bool:
    """Whether a later alert of the rule is known, or the end of this one, or the same was told."""
    known = facts.get("incident")
    if known is None or alert.incident > known:
        return False
    if alert.incident < known:
        return True
    return bool(facts["over"]) or facts["action"] == alert.action


def _is_late_warning(facts: dict[str, Any], alert: Alert) -> bool:
    """Whether a warning is from before the critical state that is known.

    The payload's dates are those of the incident, the same in each word about it. So the first warning that
    comes behind `critical` is taken for the one that led there; another one says that it is less bad by now.
    """
    if facts["action"] != "critical" or alert.action != "warning":
        return False
    return alert.stands == "critical" or not facts.get("warned")
