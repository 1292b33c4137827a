"""bot.conf and the environment: what they become, and what is said about everything that is wrong."""

import configparser
import re
from pathlib import Path

import pytest

from stuf_bot.configuration import SECTIONS, ConfigurationError, load, settable, usual
from stuf_bot.messages import Effect
from stuf_bot.policy import Way

ROOT = Path(__file__).parents[2]
ENOUGH = {
    "STUF_BOT_ZULIP_EMAIL": "stuf-bot@example.org",
    "STUF_BOT_ZULIP_KEY": "zulip-key",
    "STUF_BOT_ZULIP_SITE": "https://zulip.example.org/",
    "STUF_BOT_GITHUB_TOKEN": "github-token",
    "STUF_BOT_GITHUB_CONTROL_REPOSITORY": "acme/stuf-control",
}


def problems(path: Path | None, environment: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, environment)
    return [str(problem) for problem in caught.value.problems]


def written(folder: Path, text: str) -> Path:
    path = folder / "bot.conf"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_environment_is_enough() -> None:
    settings = load(None, ENOUGH)
    assert settings.zulip.site == "https://zulip.example.org"
    assert settings.github.instance_owner == "acme"
    assert settings.roles.architects == ("role:members",)
    assert settings.web.port == 8081


def test_a_file_with_a_zuliprc_beside_it(tmp_path: Path) -> None:
    (tmp_path / "zuliprc").write_text("[api]\nemail=b@example.org\nkey=abc\nsite=https://z.example.org\n")
    path = written(
        tmp_path,
        "[stuf_bot]\ndatabase_url = sqlite:///here.sqlite\n[zulip]\nzuliprc = zuliprc\n"
        "[github]\ncontrol_repository = acme/control\ntoken = t\nowner = other\nwebhook_secrets = a, b\n"
        "[roles]\narchitects = one, two\n",
    )
    settings = load(path, {})
    assert settings.zulip.key.get_secret_value() == "abc"
    assert settings.stuf_bot.database_url == f"sqlite:///{tmp_path}/here.sqlite"
    assert settings.roles.architects == ("one", "two")
    assert [secret.get_secret_value() for secret in settings.github.webhook_secrets] == ["a", "b"]
    assert settings.github.instance_owner == "other"
    assert set(settings.secrets()) == {"abc", "t", "a", "b"}


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[stuf_bot]\nadmin_channel = from the file\nlog_level = DEBUG\n")
    settings = load(path, {**ENOUGH, "STUF_BOT_STUF_BOT_ADMIN_CHANNEL": "from outside"})
    assert settings.stuf_bot.admin_channel == "from outside"
    assert settings.stuf_bot.log_level == "DEBUG"


def test_a_given_account_replaces_the_zuliprc(tmp_path: Path) -> None:
    path = written(tmp_path, "[zulip]\nzuliprc = nowhere\n")
    settings = load(path, ENOUGH)
    assert settings.zulip.email == "stuf-bot@example.org"
    assert settings.zulip.zuliprc is None


def test_one_given_value_goes_before_the_zuliprc(tmp_path: Path) -> None:
    (tmp_path / "zuliprc").write_text("[api]\nemail=b@example.org\nkey=abc\nsite=https://z.example.org\n")
    path = written(tmp_path, "[zulip]\nzuliprc = zuliprc\nkey = other\n")
    settings = load(path, {name: value for name, value in ENOUGH.items() if "ZULIP" not in name})
    assert settings.zulip.key.get_secret_value() == "other"
    assert settings.zulip.email == "b@example.org"
    assert settings.zulip.zuliprc is None


def test_databases_elsewhere_are_left_as_they_are() -> None:
    for url in ("postgresql+psycopg://me@db.example.org/stuf", "sqlite:////var/lib/stuf.sqlite"):
        assert load(None, {**ENOUGH, "STUF_BOT_STUF_BOT_DATABASE_URL": url}).stuf_bot.database_url == url


