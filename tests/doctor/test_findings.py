"""What doctor says about realms, repositories and clouds that are not as they should be."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from provisioning.github import GitHubRefused, GitHubUnavailable
from sandbox.zulip import ZulipRealm
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.configuration import load
from stuf_bot.doctor import cloud, control, realm
from stuf_bot.doctor.finding import Finding
from stuf_bot.settings import AwsSettings, Settings

ENVIRONMENT = {
    "STUF_BOT_ZULIP_EMAIL": "stuf-bot@example.org",
    "STUF_BOT_ZULIP_KEY": "key",
    "STUF_BOT_ZULIP_SITE": "https://zulip.example.org",
    "STUF_BOT_GITHUB_TOKEN": "token",
    "STUF_BOT_GITHUB_CONTROL_REPOSITORY": "acme/stuf-control",
    "STUF_BOT_WEB_PUBLIC_URL": "https://bot.example.org",
    "STUF_BOT_RELAYS_OWN_ACCOUNTS": "Acme-Bot[bot]",
}
VARIABLES = {
    "STUF_OWNER": "acme",
    "STUF_REGION": "eu-west-1",
    "STUF_SENDER": "uploads@example.org",
    "AWS_ROLE": "arn:aws:iam::000000000000:role/stuf",
    "STUF_NOTIFY_URL": "https://bot.example.org/hooks/stuf",
}


@pytest.fixture(scope="module")
def zulip_realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZulipRealm]:
    server = ZulipRealm(tmp_path_factory.mktemp("zulip"), edit_limit_seconds=None)
    server.start()
    yield server
    server.stop()


def settings(**changes: str) -> Settings:
    return load(None, {**ENVIRONMENT, **{f"STUF_BOT_{name}": value for name, value in changes.items()}})


def api(server: ZulipRealm, name: str, key: str | None = None) -> ZulipApi:
    account = server.accounts[name]
    return ZulipApi.from_account(server.url, account.email, key or account.api_key)


def problems(found: Iterator[Finding]) -> list[str]:
    return [str(finding) for finding in found if not finding.fine]


def test_a_realm_that_is_as_it_should_be(zulip_realm: ZulipRealm) -> None:
    assert problems(realm.look(settings(), api(zulip_realm, "bot"))) == []


def test_two_people_who_are_not_there(zulip_realm: ZulipRealm) -> None:
    """The realm has one administrator and one operator, and three members."""
    many = settings(POLICY_DESTROYS="two-people", POLICY_ACME_COSTS="two-people")
    assert problems(realm.look(many, api(zulip_realm, "bot"))) == []
    few = settings(
        POLICY_ACME_DESTROYS="two-people", POLICY_COSTS="two-people", ROLES_OPERATORS="role:owners"
    )
    (told,) = problems(realm.look(few, api(zulip_realm, "bot")))
    assert "[policy] destroys: a second person approves; 1 of the operators and administrators may" in told
    assert "Add people" in told


def test_groups_and_channels_that_are_missing(zulip_realm: ZulipRealm) -> None:
    wrong = settings(ROLES_ARCHITECTS="nobody-knows, role:nobody", STUF_BOT_ADMIN_CHANNEL="elsewhere")
    channel, unknown, empty = problems(realm.look(wrong, api(zulip_realm, "bot")))
    assert "#elsewhere does not exist" in channel
    assert "nobody-knows of the architects does not exist" in unknown
    assert "role:nobody of the architects is empty" in empty


def test_a_persons_account(zulip_realm: ZulipRealm) -> None:
    (problem,) = problems(realm.look(settings(), api(zulip_realm, "pat")))
    assert "Pat Plain is a person's account" in problem


def test_an_account_that_is_not_accepted(zulip_realm: ZulipRealm) -> None:
    (problem,) = problems(realm.look(settings(), api(zulip_realm, "bot", "x" * 32)))
    assert "does not accept the bot's account" in problem


def test_a_realm_that_gives_no_answer() -> None:
    away = ZulipApi.from_account("http://127.0.0.1:9", "a@example.org", "k")
    (problem,) = problems(realm.look(settings(), away))
    assert "gives no answer" in problem


class Control:
    """A control repository of the test's own."""

    repository = "acme/stuf-control"

    def __init__(
        self, files: object = frozenset({"provision.yml", "destroy.yml"}), variables: object = None
    ) -> None:
        self._files, self._variables = files, VARIABLES if variables is None else variables

    def workflow_files(self) -> Any:
        return _or_raise(self._files)

    def variables(self) -> Any:
        return _or_raise(self._variables)

    def account(self) -> str:
        return "acme-bot[bot]"


def _or_raise(value: object) -> object:
    if isinstance(value, Exception):
        raise value
    return value


def looked(repository: Any, **changes: str) -> list[str]:
    return problems(control.look(settings(**changes), repository))


def test_a_control_repository_that_is_as_it_should_be() -> None:
    assert looked(Control()) == []


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        (Control(GitHubRefused(404, "GitHub answered 404")), "GitHub answered 404"),
        (Control(GitHubUnavailable("no answer from GitHub")), "no answer from GitHub"),
        (Control(frozenset({"provision.yml"})), "has no workflow destroy.yml"),
        (Control(variables=GitHubRefused(403, "GitHub answered 403")), "they could not be checked"),
    ],
)
def test_what_github_answers(repository: Control, expected: str) -> None:
    (problem,) = looked(repository)
    assert expected in problem


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"STUF_SENDER": ""}, "STUF_SENDER is not set"),
        ({"STUF_OWNER": "other"}, "workflows make repositories of other, the bot looks at acme"),
        ({"STUF_NOTIFY_URL": ""}, "uploads are not announced"),
        (
            {"STUF_NOTIFY_URL": "https://old.example.org/hooks/stuf"},
            "the bot listens at https://bot.example.org",
        ),
    ],
)
def test_variables_that_do_not_fit(changed: Mapping[str, str], expected: str) -> None:
    (problem,) = looked(Control(variables={**VARIABLES, **changed}))
    assert expected in problem


def test_a_cloud_that_cannot_be_reached() -> None:
    away = AwsSettings.model_validate(
        {"endpoint_url": "http://127.0.0.1:9", "access_key_id": "test", "secret_access_key": "test"}
    )
    (problem,) = problems(cloud.look(away, "uploads@example.org"))
    assert "no call is accepted (EndpointConnectionError)" in problem


def test_an_account_whose_acts_would_be_news() -> None:
    (told,) = looked(Control(), RELAYS_OWN_ACCOUNTS="octo")
    assert "the bot acts as acme-bot[bot]" in told
    assert "Set [relays] own_accounts = octo, acme-bot[bot]" in told
