"""`stuf-bot commands`: the page that lists every command of the chat."""

import argparse

from stuf_bot.bootstrap import commands
from stuf_bot.chat.manual import page
from stuf_bot.cli import show


def main(arguments: argparse.Namespace) -> int:
    """Show the page; returns 0."""
    del arguments
    show(page(commands()).rstrip("\n"))
    return 0
