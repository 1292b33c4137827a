"""Second people and one-time codes with the bot as a process on the embedded Zulip, through the real client."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
import zulip

from sandbox.realm import Parts, Realm
from stuf_bot.cli._bot import BotProcess
from stuf_bot.cli.play import play

ROOT = Path(__file__).parents[2]
CREATE = """create
```yaml
name: Safe Files
participants: ana@example.org +44 7700 900123
```"""
pytestmark = pytest.mark.realm


@dataclass
class Running:
    realm: Realm
    bot: BotProcess
    log: Path


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """The demo's realm and its bot; of GitHub nothing is asked before the operation begins."""
    realm = Realm(tmp_path / "state", Parts(github=False, aws=False, page=False))
    realm.start()
    with realm.bot_conf.open("a") as conf:
        conf.write("\n[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/control\ntoken = none\n")
        conf.write("\n[policy:safe-files]\ncosts = code\n")
    log = tmp_path / "bot.log"
    bot = BotProcess(realm.bot_conf, realm.bot_url, log, lambda _: None)
    try:
        bot.start()
        yield Running(realm, bot, log)
    finally:
        bot.stop()
        realm.stop()


class Tess:
    """Her direct messages with the bot."""

    def __init__(self, realm: Realm) -> None:
        self._client = zulip.Client(config_file=str(realm.zuliprcs["tess"]))
        members = self._client.get_members()["members"]
        self._bot = next(each["user_id"] for each in members if each["full_name"] == "STUF Bot")

    def says(self, text: str) -> None:
        message = {"type": "private", "to": [self._bot], "content": text}
        assert self._client.send_message(message)["result"] == "success"

    def hears(self, text: str, seconds: float = 30.0) -> dict[str, Any]:
        """The newest message of the bot with this text, once there is one."""
        return until(
            lambda: next((m for m in reversed(self.messages()) if text in m["content"]), None), seconds
        )

    def messages(self) -> list[dict[str, Any]]:
        narrow = [{"operator": "dm", "operand": [self._bot]}]
        request = {
            "anchor": "newest",
            "num_before": 100,
            "num_after": 0,
            "narrow": narrow,
            "apply_markdown": False,
        }
        found = self._client.get_messages(request)["messages"]
        return [message for message in found if message["sender_id"] == self._bot]

    def file(self, path: str) -> bytes:
        """An uploaded file, as her client reads it."""
        temporary = self._client.call_endpoint(url=path.removeprefix("/"), method="GET")["url"]
        base = self._client.base_url.removesuffix("/api/").removesuffix("/api")
        return requests.get(f"{base}{temporary}", timeout=10).content


def until(found: Callable[[], Any], seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.2)
    return value


def test_a_second_person_approves_what_was_asked_for_in_a_direct_message(running: Running) -> None:
    assert play(ROOT / "examples" / "approval.chat", dict(running.realm.zuliprcs)) == 0


def test_a_code_from_enrolling_to_what_it_starts_with_a_crash_in_between(running: Running) -> None:
    tess = Tess(running.realm)
    tess.says("code enrol")
    shown = tess.hears("spoiler")
    key = re.search(r"`([A-Z2-7 ]{30,})`", shown["content"])
    picture = re.search(r"\]\((/user_uploads/\S+\.png)\)", shown["content"])
    assert key
    assert picture
    assert tess.file(picture[1]).startswith(b"\x89PNG")
    app = pyotp.TOTP(key[1].replace(" ", ""))
    first = app.at(datetime.now(UTC))
    tess.says(first)
    tess.hears("You are enrolled")
    assert until(lambda: _gone(tess, shown["id"], key[1], picture[1]))

    tess.says(CREATE)
    tess.hears("Plan: create the STUF `safe-files`")
    tess.says("confirm")
    tess.hears("Your one-time code, please")
    before = running.bot.pid
    os.kill(before, signal.SIGKILL)
    tess.says(first)
    tess.hears("used already", 90)
    assert running.bot.pid != before
    # The next code counts already: clocks may differ.
    following = app.at(datetime.now(UTC), counter_offset=1)
    tess.says(following)
    tess.hears("Started")

    running.bot.stop()
    kept = b"".join(path.read_bytes() for path in running.realm.state.glob("stuf_bot.sqlite*"))
    log = running.log.read_bytes()
    assert b"chat:code:enrolled" in kept
    for secret in (app.secret, key[1], first, following):
        assert not _written(secret, log)
        assert not _written(secret, kept)


def _written(secret: str, file: bytes) -> list[bytes]:
    """Where it stands, with what is around it. Six digits are also part of many an id and of every time."""
    return re.findall(rb".{0,40}(?<![0-9.])%s(?![0-9]).{0,40}" % re.escape(secret.encode()), file, re.DOTALL)


def _gone(tess: Tess, message_id: int, key: str, picture: str) -> bool:
    content = next(message["content"] for message in tess.messages() if message["id"] == message_id)
    return key not in content and picture not in content
