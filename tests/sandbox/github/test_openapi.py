"""Every answer of the addresses in use agrees with GitHub's own description of its API."""

import base64
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from github.Repository import Repository
from nacl.public import PublicKey, SealedBox

from sandbox.github import GitHub

CONTRACTS = Path(os.environ.get("STUF_CONTRACTS") or Path(__file__).parents[4] / "shared" / "contracts")
DESCRIPTION = CONTRACTS / "github-openapi.json"
WORKFLOW = """
on:
  workflow_dispatch:
    inputs: {stuf: {type: string, required: true}}
run-name: Provision ${{ inputs.stuf }}
jobs:
  provision:
    runs-on: ubuntu-latest
    steps:
      - name: validate
        run: echo ok
"""

# Where the description itself is wrong: the place, and why nothing can agree with it.
WRONG = {
    ("GET /app/installations 200", "$[0].account"): "asks for a user and an enterprise at once (allOf)",
    (
        "PUT /repos/{owner}/{repo}/contents/{path} 409",
        "$",
    ): "409 has two forms (oneOf) that any error fits both of",
}

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.exists(), reason="GitHub's API description is not here: set STUF_CONTRACTS to its folder"
)


class Contract:
    """Sends requests and compares what comes back with the description."""

    def __init__(self, ask: Callable[..., requests.Response]) -> None:
        self._ask = ask
        self._description = json.loads(DESCRIPTION.read_text())
        self._components = _without_nullable(self._description["components"])
        self.checked: set[tuple[str, str]] = set()
        self.faults: list[str] = []

    def __call__(self, method: str, path: str, *, status: int, **options: Any) -> Any:
        """The body of the answer; what is wrong with it is noted in `faults`."""
        response = self._ask(method, path, **options)
        body = (
            response.json()
            if response.headers.get("content-type", "").startswith("application/json")
            else None
        )
        name = f"{method} {path}"
        if response.status_code != status:
            self.faults.append(f"{name}: {response.status_code} instead of {status}: {response.text[:200]}")
            return body
        template, operation = self._operation(method, path.split("?", maxsplit=1)[0])
        found = operation["responses"].get(str(status))
        if found is None:
            self.faults.append(f"{name}: {status} is not among the answers of {template}")
            return body
        if "$ref" in found:
            found = self._description["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
        self.checked.add((method, template))
        schema = found.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            self._validate(f"{method} {template} {status}", schema, body)
        elif body is not None and status < requests.codes.bad_request:
            self.faults.append(f"{name}: a body where there should be none")
        return body

    def _operation(self, method: str, path: str) -> tuple[str, Any]:
        """The description's operation that fits best: the one with the most literal parts."""
        fitting = []
        for template, operations in self._description["paths"].items():
            pattern = "".join(_pattern(part) for part in re.split(r"(\{[^}]+\})", template))
            if method.lower() in operations and re.fullmatch(pattern, path):
                fitting.append((template.count("{"), template, operations[method.lower()]))
        assert fitting, f"{method} {path} is not in the description"
        _, template, operation = min(fitting, key=lambda one: one[0])
        return template, operation

    def _validate(self, name: str, schema: Any, body: Any) -> None:
        whole = {**_without_nullable(schema), "components": self._components}
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        for error in jsonschema.Draft202012Validator(whole, format_checker=checker).iter_errors(body):
            deepest = jsonschema.exceptions.best_match([error])
            if (name, error.json_path) not in WRONG:
                self.faults.append(f"{name}: {deepest.json_path} {deepest.message[-300:]}")


def _pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return ".+" if part in {"{path}", "{ref}", "{basehead}"} else "[^/]+"


def _without_nullable(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`."""
    if isinstance(schema, list):
        return [_without_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _without_nullable(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


@pytest.fixture
def contract(ask: Callable[..., requests.Response]) -> Contract:
    return Contract(ask)


@pytest.fixture
def repository(hub: GitHub, workflow: Callable[[str], Repository]) -> str:
    found = workflow(WORKFLOW)
    hub.set_variable("acme", "control", "STUF_REGION", "eu-west-1")
    return f"/repos/{found.full_name}"


def settle(contract: Contract) -> None:
    assert not contract.faults, "\n".join(contract.faults)
    assert contract.checked


def test_the_server_and_its_people(contract: Contract) -> None:
    for path in ("meta", "versions", "rate_limit", "user", "users/tess", "users/acme", "user/repos"):
        contract("GET", f"/{path}", status=200)
    contract("GET", "/users/nobody-here", status=404)
    contract("GET", "/user", status=401, auth="wrong")
    settle(contract)


def test_repositories(contract: Contract) -> None:
    made = contract("POST", "/orgs/acme/repos", status=201, json={"name": "stuf-audit", "private": True})
    assert made["private"] is True
    contract("POST", "/orgs/acme/repos", status=422, json={"name": "stuf-audit"})
    contract("POST", "/user/repos", status=201, json={"name": "own", "auto_init": True})
    contract("GET", "/orgs/acme/repos", status=200)
    contract("GET", "/repos/acme/stuf-audit", status=200)
    contract("GET", "/repos/acme/none", status=404)
    contract("PATCH", "/repos/acme/stuf-audit", status=200, json={"description": "Uploads", "archived": True})
    contract("PUT", "/repos/acme/stuf-audit/topics", status=200, json={"names": ["stuf"]})
    contract("GET", "/repos/acme/stuf-audit/topics", status=200)
    contract("DELETE", "/repos/acme/stuf-audit", status=204)
    settle(contract)


def test_collaborators(contract: Contract, hub: GitHub, repository: str) -> None:
    contract("PUT", f"{repository}/collaborators/tess", status=201, json={"permission": "pull"})
    waiting = contract("GET", f"{repository}/invitations", status=200)
    address = f"{repository}/invitations/{waiting[0]['id']}"
    contract("PATCH", address, status=200, json={"permissions": "write"})
    contract("DELETE", address, status=204)
    contract("PUT", f"{repository}/collaborators/tess", status=201, json={"permission": "pull"})
    tess = hub.create_token("tess")
    waiting = contract("GET", f"{repository}/invitations", status=200)
    hers = f"/user/repository_invitations/{waiting[0]['id']}"
    assert contract._ask("PATCH", hers, auth=tess).status_code == 204
    contract("GET", f"{repository}/collaborators", status=200)
    contract("GET", f"{repository}/collaborators/tess", status=204)
    contract("GET", f"{repository}/collaborators/tess/permission", status=200)
    contract("PUT", f"{repository}/collaborators/tess", status=204, json={"permission": "push"})
    contract("DELETE", f"{repository}/collaborators/tess", status=204)
    contract("GET", f"{repository}/collaborators/tess", status=404)
    settle(contract)


def test_files_and_git(contract: Contract, repository: str) -> None:
    text = base64.b64encode(b"hello\n").decode()
    made = contract(
        "PUT", f"{repository}/contents/notes/a.txt", status=201, json={"message": "Add", "content": text}
    )
    sha = made["content"]["sha"]
    again = {"message": "Change", "content": base64.b64encode(b"bye\n").decode(), "sha": sha}
    changed = contract("PUT", f"{repository}/contents/notes/a.txt", status=200, json=again)
    contract("PUT", f"{repository}/contents/notes/a.txt", status=409, json=again)
    contract("GET", f"{repository}/contents/notes/a.txt", status=200)
    contract("GET", f"{repository}/contents/notes", status=200)
    contract("GET", f"{repository}/contents/none.txt", status=404)
    head = contract("GET", f"{repository}/branches/main", status=200)["commit"]["sha"]
    for part in ("branches", "commits", f"commits/{head}", f"git/blobs/{sha}", "git/ref/heads/main"):
        contract("GET", f"{repository}/{part}", status=200)
    tree = contract("GET", f"{repository}/git/commits/{head}", status=200)["tree"]["sha"]
    contract("GET", f"{repository}/git/trees/{tree}?recursive=1", status=200)
    contract("GET", f"{repository}/git/matching-refs/heads/ma", status=200)
    parent = changed["commit"]["parents"][0]["sha"]
    contract("POST", f"{repository}/git/refs", status=201, json={"ref": "refs/tags/v1", "sha": head})
    contract("POST", f"{repository}/git/refs", status=422, json={"ref": "refs/tags/v1", "sha": head})
    contract("POST", f"{repository}/git/refs", status=201, json={"ref": "refs/heads/next", "sha": parent})
    contract("PATCH", f"{repository}/git/refs/heads/next", status=200, json={"sha": head})
    contract("DELETE", f"{repository}/git/refs/heads/next", status=204)
    contract("GET", f"{repository}/tags", status=200)
    contract("GET", f"{repository}/compare/{parent}...{head}", status=200)
    gone = {"message": "Remove", "sha": changed["content"]["sha"]}
    contract("DELETE", f"{repository}/contents/notes/a.txt", status=200, json=gone)
    settle(contract)


def test_secrets_variables_environments(contract: Contract, repository: str) -> None:
    contract("PUT", f"{repository}/environments/live", status=200, json={})
    contract("GET", f"{repository}/environments", status=200)
    contract("GET", f"{repository}/environments/live", status=200)
    for place in (f"{repository}/actions", f"{repository}/environments/live"):
        key = contract("GET", f"{place}/secrets/public-key", status=200)
        box = SealedBox(PublicKey(base64.b64decode(key["key"])))
        sealed = base64.b64encode(box.encrypt(b"hush hush")).decode()
        body = {"encrypted_value": sealed, "key_id": key["key_id"]}
        contract("PUT", f"{place}/secrets/TOP", status=201, json=body)
        contract("PUT", f"{place}/secrets/TOP", status=204, json=body)
        contract("GET", f"{place}/secrets", status=200)
        contract("GET", f"{place}/secrets/TOP", status=200)
        contract("DELETE", f"{place}/secrets/TOP", status=204)
        contract("POST", f"{place}/variables", status=201, json={"name": "COLOUR", "value": "blue"})
        contract("GET", f"{place}/variables", status=200)
        contract("GET", f"{place}/variables/COLOUR", status=200)
        contract("PATCH", f"{place}/variables/COLOUR", status=204, json={"value": "red"})
        contract("DELETE", f"{place}/variables/COLOUR", status=204)
    contract("DELETE", f"{repository}/environments/live", status=204)
    settle(contract)


def test_hooks(contract: Contract, repository: str, until: Callable[..., Any]) -> None:
    # Port 9 on this machine: nobody listens, and the delivery is recorded as failed.
    config = {"url": "http://127.0.0.1:9/hook", "content_type": "json", "secret": "s"}
    hook = contract("POST", f"{repository}/hooks", status=201, json={"name": "web", "config": config})
    address = f"{repository}/hooks/{hook['id']}"
    contract("GET", f"{repository}/hooks", status=200)
    contract("GET", address, status=200)
    contract("PATCH", address, status=200, json={"add_events": ["workflow_run"]})
    contract("GET", f"{address}/config", status=200)
    contract("PATCH", f"{address}/config", status=200, json={"content_type": "json"})
    contract("POST", f"{address}/pings", status=204)
    contract("POST", f"{address}/tests", status=204)
    found = until(lambda: contract("GET", f"{address}/deliveries", status=200))
    contract("GET", f"{address}/deliveries/{found[0]['id']}", status=200)
    contract("POST", f"{address}/deliveries/{found[0]['id']}/attempts", status=202)
    contract("DELETE", address, status=204)
    contract("GET", address, status=404)
    settle(contract)


def test_workflows_and_runs(contract: Contract, repository: str, until: Callable[..., Any]) -> None:
    known = contract("GET", f"{repository}/actions/workflows", status=200)["workflows"][0]
    address = f"{repository}/actions/workflows/{known['id']}"
    contract("GET", address, status=200)
    contract("GET", f"{repository}/actions/workflows/work.yml", status=200)
    body = {"ref": "main", "inputs": {"stuf": "audit"}}
    contract("POST", f"{address}/dispatches", status=204, json=body)
    made = contract("POST", f"{address}/dispatches", status=200, json={**body, "return_run_details": True})
    run = f"{repository}/actions/runs/{made['workflow_run_id']}"
    contract("GET", run, status=200)
    contract("GET", f"{run}/jobs", status=200)
    until(lambda: contract("GET", run, status=200)["status"] == "completed")
    jobs = contract("GET", f"{run}/jobs", status=200)["jobs"]
    contract("GET", f"{repository}/actions/jobs/{jobs[0]['id']}", status=200)
    contract("GET", f"{repository}/actions/jobs/{jobs[0]['id']}/logs", status=302)
    contract("GET", f"{run}/logs", status=302)
    contract("GET", f"{run}/attempts/1/logs", status=302)
    for part in ("attempts/1", "attempts/1/jobs", "artifacts", "timing", "pending_deployments"):
        contract("GET", f"{run}/{part}", status=200)
    contract("GET", f"{repository}/actions/runs", status=200)
    contract("GET", f"{address}/runs", status=200)
    contract("POST", f"{run}/cancel", status=409)
    contract("POST", f"{run}/rerun", status=201)
    contract("POST", f"{run}/cancel", status=202)
    until(lambda: contract("GET", run, status=200)["status"] == "completed")
    contract("POST", f"{run}/rerun-failed-jobs", status=201)
    contract("POST", f"{run}/force-cancel", status=202)
    until(lambda: contract("GET", run, status=200)["status"] == "completed")
    contract("DELETE", run, status=204)
    contract("PUT", f"{address}/disable", status=204)
    contract("PUT", f"{address}/enable", status=204)
    settle(contract)


def test_apps(contract: Contract, hub: GitHub, repository: str, app_token: Callable[..., str]) -> None:
    number, key, installation = hub.create_app("stuf-bot", "acme")
    own = {"auth": app_token(number, key)}
    contract("GET", "/app", status=200, **own)
    contract("GET", "/app/installations", status=200, **own)
    contract("GET", f"/app/installations/{installation}", status=200, **own)
    contract("GET", f"{repository}/installation", status=200, **own)
    wanted = {"repositories": ["control"], "permissions": {"contents": "read"}}
    address = f"/app/installations/{installation}/access_tokens"
    contract("POST", address, status=201, json=wanted, **own)
    contract("POST", address, status=201, **own)
    settle(contract)


def test_the_hook_of_an_app(
    contract: Contract,
    hub: GitHub,
    repository: str,
    app_token: Callable[..., str],
    until: Callable[..., Any],
) -> None:
    number, key, installation = hub.create_app(
        "stuf-bot", "acme", hook_url="http://127.0.0.1:9/hooks/github", hook_secret="s"
    )
    own = {"auth": app_token(number, key)}
    body = {"message": "Begin", "content": base64.b64encode(b"x").decode()}
    contract("PUT", f"{repository}/contents/new.txt", status=201, json=body)
    assert contract("GET", "/app/hook/config", status=200, **own)["secret"] == "********"
    found = until(lambda: contract("GET", "/app/hook/deliveries", status=200, **own))
    address = f"/app/hook/deliveries/{found[0]['id']}"
    whole = contract("GET", address, status=200, **own)
    assert whole["installation_id"] == whole["request"]["payload"]["installation"]["id"] == installation
    contract("POST", f"{address}/attempts", status=202, **own)
    settle(contract)


def test_deployments(contract: Contract, repository: str) -> None:
    contract("POST", f"{repository}/deployments", status=422, json={"ref": "nowhere"})
    made = contract("POST", f"{repository}/deployments", status=201, json={"ref": "main"})
    address = f"{repository}/deployments/{made['id']}"
    contract("POST", f"{address}/statuses", status=422, json={"state": "done"})
    for state in ("in_progress", "success"):
        contract(
            "POST",
            f"{address}/statuses",
            status=201,
            json={"state": state, "log_url": "https://log.example.org"},
        )
    assert [one["state"] for one in contract("GET", f"{address}/statuses", status=200)] == [
        "success",
        "in_progress",
    ]
    assert (
        contract("GET", f"{repository}/deployments?environment=production", status=200)[0]["id"] == made["id"]
    )
    contract("GET", address, status=200)
    settle(contract)
