"""The whole: a STUF created by conversation, from the first word to `is ready`."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figures import Figure, figure
from bench.realm import ROOT
from sandbox.prepared import package_api
from sandbox.realm import Realm
from stuf_bot.cli import say
from stuf_bot.cli._bot import BotProcess
from stuf_bot.play import stage
from stuf_bot.play.player import Done
from stuf_bot.play.script import Expect, Say, Script

_CONVERSATION = ROOT / "examples" / "create.chat"
_READY_LIMIT = 90.0
_CONVERSATION_LIMIT = 90.0


def measure(folder: Path) -> list[Figure]:
    """Seconds from `confirm` to ready, and of the whole conversation."""
    package_api(say)
    with _realm(folder) as realm, _bot(realm):
        say("the conversation of examples/create.chat, with `confirm` to ready in it")
        script = stage.read(_CONVERSATION)
        done = stage.perform(script, dict(realm.zuliprcs), tell=lambda _: None)
    return [
        figure("confirm_to_ready", confirm_to_ready(script, done), "s", _READY_LIMIT),
        figure("conversation", conversation(done), "s", _CONVERSATION_LIMIT),
    ]


@contextlib.contextmanager
def _realm(folder: Path) -> Iterator[Realm]:
    realm = Realm(folder)
    realm.start()
    try:
        yield realm
    finally:
        realm.stop()


@contextlib.contextmanager
def _bot(realm: Realm) -> Iterator[None]:
    bot = BotProcess(realm.bot_conf, realm.bot_url, realm.state / "bot.log", say)
    bot.start()
    try:
        yield
    finally:
        bot.stop()


def confirm_to_ready(script: Script, done: Sequence[Done]) -> float:
    """Seconds from the `confirm` in `script` to the message that the STUF is ready, when it was played as `done`."""
    steps = script.steps
    confirm = next(i for i, step in enumerate(steps) if isinstance(step, Say) and step.text == "confirm")
    ready = next(
        i
        for i, step in enumerate(steps)
        if i > confirm and isinstance(step, Expect) and any("is ready" in text for text in step.texts)
    )
    return sum(one.seconds for one in done[confirm : ready + 1])


def conversation(done: Sequence[Done]) -> float:
    """Seconds of all that was played, from the first line to the last; setting up is before that."""
    return sum(one.seconds for one in done)
