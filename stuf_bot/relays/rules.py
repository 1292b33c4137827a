"""Rules of what is told: which relays each concerns, and what they decide together. Nothing here touches the database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from stuf_bot.chat.words import quoted
from stuf_bot.relays.kinds import KINDS
from stuf_bot.relays.model import Relay

OWN = "own"
FIELDS = ("branch", "environment", "status", "actor", "object")
"""What a rule can ask for besides the kind, in the order in which it is written."""

Conditions = Mapping[str, Sequence[str]]
"""The patterns of each field that has any, `kind` among them: one of each has to fit. `*` and `?` stand for others."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules look at, in lower case; what a relay does not say is empty."""

    kind: str
    branch: str = ""
    environment: str = ""
    status: str = ""
    actor: str = ""
    object: str = ""
    own: bool = False

    def of(self, field: str) -> str:
        """The value of `kind` or of one of FIELDS."""
        value: str = getattr(self, field)
        return value


def facts_of(relay: Relay, own_accounts: frozenset[str] = frozenset()) -> Facts:
    """The facts of a relay; `own_accounts` (lower case) are the logins of this project."""
    actor = relay.actor.casefold()
    return Facts(
        kind=relay.kind,
        branch=relay.branch.casefold(),
        environment=relay.environment.casefold(),
        status=relay.status.casefold(),
        actor=actor,
        object=relay.subject.label.casefold(),
        own=relay.own or actor in own_accounts,
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """`mute`: what fits is not told. `only`: of what it concerns, what does not fit is not told.

    `name` is what people call it: a number, or a letter where it holds of itself. It ends at `until`.
    """

    name: str
    mode: Literal["mute", "only"]
    conditions: Conditions
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it has not ended."""
        return self.until is None or now < self.until

    def typed(self) -> str:
        """As one types it, without its end: `mute checks branch:main`."""
        return f"{self.mode} {typed_conditions(self.conditions)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is told, and the rule that says so; without one, no rule speaks against it."""

    told: bool
    rule: Rule | None = None


def decide(facts: Facts, rules: Iterable[Rule], now: datetime) -> Verdict:
    """Whether it is told. A rule that mutes goes before one that lets through; the first one is named."""
    there = [rule for rule in rules if rule.holds(now)]
    for rule in there:
        if rule.mode == "mute" and fits(rule.conditions, facts):
            return Verdict(told=False, rule=rule)
    let: Rule | None = None
    for group in _groups(there):
        concerned = [rule for rule in group if _concerns(rule.conditions, facts)]
        if not concerned:
            continue
        passing = next((rule for rule in concerned if _passes(rule.conditions, facts)), None)
        if passing is None:
            return Verdict(told=False, rule=concerned[0])
        let = let or passing
    return Verdict(told=True, rule=let)


def fits(conditions: Conditions, facts: Facts) -> bool:
    """Whether every field fits one of its patterns; what is not known fits none."""
    return all(_field_fits(field, patterns, facts) for field, patterns in conditions.items())


def typed_conditions(conditions: Conditions) -> str:
    """Conditions as one types them."""
    kinds = ",".join(conditions.get("kind", ())) or "everything"
    rest = (quoted(f"{field}:{','.join(conditions[field])}") for field in FIELDS if conditions.get(field))
    return " ".join([kinds, *rest])


def exactly(facts: Facts) -> Conditions:
    """The narrowest conditions that fit: all that is known."""
    found = {field: [_literal(facts.of(field))] for field in FIELDS if facts.of(field)}
    return {"kind": [facts.kind], **found}


def is_kind(word: str) -> bool:
    """Whether rules know this kind."""
    return word in KINDS


def _groups(rules: Sequence[Rule]) -> list[list[Rule]]:
    """The `only` rules by what they ask about: several about the same let through what fits any of them."""
    groups: dict[tuple[frozenset[str], frozenset[str]], list[Rule]] = {}
    for rule in rules:
        if rule.mode == "only":
            asked = frozenset(rule.conditions) - {"kind"}
            kinds = frozenset(rule.conditions.get("kind", ())) if asked else frozenset()
            groups.setdefault((asked, kinds), []).append(rule)
    return list(groups.values())


def _concerns(conditions: Conditions, facts: Facts) -> bool:
    """`only errors` concerns everything; `only checks branch:main` concerns checks that have a branch."""
    asked = [field for field in FIELDS if conditions.get(field)]
    if not asked:
        return True
    kinds = conditions.get("kind", ())
    of_kind = not kinds or _field_fits("kind", kinds, facts)
    return of_kind and any(field == "actor" or facts.of(field) for field in asked)


def _passes(conditions: Conditions, facts: Facts) -> bool:
    """Whether all that is known fits."""
    asked = [field for field in FIELDS if conditions.get(field)]
    if not asked:
        return _field_fits("kind", conditions.get("kind", ()), facts)
    return all(_field_fits(field, conditions[field], facts) for field in asked if facts.of(field))


def _field_fits(field: str, patterns: Sequence[str], facts: Facts) -> bool:
    value = facts.of(field)
    if field == "actor" and OWN in patterns and facts.own:
        return True
    return bool(value) and any(_pattern(pattern).fullmatch(value) for pattern in patterns if pattern != OWN)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    """Only `*` and `?` stand for others: accounts such as `dependabot[bot]` have brackets."""
    # A run of asterisks would be tried in every division.
    written = re.escape(re.sub(r"\*+", "*", pattern.casefold()))
    return re.compile(written.replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _literal(value: str) -> str:
    """A pattern for this value: what would have a meaning in a rule fits as any one sign."""
    return re.sub(r'[,*"\\]|\s', "?", value)
