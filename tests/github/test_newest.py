"""Facts end up the same in whatever order, and however often, they are heard."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from handlers.github.newest import Registers, newer, values

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from(["open", "closed", "dismissed", ""]),
    st.lists(st.sampled_from(["a", "b"]), max_size=2),
    st.fixed_dictionaries({"state": st.sampled_from(["approved", "dismissed"])}),
)
SAID = st.tuples(
    st.integers(0, 3).map(lambda second: datetime(2026, 11, 23, 9, 0, second, tzinfo=UTC)) | st.none(),
    st.dictionaries(st.sampled_from(["state", "labels", "title"]), VALUES, min_size=1),
)


def after(told: list[tuple[datetime | None, dict[str, object]]]) -> Registers:
    kept: Registers = {}
    for at, facts in told:
        kept = newer(kept, facts, at)
    return kept


@given(
    told=st.lists(SAID, max_size=6).flatmap(
        lambda told: st.tuples(st.just(told), st.permutations(told + told[:2]))
    )
)
def test_any_order_and_any_repetition_end_alike(
    told: tuple[
        list[tuple[datetime | None, dict[str, object]]], list[tuple[datetime | None, dict[str, object]]]
    ],
) -> None:
    assert after(told[0]) == after(told[1])


def test_the_latest_wins_and_of_two_at_once_the_one_that_says_more() -> None:
    early, late = (datetime(2026, 11, 23, 9, 0, second, tzinfo=UTC) for second in (1, 2))
    kept = newer({}, {"state": "closed", "labels": ["a"]}, early)
    assert values(newer(kept, {"state": "open", "labels": []}, late)) == {"state": "open", "labels": []}
    assert values(newer(kept, {"state": "open", "labels": []}, early)) == {"state": "closed", "labels": ["a"]}
    assert values(newer(kept, {"title": "x"}, None))["title"] == "x", "what was not said before is taken"
