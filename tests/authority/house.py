"""People at the embedded realm who talk with a bot, and an owner who changes who they are."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zulip

from sandbox.zulip import ZulipRealm
from stuf_bot.bootstrap import App, build
from stuf_bot.configuration import load

Json = dict[str, Any]
PATIENCE_SECONDS = 60.0
CONF = """[stuf_bot]
database_url = sqlite:///{folder}/bot.sqlite
[zulip]
zuliprc = {folder}/zuliprc
[roles]
architects = stuf-architects
operators = stuf-operators
administrators = role:administrators
[github]
url = http://127.0.0.1:9
control_repository = acme/control
token = none
[web]
port = 0
"""
CREATE = """create
```yaml
name: Acme Audit
slug: {slug}
participants: ana@example.org +44 7700 900123
```"""


class House:
    """One realm, one bot: `says` is a direct message and what the bot answers to it."""

    def __init__(self, folder: Path) -> None:
        self.realm = ZulipRealm(folder / "zulip", rate_limit=1_000_000)
        self.realm.start()
        self.ids = {name: account.user_id for name, account in self.realm.accounts.items()}
        self._clients = {name: self._client(account) for name, account in self.realm.accounts.items()}
        self.group("stuf-architects", "tess")
        (folder / "zuliprc").write_text(self.realm.zuliprc("bot"))
        (folder / "bot.conf").write_text(CONF.format(folder=folder))
        self.app: App = build(load(folder / "bot.conf", {}))
        # No operation gets further than being noted.
        for part in (self.app.hall, self.app.sender, self.app.intake):
            part.start()
        self.until(self.app.intake.connected.is_set)

    def close(self) -> None:
        for part in (self.app.intake, self.app.hall, self.app.sender):
            part.stop()
        self.app.database.close()
        self.realm.stop()

    def _client(self, account: Any) -> zulip.Client:
        return zulip.Client(
            site=self.realm.url, email=account.email, api_key=account.api_key, retry_on_errors=False
        )

    def until(self, holds: Callable[[], Any]) -> Any:
        """Wait for what other threads do."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if found := holds():
                return found
            time.sleep(0.01)
        raise AssertionError("it never happened")

    # -- talking -------------------------------------------------------------------------------

    def says(self, who: str, text: str) -> str:
        """All that the bot answers to this person. Empty where it does not answer them."""
        sent = self._send(who, text)
        # Events come in their order: once the owner is answered, so is everybody before her.
        after = self._send("ada", "whoami")
        self.until(lambda: self._answers("ada", after))
        self.until(self._quiet)
        return "\n".join(self._answers(who, sent))

    def reacts(self, who: str, to: str, text: str) -> str:
        """👍 of this person on the newest message to `to` that holds the text."""
        message = next(each for each in reversed(self._read(to, 0)) if text in each["content"])
        before = self._newest(who)
        self.call(who, f"messages/{message['id']}/reactions", emoji_name="+1")
        after = self._send("ada", "whoami")
        self.until(lambda: self._answers("ada", after))
        self.until(self._quiet)
        return "\n".join(self._answers(who, before))

    def call(self, who: str, path: str, method: str = "POST", **request: Any) -> Json:
        answer: Json = self._clients[who].call_endpoint(path, method, request)
        assert answer["result"] == "success", answer
        return answer

    def _send(self, who: str, text: str) -> int:
        return int(self.call(who, "messages", type="direct", to=[self.ids["bot"]], content=text)["id"])

    def _newest(self, who: str) -> int:
        return max((int(each["id"]) for each in self._read(who, 0)), default=0)

    def _answers(self, who: str, after: int) -> list[str]:
        return [each["content"] for each in self._read(who, after)]

    def _read(self, who: str, after: int) -> list[Json]:
        narrow = [{"operator": "dm", "operand": [self.ids["bot"]]}]
        request = {"anchor": "newest", "num_before": 200, "num_after": 0, "narrow": narrow}
        found = self.call(who, "messages", "GET", apply_markdown=False, **request)["messages"]
        return [each for each in found if each["sender_id"] == self.ids["bot"] and each["id"] > after]

    def _quiet(self) -> bool:
        return self.app.hall.calm(1.0) and self.app.sender.calm(1.0)

    # -- what the owner of the realm does ------------------------------------------------------

    def change(self, who: str, **request: Any) -> None:
        """Another name or role."""
        self.call("ada", f"users/{self.ids[who]}", "PATCH", **request)

    def deactivate(self, who: str) -> None:
        self.call("ada", f"users/{self.ids[who]}", "DELETE")

    def reactivate(self, who: str) -> None:
        self.call("ada", f"users/{self.ids[who]}/reactivate")

    def group(self, name: str, *members: str) -> int:
        """A new group; gives its id."""
        ids = [self.ids[who] for who in members]
        self.call("ada", "user_groups/create", name=name, description="", members=ids)
        return self.group_id(name)

    def group_id(self, name: str) -> int:
        groups = self.call("ada", "user_groups", "GET")["user_groups"]
        return next(int(group["id"]) for group in groups if group["name"] == name)

    def members(self, name: str, **changes: list[str]) -> None:
        """`add` and `delete` people."""
        ids = {kind: [self.ids[who] for who in people] for kind, people in changes.items()}
        self.call("ada", f"user_groups/{self.group_id(name)}/members", **ids)

    # -- what the bot has ----------------------------------------------------------------------

    def stufs(self) -> list[str]:
        with self.app.database.reading() as session:
            return [stuf.slug for stuf in self.app.fleet.all(session)]

    def architects(self, slug: str) -> tuple[int, ...]:
        with self.app.database.reading() as session:
            stuf = self.app.fleet.get(session, slug)
        assert stuf is not None
        return stuf.architects
