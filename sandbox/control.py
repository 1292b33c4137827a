"""The control repository of the embedded realm: this checkout, with the variables that its workflows need."""

import json
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.github import GitHub

OWNER = "acme"
NAME = "stuf-control"
REGION = "eu-west-1"
SENDER = "uploads@example.org"
ROOT = Path(__file__).resolve().parents[1]
# The emulator runs Lambda handlers on its own interpreter, whatever runtime is declared.
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
_EVENTS = ["workflow_run", "workflow_job"]


@dataclass(frozen=True)
class Control:
    """What the workflows are told. `token` is the one with which they make instance repositories."""

    token: str
    address_template: str
    notify_url: str

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of the control repository, as docs/configuration.md lists them."""
        return {
            "STUF_REGION": REGION,
            "STUF_OWNER": OWNER,
            "STUF_SENDER": SENDER,
            "STUF_ARTEFACT_BUCKET": "stuf-artefacts-acme",
            "STUF_ADDRESS_TEMPLATE": self.address_template,
            "STUF_NOTIFY_URL": self.notify_url,
            "AWS_ROLE": "arn:aws:iam::000000000000:role/stuf-provisioning",
            "LAMBDA_RUNTIME": RUNTIME,
        }


def seed(github: GitHub, control: Control) -> None:
    """Put this checkout into the control repository, with its variables and secrets; again does no harm."""
    github.create_account(OWNER, "Organization")
    github.seed_repository(OWNER, NAME, ROOT)
    for name, value in control.variables.items():
        github.set_variable(OWNER, NAME, name, value)
    github.set_secret(OWNER, NAME, "STUF_GITHUB_TOKEN", control.token)


def hook(github: GitHub, token: str, url: str, secret: str) -> None:
    """Let the control repository tell `url` what its runs do; one hook, however often this is called."""
    path = f"/repos/{OWNER}/{NAME}/hooks"
    wanted = {"url": url, "content_type": "json", "secret": secret, "insecure_ssl": "0"}
    body = {"name": "web", "active": True, "events": _EVENTS, "config": wanted}
    present = json.loads(_call(github, token, "GET", path))
    if not present:
        _call(github, token, "POST", path, body)
    elif present[0]["config"]["url"] != url:
        _call(github, token, "PATCH", f"{path}/{present[0]['id']}", body)


def _call(
    github: GitHub, token: str, method: str, path: str, body: Mapping[str, object] | None = None
) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - our own server on this machine
        github.url + path,
        data=json.dumps(body).encode() if body else None,
        method=method,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        return bytes(answer.read())
