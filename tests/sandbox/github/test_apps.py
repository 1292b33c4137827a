"""GitHub Apps and their installations, and secrets in sealed boxes."""

import time
from collections.abc import Callable

import github
import pytest
import requests
from github import Auth, GithubIntegration
from github.Repository import Repository

from sandbox.github import GitHub


@pytest.fixture
def integration(hub: GitHub) -> Callable[..., GithubIntegration]:
    def make(number: int, key: str) -> GithubIntegration:
        return GithubIntegration(
            auth=Auth.AppAuth(number, key),
            base_url=hub.url,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
        )

    return make


def test_an_installation_works_with_its_owners_repositories(
    hub: GitHub, seed: Callable[..., Repository], integration: Callable[..., GithubIntegration]
) -> None:
    seed({"a.txt": "a"})
    number, key, installation = hub.create_app("stuf-bot", "acme")
    found = integration(number, key).get_repo_installation("acme", "control")
    assert found.id == installation
    client = found.get_github_for_installation()
    assert client.get_repo("acme/control").permissions.push
    assert client.get_organization("acme").create_repo("stuf-audit", private=True).private
    with pytest.raises(github.GithubException) as refused:
        client.get_user().login  # noqa: B018 - reading it asks
    assert refused.value.status == 403


def test_a_token_for_one_repository(
    hub: GitHub,
    seed: Callable[..., Repository],
    integration: Callable[..., GithubIntegration],
    connect: Callable[[str], github.Github],
    ask: Callable[..., object],
    app_token: Callable[[int, str], str],
) -> None:
    del integration
    seed({"a.txt": "a"}, name="one")
    seed({"a.txt": "a"}, name="two")
    number, key, installation = hub.create_app("stuf-bot", "acme")
    address = f"/app/installations/{installation}/access_tokens"
    answer = ask("POST", address, auth=app_token(number, key), json={"repositories": ["one"]})
    client = connect(answer.json()["token"])  # type: ignore[attr-defined]
    assert client.get_repo("acme/one").name == "one"
    with pytest.raises(github.UnknownObjectException):
        client.get_repo("acme/two")


def test_a_key_of_another_app(hub: GitHub, integration: Callable[..., GithubIntegration]) -> None:
    number, _, _ = hub.create_app("stuf-bot", "acme")
    _, other, _ = hub.create_app("other", "acme")
    with pytest.raises(github.BadCredentialsException):
        list(integration(number, other).get_installations())


def test_tokens_end_after_an_hour(starter: Callable[..., GitHub], app_token: Callable[..., str]) -> None:
    offset = [0.0]
    hub = starter(clock=lambda: time.time() + offset[0])
    hub.create_account("acme", "Organization")
    number, key, installation = hub.create_app("stuf-bot", "acme")
    headers = {"Authorization": f"Bearer {app_token(number, key)}"}
    made = requests.post(
        f"{hub.url}/app/installations/{installation}/access_tokens", headers=headers, timeout=20
    )
    own = {"Authorization": f"token {made.json()['token']}"}
    address = f"{hub.url}/installation/repositories"
    assert requests.get(address, headers=own, timeout=20).status_code == 200
    offset[0] = 3601.0
    assert requests.get(address, headers=own, timeout=20).status_code == 401


def test_secrets_and_variables(hub: GitHub, seed: Callable[..., Repository]) -> None:
    repository = seed({"a.txt": "a"})
    repository.create_secret("TOP", "hush hush")
    assert [one.name for one in repository.get_secrets()] == ["TOP"]
    hub.set_secret("acme", "control", "OTHER", "x")
    assert repository.get_secret("OTHER").name == "OTHER"
    repository.create_variable("COLOUR", "blue")
    hub.set_variable("acme", "control", "COLOUR", "red")
    assert repository.get_variable("COLOUR").value == "red"
    live = repository.create_environment("live")
    live.create_secret("TOP", "other")
    assert [one.name for one in live.get_secrets()] == ["TOP"]
    with pytest.raises(KeyError):
        hub.set_variable("acme", "none", "A", "b")
    for wrong in ("GITHUB_X", "1A", "A-B"):
        with pytest.raises(github.GithubException):
            repository.create_variable(wrong, "x")
