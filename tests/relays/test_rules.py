"""Which rules fit what: by example, and as a property."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stuf_bot.relays.kinds import KINDS
from stuf_bot.relays.rules import FIELDS, Facts, Rule, decide, exactly, fits

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WORDS = st.text("ab*?[].,/-#\\\"' é", max_size=6)
FACTS = st.builds(
    Facts,
    kind=st.sampled_from(sorted(KINDS)),
    branch=WORDS,
    environment=WORDS,
    status=WORDS,
    actor=WORDS,
    object=WORDS,
    own=st.booleans(),
)
CONDITIONS = st.dictionaries(
    st.sampled_from(FIELDS), st.lists(WORDS.filter(bool), min_size=1, max_size=2), max_size=3
)


@pytest.mark.parametrize(
    ("conditions", "facts", "expected"),
    [
        ({"kind": ["checks"]}, Facts("checks"), True),
        ({"kind": ["checks"]}, Facts("pushes"), False),
        ({"branch": ["feature/*"]}, Facts("pushes", branch="feature/a/b"), True),
        ({"branch": ["feature/*"]}, Facts("pushes", branch="main"), False),
        ({"branch": ["*"]}, Facts("issues"), False),
        ({"actor": ["dependabot[bot]"]}, Facts("issues", actor="dependabot[bot]"), True),
        ({"actor": ["dependabot[bot]"]}, Facts("issues", actor="dependabotb"), False),
        ({"actor": ["own"]}, Facts("issues", own=True), True),
        ({"actor": ["own"]}, Facts("issues", actor="own"), False),
        ({"status": ["Success"]}, Facts("checks", status="success"), True),
        ({"status": ["a", "b"], "kind": ["checks"]}, Facts("checks", status="b"), True),
        ({}, Facts("other"), True),
    ],
)
def test_conditions_fit(conditions: dict[str, list[str]], facts: Facts, *, expected: bool) -> None:
    assert fits(conditions, facts) is expected


@pytest.mark.parametrize(
    ("rules", "facts", "told"),
    [
        ([{"branch": ["main"]}], Facts("pushes", branch="main"), True),
        ([{"branch": ["main"]}], Facts("pushes", branch="x"), False),
        ([{"branch": ["main"]}], Facts("issues"), True),
        ([{"branch": ["main"]}, {"branch": ["release/*"]}], Facts("pushes", branch="release/1"), True),
        ([{"kind": ["errors"]}], Facts("errors"), True),
        ([{"kind": ["errors"]}], Facts("checks"), False),
        ([{"kind": ["errors"]}, {"kind": ["checks"]}], Facts("checks"), True),
        ([{"kind": ["checks"], "branch": ["main"]}], Facts("checks", branch="x"), False),
        ([{"kind": ["checks"], "branch": ["main"]}], Facts("pushes", branch="x"), True),
    ],
)
def test_only_lets_through_what_fits(rules: list[dict[str, list[str]]], facts: Facts, *, told: bool) -> None:
    given_rules = [Rule(str(number), "only", conditions) for number, conditions in enumerate(rules)]
    assert decide(facts, given_rules, NOW).told is told


def test_a_rule_that_has_ended_decides_nothing() -> None:
    rule = Rule("1", "mute", {"kind": ["checks"]}, until=NOW)
    assert decide(Facts("checks"), [rule], NOW).told
    assert not decide(Facts("checks"), [rule], NOW - timedelta(seconds=1)).told


@settings(max_examples=150)
@given(facts=FACTS)
def test_the_narrowest_rule_stops_exactly_what_it_was_made_from(facts: Facts) -> None:
    rule = Rule("1", "mute", exactly(facts))
    verdict = decide(facts, [rule], NOW)
    assert (verdict.told, verdict.rule) == (False, rule)


@settings(max_examples=150)
@given(facts=FACTS, more=CONDITIONS, conditions=CONDITIONS)
def test_more_conditions_never_fit_more(
    facts: Facts, more: dict[str, list[str]], conditions: dict[str, list[str]]
) -> None:
    if fits({**more, **conditions}, facts):
        assert fits(conditions, facts)


@settings(max_examples=150)
@given(
    facts=FACTS,
    made=st.lists(st.tuples(st.sampled_from(["mute", "only"]), CONDITIONS), max_size=5),
    seed=st.randoms(),
)
def test_the_order_of_rules_decides_nothing(
    facts: Facts, made: list[tuple[str, dict[str, list[str]]]], seed: object
) -> None:
    rules = [Rule(str(number), mode, conditions) for number, (mode, conditions) in enumerate(made)]  # type: ignore[arg-type]
    mixed = list(rules)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    assert decide(facts, rules, NOW).told is decide(facts, mixed, NOW).told
    assert decide(facts, [*rules, *rules], NOW).told is decide(facts, rules, NOW).told
