"""Which confirmation the configuration asks for."""

import pytest

from stuf_bot.messages import Effect
from stuf_bot.policy import Policy, Way


@pytest.mark.parametrize(
    ("effect", "way"),
    [
        (Effect.READS, Way.NONE),
        (Effect.CHANGES, Way.NONE),
        (Effect.COSTS, Way.SELF),
        (Effect.DESTROYS, Way.SELF),
    ],
)
def test_the_defaults_hold_for_every_stuf(effect: Effect, way: Way) -> None:
    assert Policy().of(effect, None) is way
    assert Policy().of(effect, "acme-audit") is way


def test_what_is_set_in_general_goes_before_the_default() -> None:
    policy = Policy({Effect.DESTROYS: Way.TWO_PEOPLE})
    assert policy.of(Effect.DESTROYS, None) is Way.TWO_PEOPLE
    assert policy.of(Effect.COSTS, None) is Way.SELF


def test_what_is_set_for_a_stuf_holds_for_it_alone() -> None:
    policy = Policy({Effect.DESTROYS: Way.TYPED}, {"acme-audit": {Effect.CHANGES: Way.CODE}})
    assert policy.of(Effect.CHANGES, "acme-audit") is Way.CODE
    assert policy.of(Effect.CHANGES, "other-audit") is Way.NONE
    assert policy.of(Effect.CHANGES, None) is Way.NONE


def test_what_a_stuf_leaves_out_follows_the_general_way() -> None:
    policy = Policy({Effect.DESTROYS: Way.TYPED}, {"acme-audit": {Effect.CHANGES: Way.CODE}})
    assert policy.of(Effect.DESTROYS, "acme-audit") is Way.TYPED


def test_reading_is_never_confirmed() -> None:
    policy = Policy({Effect.READS: Way.CODE}, {"acme-audit": {Effect.READS: Way.CODE}})
    assert policy.of(Effect.READS, "acme-audit") is Way.NONE