def test_everything_wrong_is_named_at_once_with_section_key_and_reason(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "[stuf_bot]\nlog_level = LOUD\n[zulip]\nemail = b@example.org\n[web]\nport = eighty\ncolour = red\n"
        "[aws]\naccess_key_id = AK\n[sentri]\ndsn = x\n[github]\ncontrol_repository = control\n",
    )
    assert problems(path, {"STUF_BOT_GITHIB_TOKEN": "x"}) == [
        "[sentri] is not a section; there are stuf_bot, zulip, roles, policy, github, aws, web, cloud, relays, sentry",
        f"[environment] STUF_BOT_GITHIB_TOKEN: names no section; there are {', '.join(SECTIONS)}",
        "[stuf_bot] log_level: input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
        "[zulip] needs key and site as well",
        "[github] control_repository: must be owner/name, for example acme/stuf-control",
        "[aws] needs access_key_id and secret_access_key together, or neither",
        "[web] port: must be a whole number",
        (
            "[web] colour: is not a setting; there are host, port, public_url, body_limit, body_seconds, "
            "deliveries_per_second, metrics_token"
        ),
    ]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "[zulip] needs zuliprc (the path of the bot's zuliprc file), or email, key and site"),
        (
            {},
            "[github] control_repository: is missing: the repository whose workflows provision, as owner/name",
        ),
        ({"STUF_BOT_ZULIP_ZULIPRC": "/nowhere/zuliprc"}, "[zulip] zuliprc: /nowhere/zuliprc cannot be read"),
        ({**ENOUGH, "STUF_BOT_GITHUB_TOKEN": ""}, "[github] needs token, or app_id and private_key_file"),
        ({**ENOUGH, "STUF_BOT_GITHUB_APP_ID": "7"}, "[github] has both token and app_id; keep one"),
        (
            {**ENOUGH, "STUF_BOT_GITHUB_TOKEN": "", "STUF_BOT_GITHUB_APP_ID": "7"},
            "[github] needs private_key_file with app_id",
        ),
        (
            {**ENOUGH, "STUF_BOT_ZULIP_SITE": "zulip.example.org"},
            "[zulip] site: must be an address that starts",
        ),
        ({**ENOUGH, "STUF_BOT_GITHUB_POLL_SECONDS": "soon"}, "[github] poll_seconds: must be a number"),
    ],
)
def test_single_mistakes(environment: dict[str, str], expected: str) -> None:
    assert any(problem.startswith(expected) for problem in problems(None, environment))


def test_an_unreadable_zuliprc_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "zuliprc").write_text("nothing")
    path = written(tmp_path, "[zulip]\nzuliprc = zuliprc\n[github]\ncontrol_repository = a/b\ntoken = t\n")
    assert len(problems(path, {})) == 1


@pytest.mark.parametrize("text", ["no section\n", "[stuf_bot\n", "[a]\nb=1\n[a]\n"])
def test_a_file_that_is_no_ini_file(tmp_path: Path, text: str) -> None:
    (problem,) = problems(written(tmp_path, text), ENOUGH)
    assert "is no INI file" in problem


def test_a_missing_file_says_what_to_name() -> None:
    (problem,) = problems(Path("nowhere.conf"), ENOUGH)
    assert "nowhere.conf cannot be read" in problem
    assert "--config" in problem


def test_no_secret_is_shown_with_a_mistake() -> None:
    told = " ".join(problems(None, {**ENOUGH, "STUF_BOT_WEB_PORT": "x"}))
    assert "zulip-key" not in told
    assert "github-token" not in told
    assert "github-token" not in repr(load(None, ENOUGH))


def test_the_example_names_every_setting_and_no_other() -> None:
    text = (ROOT / "bot.conf.example").read_text(encoding="utf-8")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(re.sub(r"(?m)^#(\w+ =)", r"\1", text))
    shown = {(section, key) for section in parser.sections() for key in parser[section]}
    known = {(section, key) for section, model in SECTIONS.items() for key in settable(model)}
    assert shown == known


def test_the_example_shows_the_defaults() -> None:
    text = (ROOT / "bot.conf.example").read_text(encoding="utf-8")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(re.sub(r"(?m)^#(\w+ =)", r"\1", text))
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            if isinstance(field.default, str | int | float) and field.default != "":
                default = field.default
                shown = str(default).lower() if isinstance(default, bool) else str(default)
                expected = f"{default:g}" if isinstance(default, float) else shown
                assert parser[section][key] == expected, (section, key)


def test_the_manual_describes_every_setting() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for section, model in SECTIONS.items():
        assert f"[{section}]" in text
        for key in settable(model):
            assert f"`{key}`" in text, f"{section}.{key}"


def test_without_a_file_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert usual(None) is None
    assert usual(Path("named.conf")) == Path("named.conf")
    (tmp_path / "bot.conf").touch()
    assert usual(None) == Path("bot.conf")


