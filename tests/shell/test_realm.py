"""The embedded realm as a whole: what it writes for the bot, what it keeps, what doctor finds in it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
import zulip

from sandbox.kept import Kept, StateInUseError
from sandbox.realm import Parts, Realm
from stuf_bot.cli.doctor import findings
from stuf_bot.configuration import load
from stuf_bot.settings import Settings

pytestmark = pytest.mark.realm


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    realm = Realm(tmp_path_factory.mktemp("realm"))
    realm.start()
    yield realm
    realm.stop()


@pytest.fixture(scope="module")
def settings(realm: Realm) -> Settings:
    return load(realm.bot_conf, {})


def test_the_bot_is_pointed_at_all_parts(realm: Realm, settings: Settings) -> None:
    assert realm.zulip
    assert realm.github
    assert realm.aws
    assert settings.zulip.site == realm.zulip.url
    assert settings.github.url == realm.github.url
    assert settings.aws.endpoint_url == realm.aws.url
    assert settings.stuf_bot.database_url == f"sqlite:///{realm.state}/stuf_bot.sqlite"


def test_only_the_owner_reads_what_it_wrote(realm: Realm) -> None:
    for path in (realm.bot_conf, realm.state / "keys.json", *realm.zuliprcs.values()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_note_says_what_to_try_and_calls_nobody(realm: Realm) -> None:
    tess = zulip.Client(config_file=str(realm.zuliprcs["tess"]), retry_on_errors=False)
    answer = tess.get_messages({"anchor": "newest", "num_before": 9, "num_after": 0, "apply_markdown": False})
    (note,) = [m for m in answer["messages"] if m["subject"] == "welcome"]
    assert "`@**STUF Bot** create`" in note["content"]
    assert not note["flags"]


def test_tess_may_create_and_pat_may_not(realm: Realm, settings: Settings) -> None:
    tess = zulip.Client(config_file=str(realm.zuliprcs["tess"]), retry_on_errors=False)
    groups = {g["name"]: g["members"] for g in tess.call_endpoint("user_groups", method="GET")["user_groups"]}
    assert realm.zulip
    assert groups[settings.roles.architects[0]] == [realm.zulip.accounts["tess"].user_id]
    assert groups[settings.roles.operators[0]] == [realm.zulip.accounts["omar"].user_id]


def test_the_pages_answer_where_zulip_does(realm: Realm) -> None:
    for page in ("/", "/mail"):
        with urlopen(str(realm.page_url).rstrip("/") + page, timeout=10) as answer:
            assert answer.headers["content-type"].startswith("text/html")


def test_doctor_finds_nothing_but_the_editing_limit(settings: Settings) -> None:
    found = list(findings(settings))
    problems = [str(finding) for finding in found if not finding.fine]
    assert len(problems) == 1, problems
    assert "messages can be edited for 10 minutes" in problems[0]
    told = " ".join(str(finding) for finding in found)
    assert "connected as STUF Bot" in told
    assert "architects: stuf-architects, 1 person" in told
    assert "has the workflow provision.yml" in told
    assert "verified in SES" in told


def test_a_second_realm_in_the_same_folder_is_refused(realm: Realm) -> None:
    with pytest.raises(StateInUseError, match="name another folder with --state"):
        Realm(realm.state)


def test_every_step_can_be_made_to_fail(realm: Realm) -> None:
    for stage in ("validate", "repository", "infrastructure", "application", "configuration", "verification"):
        realm.fail_once(stage)
    with pytest.raises(ValueError, match="cannot fail here"):
        realm.fail_once("lunch")


def test_ports_and_keys_are_kept_from_start_to_start(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    port, key = kept.port("zulip"), kept.key("hook")
    kept.close()
    again = Kept(tmp_path)
    assert (again.port("zulip"), again.key("hook")) == (port, key)
    again.close()


def test_parts_that_are_left_out_are_not_in_the_settings(tmp_path: Path) -> None:
    zuliprc = tmp_path / "zuliprc"
    zuliprc.write_text("[api]\nemail=b@example.org\nkey=abc\nsite=https://zulip.example.org\n")
    realm = Realm(tmp_path / "state", Parts(github=False, aws=False, page=True, zuliprc=zuliprc))
    realm.start()
    try:
        text = realm.bot_conf.read_text()
        assert str(realm.page_url).endswith("/mail")
        assert f"zuliprc = {zuliprc}" in text
        assert "architects = role:members" in text
        assert "[github]" not in text.split("# GitHub was left out")[0]
        assert "[aws]" not in text
        with pytest.raises(ValueError, match="left out"):
            realm.fail_once("repository")
    finally:
        realm.stop()
