"""The bot for zulip-bots: `zulip-run-bot stuf_bot --registry -c zuliprc -b bot.conf` runs it, too."""

import atexit
import logging
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stuf_bot import configuration, telemetry
from stuf_bot.bootstrap import App, build
from stuf_bot.bootstrap.standby import Standby

__version__ = version("stuf-bot")

log = logging.getLogger(__name__)

_LIMITS = """\
zulip-run-bot hands over messages only: for the rest the bot listens with an event queue of its own
zulip-run-bot ends at the first error of its own connection, and the bot with it; the next start goes on
zulip-run-bot is ended by SIGTERM at once; what was in the middle is repeated at the next start
stuf-bot run --config bot.conf has none of these limits""".splitlines()


class StufBotHandler:
    """What zulip-bots' runners expect of a bot."""

    META = {  # noqa: RUF012 - the form in which zulip-bots reads it.
        "name": "STUF",
        "description": "Creates, deploys and operates Secure Trusted Upload Facilities.",
    }

    def __init__(self) -> None:
        self._app: App | None = None

    def usage(self) -> str:
        """What zulip-run-bot prints at the start."""
        return "\n".join(("Mention the bot or write to it: help", *(f"- {limit}" for limit in _LIMITS)))

    def initialize(self, bot_handler: Any) -> None:
        """Start the bot with the runner's account and the settings in its bot configuration file.

        Ends the runner with all that is wrong with the settings.
        """
        file = bot_handler.bot_config_file
        try:
            settings = configuration.load(
                Path(file) if file else None, {**os.environ, **_account(bot_handler)}
            )
        except configuration.ConfigurationError as error:
            bot_handler.quit(f"The configuration (--bot-config-file) cannot be used:\n{error}")
            return
        telemetry.start(settings)
        for limit in _LIMITS:
            log.warning("%s", limit)
        # Nothing ends this wait but a signal, which ends the runner.
        self._app = build(settings, lease=Standby(settings).wait())
        self._app.start()
        atexit.register(self.stop)

    def handle_message(self, message: dict[str, Any], bot_handler: Any) -> None:
        """Nothing is left to do: the bot's own queue heard the message, and each is answered once."""
        del bot_handler
        log.debug("message %s was heard by the bot's own queue", message["id"])

    def stop(self) -> None:
        """End the bot within seconds."""
        if self._app:
            self._app.stop()
            self._app.wait()
            self._app = None


def _account(bot_handler: Any) -> dict[str, str]:
    """The runner's account, in the form of settings from the environment."""
    client = bot_handler._client  # noqa: SLF001 - zulip-bots hands its account over in no other way.
    return {
        "STUF_BOT_ZULIP_EMAIL": client.email,
        "STUF_BOT_ZULIP_KEY": client.api_key,
        "STUF_BOT_ZULIP_SITE": client.base_url.removesuffix("/").removesuffix("/api"),
    }


handler_class = StufBotHandler
