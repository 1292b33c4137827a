"""`stuf-bot play`: a written conversation, with real accounts, on any realm where the bot runs."""

import argparse
from pathlib import Path

from stuf_bot.cli import WRONG_USE, say, show
from stuf_bot.play import stage
from stuf_bot.play.account import AccountError
from stuf_bot.play.parser import ScriptError
from stuf_bot.play.player import Failed


def main(arguments: argparse.Namespace) -> int:
    """Play the file; returns 0 when every expectation in it was met."""
    accounts: dict[str, Path] = {}
    for given in arguments.accounts:
        name, equals, path = given.partition("=")
        if not equals:
            say(f"--as {given}: write NAME=ZULIPRC, for example --as tess=tess.zuliprc")
            return WRONG_USE
        accounts[name] = Path(path)
    return play(arguments.file, accounts)


def play(path: Path, accounts: dict[str, Path]) -> int:
    """Play the conversation in `path`, telling how it goes; returns the exit code."""
    try:
        script = stage.read(path)
    except OSError as error:
        say(f"{path} cannot be read ({error.strerror}).")
        return WRONG_USE
    except ScriptError as error:
        say(f"{path} cannot be played:", *(f"  line {number}: {why}" for number, why in error.mistakes))
        say("docs/conversations.md describes the format.")
        return WRONG_USE
    if missing := stage.missing_accounts(script, accounts):
        say(f"{path} needs an account each for {', '.join(missing)}: --as {missing[0].lower()}=ZULIPRC")
        return WRONG_USE
    try:
        done = stage.perform(script, accounts, tell=show)
    except Failed as failure:
        say("", f"FAILED at {path}:{failure.line.number}: {failure.line.written}", f"  {failure.reason}")
        for came in failure.came:
            say("  instead:", *(f"    {line}" for line in came.splitlines()))
        return 1
    except (AccountError, OSError) as error:
        say(f"The conversation stopped: {error}")
        return 1
    say("", f"Played {path}: all {len(done)} lines as written, in {sum(d.seconds for d in done):.0f} s.")
    return 0
