"""Rules of branches, and which of GitHub's guards are on. Each change is told, with what was before and what is now."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from handlers.github.activity import told
from handlers.github.reading import Facts, Hook, Json, Moment, ReadContext
from handlers.github.shared import linked, listed, person, quoted
from stuf_bot.relays import Relay

RULE = "{who} {did} the rule {name} for branches{changes}."
CONFIGURATION = "{who} turned the rules for branches **{state}**.{next}"
GUARDS = "{who} changed GitHub's guards: {changes}.{next}"
NEXT_OFF = " Next: if nobody expected that, turn it on again in the repository's settings."

_DEEDS: Final = {"created": "**made**", "edited": "**changed**", "deleted": "**removed**"}
_MOST: Final = 8


class Rule(Facts):
    """A rule; `updated_at` orders what is told of it."""

    id: int = 0
    name: str = ""
    updated_at: Moment = None
    enforcement: str = ""


class RulesHook(Hook):
    """All of them; `changes` is `{name: {from: …}}`."""

    rule: Json = Field(default_factory=dict)
    repository_ruleset: Json = Field(default_factory=dict)
    changes: Json = Field(default_factory=dict)


def read_protection(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`branch_protection_rule`."""
    hook = RulesHook.of(payload)
    rule = Rule.of(hook.rule)
    address = f"{hook.repository.html_url}/settings/branches"
    return [
        _rule(
            hook, ctx, linked(rule.name or "*", address), rule.updated_at, _changes(hook.changes, hook.rule)
        )
    ]


def read_ruleset(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`repository_ruleset`."""
    hook = RulesHook.of(payload)
    rule = Rule.of(hook.repository_ruleset)
    address = f"{hook.repository.html_url}/rules/{rule.id}"
    changes = _changes(hook.changes, hook.repository_ruleset)
    if not changes and rule.enforcement:
        changes = [f"enforcement {quoted(rule.enforcement, 40)}"]
    return [_rule(hook, ctx, linked(rule.name or str(rule.id), address), rule.updated_at, changes)]


def read_configuration(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`branch_protection_configuration`: all rules of the repository on or off at once."""
    hook = Hook.of(payload)
    off = hook.action == "disabled"
    text = CONFIGURATION.format(
        who=person(hook.sender, ctx), state="off" if off else "on", next=NEXT_OFF if off else ""
    )
    return [told(hook, ctx, text, kind="security", at=ctx.now, news=True)]


def read_guards(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`security_and_analysis`: scanning and the like, turned on or off."""
    hook = RulesHook.of(payload)
    before = _guards(_part(hook.changes.get("from")).get("security_and_analysis"))
    after = _guards(_part(payload.get("repository")).get("security_and_analysis"))
    changed = [
        f"{quoted(name.replace('_', ' '), 60)} is {_on(after.get(name, ''))}"
        for name in sorted(before | after)
        if before.get(name) != after.get(name)
    ]
    off = any(after.get(name) == "disabled" for name in before if before[name] != after.get(name))
    text = GUARDS.format(
        who=person(hook.sender, ctx),
        changes=", ".join(listed(changed, _MOST)) or "what is scanned",
        next=NEXT_OFF if off else "",
    )
    return [told(hook, ctx, text, kind="security", at=ctx.now, news=True)]


def _rule(hook: Hook, ctx: ReadContext, name: str, at: datetime | None, changes: list[str]) -> Relay:
    deed = _DEEDS.get(hook.action) or quoted(hook.action, 40)
    shown = ", ".join(listed(changes, _MOST))
    text = RULE.format(
        who=person(hook.sender, ctx), did=deed, name=name, changes=f": {shown}" if shown else ""
    )
    return told(hook, ctx, text, kind="security", at=at, news=True)


def _changes(changes: Json, now: Json) -> list[str]:
    """What was and what is, of every part that is not the same."""
    return [
        f"{quoted(name.replace('_', ' '), 60)} {quoted(_short(before), 40)} → {quoted(_short(now.get(name)), 40)}"
        for name, before in _flat(changes)
        if name not in now or _short(before) != _short(now.get(name))
    ]


def _flat(changes: Json) -> Iterator[tuple[str, Any]]:
    for name, change in changes.items():
        if isinstance(change, dict) and "from" in change:
            yield name, change["from"]


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if isinstance(one, str | int)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or isinstance(value, dict) else str(value).replace("_", " ")


def _guards(given: Any) -> dict[str, str]:
    return {
        str(name): str(_part(value).get("status", ""))
        for name, value in _part(given).items()
        if isinstance(value, dict)
    }


def _part(given: Any) -> Json:
    return given if isinstance(given, dict) else {}


def _on(status: str) -> str:
    return {"enabled": "on", "disabled": "**off**"}.get(status) or (quoted(status, 40) if status else "gone")
