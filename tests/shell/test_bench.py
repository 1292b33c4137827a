"""What the bench makes of what it has measured."""

import json
from pathlib import Path

import pytest

from bench.conversation import confirm_to_ready, conversation
from bench.figures import figure, percentile, write
from stuf_bot.play import stage
from stuf_bot.play.player import Done

_CONVERSATION = Path(__file__).parents[2] / "examples" / "create.chat"


def test_the_figures_of_a_conversation() -> None:
    script = stage.read(_CONVERSATION)
    done = [Done(step.line, 1.0) for step in script.steps]
    written = [step.line.written for step in script.steps]
    confirm = written.index("Tess: confirm")
    ready = next(number for number, text in enumerate(written) if number > confirm and "is ready" in text)
    assert conversation(done) == len(script.steps)
    assert confirm_to_ready(script, done) == ready - confirm + 1


@pytest.mark.parametrize(
    ("count", "part", "found"),
    [(1, 0.95, 1), (2, 0.95, 2), (20, 0.95, 19), (100, 0.95, 95), (75, 0.95, 72), (4, 0.5, 2)],
)
def test_a_percentile_is_one_of_the_values(count: int, part: float, found: int) -> None:
    assert percentile(list(range(count, 0, -1)), part) == found


def test_figures_take_the_place_of_those_of_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    write(file, [figure("a", 1.234, "s", 2), figure("b", 1, "ms", 2)])
    write(file, [figure("b", 3, "ms", 4)])
    assert json.loads(file.read_text()) == [
        {"name": "a", "value": 1.23, "unit": "s", "baseline": 2},
        {"name": "b", "value": 3, "unit": "ms", "baseline": 4},
    ]
