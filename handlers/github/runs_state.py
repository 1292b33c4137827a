"""Runs of one kind on one branch, as they stand: the same whatever the order in which they are told.

Of each attempt of a run the state nearest to its end counts. The order of the runs themselves is the sender's own
(`order`: run number, check suite, status).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from handlers.github.reading import Json

GOOD: Final = "good"
BAD: Final = "bad"
NEITHER: Final = "neither"
OPEN: Final = ""

_KEPT: Final = 30
_STAGES: Final = {"completed": 3, "in_progress": 2, "waiting": 1, "action_required": 1}
_RESULTS: Final = {
    "success": GOOD,
    "failure": BAD,
    "error": BAD,
    "timed_out": BAD,
    "startup_failure": BAD,
    "action_required": NEITHER,
    "cancelled": NEITHER,
    "neutral": NEITHER,
    "skipped": NEITHER,
    "stale": NEITHER,
}


def result(conclusion: str | None) -> str:
    """GOOD, BAD, NEITHER (it says nothing about the branch), or OPEN while there is none."""
    return _RESULTS.get(conclusion, NEITHER) if conclusion else OPEN


def run(  # noqa: PLR0913 - what is kept of a run, by name.
    *,
    order: int,
    word: str,
    attempt: int = 1,
    status: str = "",
    conclusion: str | None = None,
    begun: datetime | None = None,
    at: datetime | None = None,
    url: str = "",
    title: str = "",
    sha: str = "",
    actor: str = "",
    event: str = "",
) -> Json:
    """What is kept of a run: plain JSON. `word` is how it is called, `at` when it last changed by the sender's clock."""
    return {
        "order": order,
        "word": word,
        "attempt": attempt,
        "stage": _STAGES.get(status, 0),
        "status": status,
        "conclusion": conclusion or "",
        "begun": begun.isoformat() if begun else "",
        "at": at.isoformat() if at else "",
        "url": url,
        "title": title,
        "sha": sha,
        "actor": actor,
        "event": event,
    }


def furthest(one: Json | None, other: Json) -> Json:
    """Of two states of the same thing the one that counts; which came first does not matter."""
    if one is None:
        return other
    return max(one, other, key=_progress)


def _progress(state: Json) -> tuple[Any, ...]:
    # The last part decides between two that claim to be the same and are not: always for the same one.
    return (
        state.get("stage", 0),
        state.get("at", ""),
        sorted((name, str(value)) for name, value in state.items()),
    )


def merged(runs: Mapping[str, Json], name: str, state: Json) -> dict[str, Json]:
    """The newest runs, with this one among them; `name` is the run's, each of its attempts is kept."""
    key = f"{name}:{state['attempt']}"
    every = {**runs, key: furthest(runs.get(key), state)}
    newest = sorted(every, key=lambda each: (_place(every[each]), each))[-_KEPT:]
    return {each: every[each] for each in newest}


def _place(state: Json) -> tuple[int, int]:
    return state["order"], state["attempt"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a branch stands by its runs. `last` is the newest that is GOOD or BAD, `since` the first of its streak.

    `busy` are the runs after it that have not ended, or said nothing; `history` are the results, the oldest first.
    """

    last: Json | None
    streak: int
    since: Json | None
    busy: tuple[Json, ...]
    history: tuple[str, ...]

    @property
    def result(self) -> str:
        """GOOD, BAD, or OPEN where nothing has ended yet."""
        return result(self.last["conclusion"]) if self.last else OPEN

    @property
    def run(self) -> str:
        """Names the last result: the run and its attempt."""
        return f"{self.last['order']}:{self.last['attempt']}" if self.last else ""


def standing(runs: Iterable[Json]) -> Standing:
    """How they stand; empty for none. An attempt that is not at its end leaves the one before it in force."""
    ordered = sorted(runs, key=lambda each: (_place(each), _progress(each)))
    latest = {one["order"]: one for one in ordered if result(one["conclusion"]) in (GOOD, BAD)}
    ended = list(latest.values())
    last = ended[-1] if ended else None
    streak = 0
    for one in reversed(ended):
        if last is None or result(one["conclusion"]) != result(last["conclusion"]):
            break
        streak += 1
    newest = _place(last) if last else (-1, 0)
    return Standing(
        last=last,
        streak=streak,
        since=ended[-streak] if streak else None,
        busy=tuple(
            one for one in ordered if result(one["conclusion"]) in (OPEN, NEITHER) and _place(one) > newest
        ),
        history=tuple(result(one["conclusion"]) for one in ended),
    )


def turned(before: Standing, after: Standing) -> str:
    """BAD where it began to fail, GOOD where it works again, "" where neither is new."""
    if after.run == before.run or after.result == before.result:
        return ""
    if after.result == BAD:
        return BAD
    return GOOD if before.result == BAD else ""
