"""`stuf-bot sandbox`: the embedded realm without the bot."""

import argparse

from sandbox.realm import Parts, Realm
from stuf_bot.cli import WRONG_USE, say, show
from stuf_bot.cli._realm import CannotStart, Ending, realm


def main(arguments: argparse.Namespace) -> int:
    """Run the parts that were asked for until Ctrl-C; returns 0."""
    ending = Ending()
    parts = Parts(
        github=arguments.github,
        aws=arguments.aws,
        sentry=arguments.sentry,
        page=arguments.page,
        zuliprc=arguments.zuliprc,
    )
    if arguments.zuliprc and not arguments.zuliprc.exists():
        say(f"{arguments.zuliprc} does not exist; download the zuliprc of your bot from Zulip.")
        return WRONG_USE
    try:
        with realm(arguments, parts) as running:
            _tell(running)
            ending.event.wait()
    except CannotStart as error:
        say(f"The sandbox cannot run: {error}")
        return 1
    return 0


def _tell(running: Realm) -> None:
    for name, url in (
        ("Zulip", running.zulip and running.zulip.url),
        ("GitHub", running.github and running.github.url),
        ("AWS", running.aws and running.aws.url),
        ("Sentry", running.sentry and running.sentry.url),
        ("page", running.page_url),
    ):
        if url:
            show(f"{name:7} {url}")
    for name, path in running.zuliprcs.items():
        show(f"{name:7} {path}")
    show(f"Start the bot:  stuf-bot run --config {running.bot_conf}")
    show("Ctrl-C ends the sandbox; everything is kept for the next time.")
