"""`stuf-bot`: what an administrator and a developer type. Each command is imported only when it is used."""

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

WRONG_USE = 2
STAGES = ("validate", "repository", "infrastructure", "application", "configuration", "verification")


def main(given: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code: 0 done, 1 failed, 2 wrongly asked or configured."""
    arguments = _parser().parse_args(given)
    from stuf_bot.configuration import ConfigurationError  # noqa: PLC0415 - `--help` stays quick.

    try:
        return int(importlib.import_module(f"stuf_bot.cli.{arguments.command}").main(arguments))
    except ConfigurationError as error:
        say("The configuration cannot be used:", *(f"  {problem}" for problem in error.problems))
        say("docs/configuration.md and bot.conf.example describe every setting.")
        return WRONG_USE


def say(*lines: str) -> None:
    """Tell the person at the terminal."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - the terminal is this program's place to speak.


def show(line: str) -> None:
    """Give the person at the terminal what was asked for."""
    print(line, flush=True)  # noqa: T201 - as above.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stuf-bot", description="A Zulip bot that runs Secure Trusted Upload Facilities."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run the bot until it is told to stop")
    _config(run)
    doctor = commands.add_parser(
        "doctor", help="check realm, GitHub and AWS, and say what to do about problems"
    )
    _config(doctor)
    migrate = commands.add_parser(
        "migrate", help="bring the database to this version (run does it by itself, too)"
    )
    _config(migrate)
    _audit(commands)
    commands.add_parser("commands", help="show the page that lists every command of the chat")
    init = commands.add_parser("init", help="write a bot.conf from a few questions")
    init.add_argument(
        "--config", type=Path, default=Path("bot.conf"), metavar="FILE", help="the file to write (bot.conf)"
    )

    demo = commands.add_parser(
        "demo", help="everything on this machine: realm, GitHub, AWS, Sentry, bot, chat page"
    )
    demo.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="where everything is kept (demo-state; with --play a new folder)",
    )
    demo.add_argument(
        "--port", type=int, metavar="PORT", help="port of the chat page (the same as last time, or free)"
    )
    demo.add_argument(
        "--fail", choices=STAGES, metavar="STAGE", help=f"let one step fail once: {', '.join(STAGES)}"
    )
    demo.add_argument("--play", type=Path, metavar="FILE", help="play a conversation, then end")

    sandbox = commands.add_parser("sandbox", help="the embedded realm without the bot; writes DIR/bot.conf")
    sandbox.add_argument(
        "--state",
        type=Path,
        default=Path("demo-state"),
        metavar="DIR",
        help="where everything is kept (demo-state)",
    )
    sandbox.add_argument("--port", type=int, metavar="PORT", help="port of the chat page")
    sandbox.add_argument("--fail", choices=STAGES, metavar="STAGE", help="let one step fail once")
    sandbox.add_argument(
        "--zuliprc",
        type=Path,
        metavar="FILE",
        help="use this account of a real realm instead of the embedded Zulip",
    )
    for part in ("github", "aws", "sentry", "page"):
        sandbox.add_argument(
            f"--{part}", action=argparse.BooleanOptionalAction, default=True, help=f"start the part {part}"
        )

    play = commands.add_parser("play", help="play a written conversation on a realm where the bot runs")
    play.add_argument("file", type=Path, metavar="FILE")
    play.add_argument(
        "--as",
        dest="accounts",
        action="append",
        default=[],
        metavar="NAME=ZULIPRC",
        help="the account of one who speaks",
    )
    return parser


def _audit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parts = commands.add_parser("audit", help="verify the audit log, or write it out").add_subparsers(
        dest="what", required=True, metavar="verify|export"
    )
    verify = parts.add_parser("verify", help="look whether it is as it was written, and say where not")
    verify.add_argument(
        "--expect",
        type=_digest,
        metavar="DIGEST",
        help="a digest written down earlier, which must occur",
    )
    export = parts.add_parser("export", help="write it to standard output, an entry a line, as JSON")
    export.add_argument("--stuf", metavar="STUF", help="only what concerns this STUF")
    export.add_argument(
        "--since", type=_moment, metavar="WHEN", help="only from this moment on: 2026-11-23, or with T10:00"
    )
    for part in (verify, export):
        _config(part)


def _digest(text: str) -> str:
    """A whole digest, in lower case."""
    digest = text.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise argparse.ArgumentTypeError("a digest has 64 digits, 0-9 and a-f: give the whole one")
    return digest


def _moment(text: str) -> datetime:
    """A moment such as 2026-11-23 or 2026-11-23T10:00; UTC where it names no zone."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write it as 2026-11-23 or 2026-11-23T10:00 (UTC)") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the settings (bot.conf, where there is one)"
    )
