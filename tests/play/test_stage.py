"""Conversations with the embedded Zulip, through the official client on both sides."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zulip

from sandbox.zulip import ZulipRealm
from stuf_bot.play import stage
from stuf_bot.play.account import AccountError
from stuf_bot.play.parser import parse
from stuf_bot.play.player import Failed

Client = Any
Message = dict[str, Any]
Answer = Callable[[Client, Message], None]


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZulipRealm]:
    realm = ZulipRealm(tmp_path_factory.mktemp("zulip"))
    realm.start()
    yield realm
    realm.stop()


@pytest.fixture
def zuliprcs(realm: ZulipRealm, tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / name for name in realm.accounts}
    for name, path in paths.items():
        path.write_text(realm.zuliprc(name))
    return paths


class AnsweringBot:
    """A bot that does what a test says with each message of a person."""

    def __init__(self, zuliprc: Path, answer: Answer) -> None:
        self.client = zulip.Client(config_file=str(zuliprc), retry_on_errors=False)
        self.me = self.client.get_profile()["user_id"]
        self.reactions: list[str] = []
        self._answer = answer
        self._queue = self.client.register(event_types=["message", "reaction"], apply_markdown=False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        last = self._queue["last_event_id"]
        while True:
            answer = self.client.get_events(queue_id=self._queue["queue_id"], last_event_id=last)
            if answer["result"] != "success":
                return
            for event in answer["events"]:
                last = event["id"]
                if event["type"] == "reaction":
                    self.reactions.append(event["emoji_name"])
                    self.reply(
                        {"type": "private", "sender_id": event["user_id"]}, f"reacted {event['emoji_name']}"
                    )
                elif event["type"] == "message" and event["message"]["sender_id"] != self.me:
                    self._answer(self, event["message"])

    def reply(self, message: Message, content: str) -> int:
        if message["type"] == "private":
            sent = {"type": "private", "to": [message["sender_id"]], "content": content}
        else:
            sent = {
                "type": "stream",
                "to": message["display_recipient"],
                "topic": message["subject"],
                "content": content,
            }
        return int(self.client.send_message(sent)["id"])

    def stop(self) -> None:
        self.client.deregister(self._queue["queue_id"])
        self._thread.join(5)


@pytest.fixture
def bot(zuliprcs: dict[str, Path]) -> Iterator[Callable[[Answer], AnsweringBot]]:
    bots: list[AnsweringBot] = []

    def start(answer: Answer) -> AnsweringBot:
        bots.append(AnsweringBot(zuliprcs["bot"], answer))
        return bots[-1]

    yield start
    for running in bots:
        running.stop()


def perform(text: str, zuliprcs: dict[str, Path], folder: Path = Path()) -> list[str]:
    told: list[str] = []
    stage.perform(parse(text, folder), zuliprcs, tell=told.append)
    return told


def test_direct_messages_channels_reactions_and_files(
    zuliprcs: dict[str, Path], bot: Callable[[Answer], AnsweringBot], tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("email,phone\n")
    bot(lambda b, m: b.reply(m, f"**heard** {m['content']}") and None)
    perform(
        "Tess to the bot: hello\n"
        "Bot: heard hello\n"
        "Tess reacts with 👍\n"
        "Bot: reacted thumbs_up\n"
        "Pat in #stuf-admin > greetings {run}: @bot good day\n"
        "Bot: heard @STUF Bot good day\n"
        "Tess to the bot with the file people.csv: these\n"
        "Bot: [people.csv](/user_uploads/\n",
        zuliprcs,
        tmp_path,
    )


def test_a_card_in_a_channel_that_one_does_not_follow(
    zuliprcs: dict[str, Path], bot: Callable[[Answer], AnsweringBot]
) -> None:
    def card(running: AnsweringBot, message: Message) -> None:
        running.client.add_subscriptions([{"name": "cards"}])
        place = {"type": "stream", "display_recipient": "cards", "subject": "a card"}
        number = running.reply(place, "running")
        running.client.update_message({"message_id": number, "content": "done"})
        running.reply(message, "see there")

    bot(card)
    perform("Tess to the bot: go\nBot: see there\nBot in #cards shows: done\n", zuliprcs)


def test_a_lost_event_queue_costs_nothing(
    realm: ZulipRealm, zuliprcs: dict[str, Path], bot: Callable[[Answer], AnsweringBot]
) -> None:
    running = bot(lambda _b, _m: None)

    def lose(message: str) -> None:
        if message.strip() == "second":
            realm.drop_queues()
            running.reply({"type": "private", "sender_id": realm.accounts["tess"].user_id}, "still there")

    stage.perform(
        parse("Tess to the bot: first\nTess: second\nBot: still there\n", Path()), zuliprcs, tell=lose
    )


def test_a_person_who_writes_too_much_waits(
    realm: ZulipRealm, zuliprcs: dict[str, Path], bot: Callable[[Answer], AnsweringBot]
) -> None:
    bot(lambda b, m: b.reply(m, "heard") and None)
    limited = {"result": "error", "code": "RATE_LIMIT_HIT", "msg": "Too much.", "retry-after": 0.01}
    script = parse("Tess to the bot: hello\nBot: heard\n", Path())
    told: list[str] = []

    def limit(line: str) -> None:
        told.append(line)
        if line.strip() == "hello":
            realm.fail_next("POST", "/api/v1/messages", 429, json.dumps(limited), times=2)

    stage.perform(script, zuliprcs, tell=limit)
    assert "    heard" in told


def test_an_unmet_expectation_fails(zuliprcs: dict[str, Path], bot: Callable[[Answer], AnsweringBot]) -> None:
    bot(lambda b, m: b.reply(m, "no") and None)
    with pytest.raises(Failed) as caught:
        perform("Tess to the bot: hello\nBot within 1 second: yes\n", zuliprcs)
    assert caught.value.came == ("no",)


def test_a_bot_that_the_realm_does_not_have(zuliprcs: dict[str, Path]) -> None:
    with pytest.raises(AccountError, match="0 bots with the name 'Another Bot'"):
        perform("The bot is Another Bot.\nTess to the bot: hello\n", zuliprcs)


def test_an_account_that_does_not_exist(realm: ZulipRealm, tmp_path: Path) -> None:
    path = tmp_path / "zuliprc"
    path.write_text(f"[api]\nemail=nobody@example.org\nkey={'x' * 32}\nsite={realm.url}\n")
    with pytest.raises(AccountError, match="Tess: signing in was refused"):
        perform("Tess to the bot: hello\n", {"tess": path})


def test_a_zuliprc_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="Tess's account cannot be used"):
        perform("Tess to the bot: hello\n", {"tess": tmp_path / "none"})


def test_who_needs_an_account() -> None:
    script = parse("Tess to the bot: hello\nBot to Omar: hello\n", Path())
    assert stage.missing_accounts(script, {"tess": Path()}) == ["Omar"]
