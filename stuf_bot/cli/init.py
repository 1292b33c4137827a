"""`stuf-bot init`: writes a bot.conf from a few questions."""

import argparse
import base64
import os
from collections.abc import Callable

from stuf_bot import configuration
from stuf_bot.cli import WRONG_USE, say

_EXPLAIN = """\
A few questions; Enter takes what stands in brackets. Everything else keeps its default: bot.conf.example
shows it, and docs/configuration.md says how to get what is asked for here."""
_KEY_BYTES = 32
Ask = Callable[[str], str]


def main(arguments: argparse.Namespace, ask: Ask = input) -> int:
    """Ask and write; returns 0 when the file can be used."""
    path = arguments.config
    if path.exists():
        say(f"{path} exists and stays as it is. Remove it, or name another file with --config.")
        return WRONG_USE
    say(_EXPLAIN)
    try:
        text = _text(ask)
    except (EOFError, KeyboardInterrupt):
        say("", "Nothing was written.")
        return 1
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    say(f"Written: {path}, readable by you alone.")
    configuration.load(path)  # Names what cannot be used.
    say(f"Next: stuf-bot doctor --config {path}")
    return 0


def _text(ask: Ask) -> str:
    zuliprc = _answer(ask, "The bot's zuliprc file", "zuliprc")
    channel = _answer(ask, "The channel for architects and operators", "stuf-admin")
    architects = _answer(ask, "The user group that may create STUFs", "role:members")
    operators = _answer(ask, "The user group that looks after all of them", "stuf-operators")
    repository = _answer(ask, "The control repository, as owner/name")
    token = _answer(ask, "A GitHub token (empty for a GitHub App)", "")
    account = f"token = {token}\n" if token else _app(ask)
    region = _answer(ask, "The AWS region of mail and texts", "eu-west-1")
    public = _answer(ask, "The bot's public address for webhooks, https://... (empty for none yet)", "")
    return (
        f"[stuf_bot]\nadmin_channel = {channel}\n\n[zulip]\nzuliprc = {zuliprc}\n\n"
        f"[roles]\narchitects = {architects}\noperators = {operators}\n\n"
        f"[policy]\ncode_key = {_new_key()}\n\n"
        f"[github]\ncontrol_repository = {repository}\n{account}\n[aws]\nregion = {region}\n"
        + (f"\n[web]\npublic_url = {public}\n" if public else "")
    )


def _new_key() -> str:
    """A key for one-time codes, so that they can be asked for later without another secret to make."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def _app(ask: Ask) -> str:
    number = _answer(ask, "The App's id (a number)")
    key = _answer(ask, "Its private key file (.pem)")
    return f"app_id = {number}\nprivate_key_file = {key}\n"


def _answer(ask: Ask, question: str, default: str | None = None) -> str:
    """What was typed in one line, or the default; asked again while there is neither."""
    while True:
        answer = ask(f"{question}{f' [{default}]' if default else ''}: ").strip() or default
        if answer is not None:
            return answer
