"""Whatever is asked, the embedded GitHub answers; it never breaks."""

import re
from collections.abc import Callable

import pytest
import requests
from github.Repository import Repository

from sandbox.github import GitHub

ODD_BODY = {
    "name": 5,
    "ref": "refs/heads/\0",
    "sha": [],
    "inputs": 3,
    "config": 4,
    "names": 4,
    "permission": [],
    "permissions": 7,
    "repositories": 3,
    "events": 3,
    "content": 5,
    "message": {},
    "value": {},
    "key_id": "1000001",
    "encrypted_value": "!",
}


def addresses(hub: GitHub, odd: str) -> list[str]:
    """Every address of the server, with something odd where a name is expected."""
    known = {"owner": "acme", "repo": "control", "org": "acme"}

    def fill(found: re.Match[str]) -> str:
        name, kind = found.group(1), found.group(2)
        return known.get(name) or ("5" if kind == "int" else odd)

    paths = sorted({route.path for route in hub._server._server.config.app.routes})
    return [re.sub(r"\{(\w+)(?::(\w+))?\}", fill, path) for path in paths]


@pytest.mark.parametrize("odd", ["%00", "..%2f..%2f", "--all", "%ff", "main^"])
def test_odd_names_and_bodies(
    hub: GitHub, seed: Callable[..., Repository], ask: Callable[..., requests.Response], odd: str
) -> None:
    seed({".github/workflows/work.yml": "on: push\njobs: {}\n"})
    broken = []
    for path in addresses(hub, odd):
        for method, body in (("GET", None), ("POST", ODD_BODY), ("PUT", ODD_BODY), ("PATCH", ODD_BODY)):
            answer = ask(method, path, json=body)
            if answer.status_code >= 500:
                broken.append(f"{method} {path} {answer.status_code}")
    assert not broken


@pytest.mark.parametrize("body", ["{", "[1]", "5", '"x"', "null"])
def test_bodies_that_are_no_objects(ask: Callable[..., requests.Response], body: str) -> None:
    answer = ask("POST", "/orgs/acme/repos", data=body)
    assert answer.status_code in {400, 422}
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic !!", "Basic eA==", "Digest x", "token a.b.c", "Bearer ..."]
)
def test_credentials_that_are_none(ask: Callable[..., requests.Response], header: str) -> None:
    assert ask("GET", "/user", auth=None, headers={"Authorization": header}).status_code == 401


def test_pages_only_under_this_machines_names(hub: GitHub, ask: Callable[..., requests.Response]) -> None:
    answer = ask("GET", "/", headers={"Host": "elsewhere.example.org"})
    assert answer.status_code == 421
    port = hub.url.rsplit(":", 1)[1]
    assert ask("GET", "/", headers={"Host": f"localhost:{port}"}).status_code == 200
