"""`stuf-bot doctor`: looks at everything that the bot needs, and says what to do about each problem."""

import argparse
from collections.abc import Iterator

from provisioning.github import GitHubError
from stuf_bot import configuration
from stuf_bot.bootstrap.outside import github, zulip_api
from stuf_bot.chat.budget import Budget
from stuf_bot.cli import show
from stuf_bot.doctor import cloud, control, realm, sentry
from stuf_bot.doctor.finding import Finding
from stuf_bot.settings import Settings


def main(arguments: argparse.Namespace) -> int:
    """Look at everything; returns 0 when nothing has to be done."""
    file = configuration.usual(arguments.config)
    settings = configuration.load(file)
    show(f"ok       {file or 'the environment'}: every setting can be used")
    problems = 0
    for finding in findings(settings):
        show(str(finding))
        problems += not finding.fine
    show("" if problems else "Everything is in place. Next: stuf-bot run")
    if problems:
        show(f"{problems} to look at; then run doctor again.")
    return 1 if problems else 0


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that is looked at, in an order that makes sense to repair in."""
    yield from realm.look(settings, zulip_api(settings, Budget()))
    repository = github(settings, control.ControlRepository)
    yield from control.look(settings, repository)
    try:
        sender = repository.variables().get("STUF_SENDER", "")
    except GitHubError:
        sender = ""  # Told above.
    yield from cloud.look(settings.aws, sender)
    yield from sentry.look(settings)
