"""What doctor says about Sentry, asked of the embedded one."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.sentry import Sentry
from stuf_bot.configuration import load
from stuf_bot.doctor import sentry as looks

ZULIP = {
    "STUF_BOT_ZULIP_EMAIL": "stuf-bot@example.org",
    "STUF_BOT_ZULIP_KEY": "key",
    "STUF_BOT_ZULIP_SITE": "https://zulip.example.org",
    "STUF_BOT_GITHUB_TOKEN": "token",
    "STUF_BOT_GITHUB_CONTROL_REPOSITORY": "acme/stuf-control",
    "STUF_BOT_WEB_PUBLIC_URL": "https://bot.example.org",
}


@dataclass
class Here:
    """The embedded Sentry, and the settings that fit it."""

    server: Sentry
    fitting: dict[str, str]

    def found(self, **changes: str | None) -> list[str]:
        given = {**ZULIP, **{f"STUF_BOT_SENTRY_{name}": value for name, value in self.fitting.items()}}
        for name, value in changes.items():
            given.pop(f"STUF_BOT_SENTRY_{name}", None)
            if value is not None:
                given[f"STUF_BOT_SENTRY_{name}"] = value
        settings = load(None, given)
        return [str(finding) for finding in looks.look(settings)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    server = Sentry(tmp_path_factory.mktemp("sentry"))
    server.start()
    server.create_organization("acme")
    server.create_team("acme", "stuf")
    bot = server.create_integration("acme", "STUF Bot", "")
    fitting = {
        "URL": server.url,
        "ORGANIZATION": "acme",
        "TEAM": "stuf",
        "TOKEN": bot.token,
        "CLIENT_SECRETS": "a secret",
        "APP_ID": bot.app,
    }
    yield Here(server, fitting)
    server.stop()


def test_all_is_in_place(here: Here) -> None:
    assert here.found() == ["ok       Sentry: organization acme, team stuf"]


def test_it_may_be_left_out(here: Here) -> None:
    (line,) = here.found(TOKEN=None)
    assert line.startswith("ok       Sentry: no [sentry] token")


def test_a_token_that_is_not_accepted(here: Here) -> None:
    (line,) = here.found(TOKEN="wrong")
    assert "PROBLEM  Sentry: no call is accepted" in line
    assert "[sentry] url, organization (acme) and token" in line
    assert "wrong" not in line


def test_another_team_no_secret_no_id(here: Here) -> None:
    team, secret, app = here.found(TEAM="others", CLIENT_SECRETS=None, APP_ID=None)
    assert "there is no team others" in team
    assert "Set [sentry] team to one of these: stuf." in team
    assert "https://bot.example.org/hooks/sentry" in secret
    assert (
        f"Set [sentry] app_id to that of the bot's integration: {here.fitting['APP_ID']} (stuf-bot)." in app
    )


def test_an_id_that_is_no_integrations(here: Here) -> None:
    (_, app) = here.found(APP_ID="stuf-bot")
    assert "there is no integration stuf-bot: alerts do not reach the bot, and it may hear itself" in app
