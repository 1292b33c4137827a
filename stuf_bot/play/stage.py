"""Brings the accounts of a conversation together and plays it: what `stuf-bot play`, the demo and tests use."""

import secrets
import string
from collections.abc import Callable, Mapping
from pathlib import Path

from stuf_bot.play.account import Account, AccountError
from stuf_bot.play.heard import Heard
from stuf_bot.play.parser import parse
from stuf_bot.play.player import Done, Play
from stuf_bot.play.script import Script
from stuf_bot.play.wording import Wording

_RUN_LENGTH = 4


def read(path: Path) -> Script:
    """The conversation in the file. Raises OSError, ScriptError."""
    return parse(path.read_text(encoding="utf-8"), path.parent)


def missing_accounts(script: Script, accounts: Mapping[str, Path]) -> list[str]:
    """Who speaks in the conversation without an account being named for them."""
    given = {name.casefold() for name in accounts}
    return [name for name in script.people if name.casefold() not in given]


def perform(
    script: Script,
    accounts: Mapping[str, Path],
    *,
    tell: Callable[[str], None],
    known: Mapping[str, str] | None = None,
) -> list[Done]:
    """Play `script` on the realm of the zuliprcs in `accounts`, by the names in the file, in any case.

    `{run}` in the file is a few letters that differ from time to time. Raises Failed, AccountError.
    """
    heard = Heard()
    paths = {name.casefold(): path for name, path in accounts.items()}
    players: dict[str, Account] = {}
    try:
        for name in script.people:
            players[name] = Account(name, paths[name.casefold()], heard)
        if not players:
            raise AccountError("nobody speaks in this conversation")
        bot_id = next(iter(players.values())).find_bot(script.bot_name)
        for player in players.values():
            player.listen(bot_id)
        run = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_RUN_LENGTH))
        full_names = {name: player.full_name for name, player in players.items()}
        wording = Wording({**full_names, "bot": script.bot_name}, {"run": run, **(known or {})})
        return Play(script, players, heard, wording, tell).perform()
    finally:
        for player in players.values():
            player.stop()
