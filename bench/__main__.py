"""`make bench`: the whole embedded realm, the bot beside it, and a clock."""

import contextlib
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.round_trip import Asker
from sandbox.prepared import package_api
from sandbox.realm import Realm
from stuf_bot.cli import say
from stuf_bot.cli._bot import BotProcess
from stuf_bot.play import stage
from stuf_bot.play.player import Done
from stuf_bot.play.script import Expect, Say, Script

_ROOT = Path(__file__).resolve().parents[1]
_RESULT = _ROOT / "build" / "bench.json"
_CONVERSATION = _ROOT / "examples" / "create.chat"
_ROUNDS = 20
_BUDGET_SECONDS = 90.0
_CONVERSATION_SECONDS = 90.0
_SETTLE_SECONDS = 2.0


def main() -> int:
    """Measure, tell, write; returns 0."""
    logging.basicConfig(level=logging.WARNING)
    _RESULT.parent.mkdir(exist_ok=True)
    package_api(say)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=_RESULT.parent) as folder,
        _realm(Path(folder)) as realm,
    ):
        say("the round trip of a bare echo loop")
        echoes = _echo(realm)
        with _bot(realm):
            say("the round trip of `help`")
            helps = _asker(realm).times("help", _ROUNDS)
            say("the conversation of examples/create.chat, with `confirm` to ready in it")
            script = stage.read(_CONVERSATION)
            done = stage.perform(script, dict(realm.zuliprcs), tell=lambda _: None)
        # Before and after, so that a machine that is slow for a while slows both.
        echoes += _echo(realm)
    figures = [
        _figure("confirm_to_ready", confirm_to_ready(script, done), "s", _BUDGET_SECONDS),
        _figure("conversation", conversation(done), "s", _CONVERSATION_SECONDS),
        _figure("help_round_trip_ratio", median(helps) / median(echoes), "x", 1.0),
        _figure("help_round_trip", median(helps) * 1000, "ms", median(echoes) * 1000),
    ]
    _RESULT.write_text(json.dumps(figures, indent=1) + "\n")
    for figure in figures:
        say("{name}: {value} {unit} (baseline {baseline})".format(**figure))
    return 0


def _figure(name: str, value: float, unit: str, baseline: float) -> dict[str, object]:
    return {"name": name, "value": round(value, 2), "unit": unit, "baseline": round(baseline, 2)}


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


def _asker(realm: Realm) -> Asker:
    if realm.zulip is None:
        raise RuntimeError("the bench needs the embedded Zulip")
    return Asker(realm.zuliprcs["tess"], realm.zulip.accounts["bot"].user_id)


def _echo(realm: Realm) -> list[float]:
    command = [sys.executable, "-m", "bench.echo", str(realm.zuliprcs["bot"])]
    process = subprocess.Popen(command, cwd=_ROOT)  # noqa: S603 - our own command
    try:
        time.sleep(_SETTLE_SECONDS)  # It has to have its event queue before it is written to.
        return _asker(realm).times("help", _ROUNDS)
    finally:
        process.kill()
        process.wait()


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


if __name__ == "__main__":
    sys.exit(main())
