"""The written conversation about a second person, with the bot as a process on the embedded Zulip."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.realm import Parts, Realm
from stuf_bot.cli._bot import BotProcess
from stuf_bot.cli.play import play

ROOT = Path(__file__).parents[2]


@pytest.fixture
def realm(tmp_path: Path) -> Iterator[Realm]:
    """The demo's realm and its bot; of GitHub nothing is asked before the operation begins."""
    realm = Realm(tmp_path / "state", Parts(github=False, aws=False, page=False))
    realm.start()
    with realm.bot_conf.open("a") as conf:
        conf.write("\n[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/control\ntoken = none\n")
    bot = BotProcess(realm.bot_conf, realm.bot_url, tmp_path / "bot.log", lambda _: None)
    try:
        bot.start()
        yield realm
    finally:
        bot.stop()
        realm.stop()


@pytest.mark.realm
def test_a_second_person_approves_what_was_asked_for_in_a_direct_message(realm: Realm) -> None:
    assert play(ROOT / "examples" / "approval.chat", dict(realm.zuliprcs)) == 0