CODE_KEY = "c3R1Zi1ib3Qtc3R1Zi1ib3Qtc3R1Zi1ib3Qtc3R1Zi0="
CODED = {"STUF_BOT_POLICY_CODE_KEY": CODE_KEY}
POLICY = (
    "[policy]\nchanges = self\ndestroys = two-people\n"
    "[policy:acme-audit]\ndestroys = code\n[policy:beta]\nchanges = none\n"
)


def test_policies_are_read_for_everything_and_for_single_stufs(tmp_path: Path) -> None:
    settings = load(written(tmp_path, POLICY + "[policy:gamma]\ncosts = typed\n"), ENOUGH | CODED)
    policy = settings.policy.policy()
    assert policy.of(Effect.CHANGES, None) is Way.SELF
    assert policy.of(Effect.CHANGES, "beta") is Way.NONE
    assert policy.of(Effect.DESTROYS, "acme-audit") is Way.CODE
    assert policy.of(Effect.DESTROYS, "beta") is Way.TWO_PEOPLE
    assert policy.of(Effect.COSTS, "gamma") is Way.TYPED
    assert policy.of(Effect.COSTS, "beta") is Way.SELF


def test_without_a_policy_there_are_the_defaults() -> None:
    policy = load(None, ENOUGH).policy.policy()
    assert [policy.of(effect, "acme-audit") for effect in Effect] == [Way.NONE, Way.NONE, Way.SELF, Way.SELF]


def test_the_environment_sets_policies_too(tmp_path: Path) -> None:
    given = {
        "STUF_BOT_POLICY_DESTROYS": "typed",
        "STUF_BOT_POLICY_ACME_AUDIT_DESTROYS": "two-people",
        "STUF_BOT_POLICY_BETA_CHANGES": "self",
    }
    policy = load(written(tmp_path, POLICY), ENOUGH | CODED | given).policy.policy()
    assert policy.of(Effect.DESTROYS, None) is Way.TYPED
    assert policy.of(Effect.DESTROYS, "acme-audit") is Way.TWO_PEOPLE
    assert policy.of(Effect.CHANGES, "beta") is Way.SELF


def test_wrong_policies_are_named_with_section_key_and_reason(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "[policy]\nchanges = maybe\ncosts = none\ncolour = red\nstufs = x\ncode_key = short\n"
        "[policy:acme-audit]\ndestroys = none\ncode_key = x\n[policy:Acme]\n[policy:]\n[roles:x]\n",
    )
    settings = "changes, costs, destroys"
    naming = "must be named after a STUF by its slug, for example [policy:acme-audit]"
    ways = "input should be 'none', 'self', 'typed', 'two-people' or 'code'"
    never = "cannot be none: what costs or destroys is always confirmed"
    key = "must be 32 random bytes in URL-safe base64; docs/configuration.md says how to make one"
    told = problems(path, ENOUGH | {"STUF_BOT_POLICY_STUFS": "x", "STUF_BOT_POLICY_BETA_COSTS": "once"})
    assert sorted(told) == sorted(
        [
            f"[policy] changes: {ways}",
            f"[policy] costs: {never}",
            f"[policy] colour: is not a setting; there are {settings}, code_key",
            f"[policy] stufs: is not a setting; there are {settings}, code_key",
            f"[policy] code_key: {key}",
            f"[policy:acme-audit] destroys: {never}",
            f"[policy:acme-audit] code_key: is not a setting; there are {settings}",
            f"[policy:beta] costs: {ways}",
            f"[policy:Acme] {naming}",
            f"[policy:] {naming}",
            f"[roles:x] is not a section; there are {', '.join(SECTIONS)}",
        ]
    )


@pytest.mark.parametrize(
    "given", [{"STUF_BOT_POLICY_COSTS": "code"}, {"STUF_BOT_POLICY_ACME_AUDIT_CHANGES": "code"}]
)
def test_codes_need_a_key(given: dict[str, str]) -> None:
    assert problems(None, ENOUGH | given) == ["[policy] needs code_key where something is confirmed by code"]
    assert load(None, ENOUGH | CODED | given).policy.code_key is not None


def test_the_key_of_the_codes_is_a_secret() -> None:
    settings = load(None, ENOUGH | CODED)
    assert CODE_KEY in settings.secrets()
    assert CODE_KEY not in repr(settings)
