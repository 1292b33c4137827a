"""The whole demo: the embedded realm with the real workflow, and the bot as a process of its own."""

from collections.abc import Iterator

import pytest

from sandbox.realm import Parts, Realm
from stuf_bot.cli._bot import BotProcess


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    realm = Realm(tmp_path_factory.mktemp("demo"), Parts())
    realm.start()
    bot = BotProcess(realm.bot_conf, realm.bot_url, realm.state / "bot.log", lambda _: None)
    try:
        bot.start()
        yield realm
    finally:
        bot.stop()
        realm.stop()
