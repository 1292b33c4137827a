"""The Sentry of the demo: filled once, and the bot's settings point at it."""

import configparser
from pathlib import Path

from reporting_site import Caller

from sandbox.realm import Parts, Realm


def test_the_bot_gets_the_integration_and_keeps_it(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        realm = Realm(tmp_path / "state", Parts(github=False, aws=False, page=False))
        realm.start()
        try:
            settings = configparser.RawConfigParser()
            settings.read(realm.bot_conf)
            section = dict(settings["sentry"])
            api = Caller(section["url"], section["token"])
            names = {one["name"] for one in api("GET", "/organizations/acme/members/").json()}
            (team,) = api("GET", "/organizations/acme/teams/").json()
            found.append((section, names, team["slug"], team["memberCount"]))
            assert realm.sentry is not None
            (app,) = realm.sentry._realm.integrations
            assert (app.app, app.client_secret) == (section["app_id"], section["client_secrets"])
            assert app.webhook_url == f"{realm.bot_url}/hooks/sentry"
        finally:
            realm.stop()
    assert found[0] == found[1]
    section, names, *team_found = found[0]
    assert names == {"Ada Admin", "Tess Architect", "Omar Ops", "Pat Plain"}
    assert (section["organization"], section["team"], *team_found) == ("acme", "stuf", "stuf", 4)


def test_it_can_be_left_out(tmp_path: Path) -> None:
    realm = Realm(tmp_path / "state", Parts(github=False, aws=False, sentry=False, page=False))
    realm.start()
    try:
        settings = configparser.RawConfigParser()
        settings.read(realm.bot_conf)
        assert realm.sentry is None
        assert "sentry" not in settings
    finally:
        realm.stop()
