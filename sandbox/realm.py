"""The embedded realm as a whole: Zulip, GitHub, AWS, Sentry and the demo's pages, pointed at each other."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioning.models import REGIONS
from sandbox import botconf, control, welcome
from sandbox.aws import Aws
from sandbox.github import GitHub, Runner
from sandbox.kept import Kept
from sandbox.page import DemoPages, Outbox, SentMessage
from sandbox.sentry import Sentry, seeding
from sandbox.server import AsgiServer
from sandbox.zulip import Account, ZulipRealm
from sandbox.zulip.records import Group
from sandbox.zulip.seed import PEOPLE, seed_demo
from sandbox.zulip.world import World

ADMIN_CHANNEL = "stuf-admin"
# Packages are fetched by the runner in the way in which this machine fetches them.
_PASSED_ON = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class Parts:
    """What to start. `zuliprc`: the bot's account on an outside realm, in place of the embedded Zulip."""

    github: bool = True
    aws: bool = True
    sentry: bool = True
    page: bool = True
    zuliprc: Path | None = None


class Realm:
    """`start()` it, run the bot with `bot_conf`. `port` is the chat page's (and the embedded Zulip's)."""

    def __init__(self, state: Path, parts: Parts = Parts(), *, port: int = 0) -> None:
        self._parts = parts
        self._kept = Kept(state)
        self.state = self._kept.state
        self.bot_url = f"http://127.0.0.1:{self._kept.port('bot')}"
        self.aws = Aws(self._kept.folder("aws")) if parts.aws else None
        self.github = self._github() if parts.github else None
        self.sentry = Sentry(self._kept.folder("sentry"), self._kept.port("sentry")) if parts.sentry else None
        accounts: dict[str, Account] = {}
        pages = DemoPages(lambda: accounts, self._outbox(), links=self._links())
        self.zulip: ZulipRealm | None = None
        self._page_server: AsgiServer | None = None
        page_port = self._kept.port("zulip", port)
        if parts.zuliprc is None:
            routes = pages.routes if parts.page else ()
            folder = self._kept.folder("zulip")
            self.zulip = ZulipRealm(folder, page_port, extra_routes=routes, seed=_seed)
            accounts.update(self.zulip.accounts)
        elif parts.page:
            self._page_server = AsgiServer(pages, page_port)
        self.bot_conf = self.state / "bot.conf"

    @property
    def page_url(self) -> str | None:
        """The one address to open: the chat page, or with an outside realm the page of mails and texts."""
        if self._page_server:
            return f"{self._page_server.url}/mail"
        return f"{self.zulip.url}/" if self.zulip and self._parts.page else None

    @property
    def zuliprcs(self) -> Mapping[str, Path]:
        """The accounts of the embedded Zulip's people, as files, by first name."""
        return {name: self.state / f"{name}.zuliprc" for name in PEOPLE} if self.zulip else {}

    def start(self) -> None:
        """Start all parts and write `bot.conf`. Raises RuntimeError when a part does not start."""
        if self.aws:
            self.aws.start()
            for region in REGIONS:
                self.aws.prepare(control.SENDER, region)
        if self.github:
            self.github.start()
            self._seed_github(self.github)
        if self.sentry:
            self.sentry.start()
        if self.zulip:
            self.zulip.start()
            for name, path in self.zuliprcs.items():
                self._kept.write(path.name, self.zulip.zuliprc(name))
            self._kept.key("note", self._post_note)
        if self._page_server:
            self._page_server.start()
        self._kept.write(self.bot_conf.name, botconf.render(self._settings()))

    def stop(self) -> None:
        """Stop what was started; everything is kept for the next time."""
        for part in (self._page_server, self.zulip, self.sentry, self.github, self.aws):
            if part:
                part.stop()
        self._kept.close()

    def fail_once(self, stage: str) -> None:
        """Let that step of the next provisioning fail once. Raises ValueError when it cannot fail here."""
        if stage == "repository":
            if not self.github:
                raise ValueError("the step repository fails in GitHub, which is left out")
            self.github.fail_once("repository")
        elif not self.aws:
            raise ValueError(f"the step {stage} fails in AWS, which is left out")
        else:
            self.aws.fail_once(stage)

    def _github(self) -> GitHub:
        environment = dict(self.aws.environment) if self.aws else {}
        environment |= {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
        provisioning = os.environ.get("PROVISIONING_VENV") or str(control.ROOT / ".venv-provisioning")
        environment |= {"PROVISIONING_VENV": provisioning, "STUF_BUILD_CACHE": str(build_cache())}
        runner = Runner(environment=environment, max_parallel=2)
        return GitHub(self._kept.folder("github"), self._kept.port("github"), runner=runner)

    def _links(self) -> Mapping[str, str]:
        """The pages of the other parts, by their names."""
        parts = {"GitHub": self.github, "Sentry": self.sentry}
        stufs = {"STUFs": self.aws.edge_url} if self.aws else {}
        return {**{name: part.url for name, part in parts.items() if part}, **stufs}

    def _outbox(self) -> Outbox:
        return self.aws.outbox if self.aws else _NothingSent()

    def _seed_github(self, github: GitHub) -> None:
        template = f"{self.aws.edge_url}/{{slug}}" if self.aws else "https://{domain}"
        token = self._kept.key("workflow token", lambda: github.create_token(control.OWNER))
        control.seed(github, control.Control(token, template, f"{self.bot_url}/hooks/stuf"))
        control.hook(github, self._bot_token(github), f"{self.bot_url}/hooks/github", self._kept.key("hook"))

    def _bot_token(self, github: GitHub) -> str:
        return self._kept.key("bot token", lambda: github.create_token(control.OWNER))

    def _post_note(self) -> str:
        if self.zulip:
            welcome.post(self.zulip.url, self.zulip.accounts["ada"], ADMIN_CHANNEL)
        return "posted"

    def _settings(self) -> Mapping[str, Mapping[str, object]]:
        zuliprc = self._parts.zuliprc.resolve() if self._parts.zuliprc else "bot.zuliprc"
        settings: dict[str, Mapping[str, object]] = {
            "stuf_bot": {"admin_channel": ADMIN_CHANNEL},
            "zulip": {"zuliprc": zuliprc},
            # On an outside realm nobody has made groups for this.
            "roles": {"architects": "stuf-architects" if self.zulip else "role:members"},
            "policy": {"code_key": self._kept.key("codes", _code_key)},
            # For examples/approval.chat alone.
            "policy:vault-files": {"costs": "two-people"},
            "web": {"port": self.bot_url.rpartition(":")[2], "public_url": self.bot_url},
            "relays": {"own_accounts": f"{control.OWNER}, {control.OWNER}-admin"},
        }
        if self.github:
            settings["github"] = {
                "url": self.github.url,
                "token": self._bot_token(self.github),
                "control_repository": f"{control.OWNER}/{control.NAME}",
                "webhook_secrets": self._kept.key("hook"),
                "poll_seconds": 1,
            }
        if self.aws:
            settings["aws"] = {
                "region": control.REGION,
                "endpoint_url": self.aws.url,
                "access_key_id": self.aws.environment["AWS_ACCESS_KEY_ID"],
                "secret_access_key": self.aws.environment["AWS_SECRET_ACCESS_KEY"],
            }
        if self.sentry:
            settings["sentry"] = self._sentry_settings(self.sentry)
        return settings

    def _sentry_settings(self, sentry: Sentry) -> Mapping[str, object]:
        people = {name: full_name for name, (_, full_name) in PEOPLE.items() if name != "bot"}
        app = seeding.seed(sentry, people, lambda make: self._kept.key("sentry", make))
        sentry.point_webhooks(app.app, f"{self.bot_url}/hooks/sentry")
        return {
            "url": sentry.url,
            "organization": seeding.ORGANIZATION,
            "team": seeding.TEAM,
            "token": app.token,
            "app_id": app.app,
            "client_secrets": app.client_secret,
            "environment": "demo",
            "poll_minutes": 1,
        }


def build_cache() -> Path:
    """Where packages for Lambda are kept, for all realms of this checkout."""
    return Path(os.environ.get("STUF_BUILD_CACHE") or control.ROOT / "build" / "lambda")


def _code_key() -> str:
    """What people's one-time codes are encrypted with."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


class _NothingSent:
    """The mails and texts of a realm without AWS."""

    def messages(self) -> list[SentMessage]:
        return []


def _seed(world: World) -> None:
    """The demo's people, with a group of those who may create STUFs: Tess, and not Pat."""
    seed_demo(world)
    world.keep(
        Group(
            id=world.number("group"),
            name="stuf-architects",
            description="Who may create STUFs.",
            members=[PEOPLE["tess"][0]],
            can_mention=15,
        )
    )
