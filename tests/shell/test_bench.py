"""What the bench makes of a conversation that was played."""

from pathlib import Path

from bench.__main__ import confirm_to_ready, conversation
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
