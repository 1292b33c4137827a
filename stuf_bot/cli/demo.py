"""`stuf-bot demo`: the embedded realm, the bot, and one address to open; or a conversation to watch."""

import argparse
import shutil
import tempfile
import threading
from pathlib import Path

from sandbox.realm import Parts, Realm
from stuf_bot.cli import say, show
from stuf_bot.cli._bot import BotFailedError, BotProcess
from stuf_bot.cli._realm import CannotStart, Ending, realm
from stuf_bot.cli.play import play

_DEFAULT_STATE = Path("demo-state")


def main(arguments: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C, or until the conversation of --play is over; returns its exit code."""
    ending = Ending()
    fresh = bool(arguments.play) and arguments.state is None
    arguments.state = arguments.state or (_new_folder() if fresh else _DEFAULT_STATE)
    try:
        with realm(arguments, Parts()) as running:
            bot = BotProcess(running.bot_conf, running.bot_url, running.state / "bot.log", say)
            try:
                bot.start()
                code = (
                    _play(arguments.play, running, ending.event)
                    if arguments.play
                    else _stay(running, ending.event)
                )
            finally:
                bot.stop()
    except (CannotStart, BotFailedError) as error:
        say(f"The demo cannot run: {error}")
        code = 1
    if fresh and code == 0:
        shutil.rmtree(arguments.state, ignore_errors=True)
    elif fresh:
        say(f"What is left of it, with the bot's log: {arguments.state}")
    return code


def _new_folder() -> Path:
    Path("build").mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="play-", dir="build"))


def _stay(running: Realm, ending: threading.Event) -> int:
    show("")
    show(f"    {running.page_url}")
    show("")
    show("Open it in a browser. Ctrl-C ends the demo; everything is kept for the next time.")
    show(f"The bot's log is {running.state / 'bot.log'}.")
    ending.wait()
    say("ending")
    return 0


def _play(path: Path, running: Realm, ending: threading.Event) -> int:
    """Play in a thread, so that Ctrl-C ends it at once."""
    codes: list[int] = []
    accounts = dict(running.zuliprcs)
    performance = threading.Thread(target=lambda: codes.append(play(path, accounts)), daemon=True)
    performance.start()
    while performance.is_alive() and not ending.is_set():
        performance.join(0.2)
    return codes[0] if codes else 1
