"""The embedded GitHub as one object: start it, fill it, stop it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette

from sandbox.github import access, pages, rest, seeding, smart_http
from sandbox.github.realm import Realm
from sandbox.github.runs.conductor import Conductor
from sandbox.github.settings import Runner
from sandbox.github.webhooks import Webhooks
from sandbox.server import AsgiServer


class GitHub:
    """An embedded GitHub that keeps all it knows in the folder `state`.

    `port` 0 takes any free one. `clock` gives Unix seconds for every time that is shown or checked.
    """

    def __init__(
        self, state: Path, port: int = 0, *, runner: Runner, clock: Callable[[], float] = time.time
    ) -> None:
        self._realm = Realm(state, runner, clock)
        self._webhooks = Webhooks(self._realm)
        self._conductor = Conductor(self._realm)
        routes = [
            *rest.routes(self._realm, self._conductor),
            *smart_http.routes(self._realm),
            *pages.routes(self._realm),
        ]
        self._server = AsgiServer(Starlette(routes=routes), port)
        self._realm.url = self._server.url
        self._realm.post = self._webhooks

    @property
    def url(self) -> str:
        """The address of everything: REST, Git and pages. PyGithub's `base_url`."""
        return self._server.url

    def start(self) -> None:
        """Serve, deliver, and take up queued runs; a run that a stop cut off is reported as cancelled."""
        self._webhooks.start()
        self._server.start()
        self._conductor.start()

    def stop(self) -> None:
        """Cancel what runs, deliver what waits, stop serving."""
        self._conductor.stop()
        self._server.stop()
        self._webhooks.stop()
        self._realm.database.close()

    def create_account(self, login: str, kind: Literal["User", "Organization"] = "User") -> None:
        """A person or an organization; nothing happens if it exists."""
        self._realm.ensure_account(login, kind)

    def create_token(self, login: str, *, owners: tuple[str, ...] | None = None) -> str:
        """An access token that administers the repositories of `owners` (default: those of `login`).

        A token acts as a person: for an organization, as its administrator `<login>-admin`.
        """
        account = self._realm.ensure_account(login)
        person = account.login if account.kind == "User" else f"{account.login}-admin"
        self._realm.ensure_account(person)
        return access.issue_token(self._realm, "user", person, owners=owners or (account.login,))

    def create_app(
        self, slug: str, owner: str, *, hook_url: str = "", hook_secret: str = ""
    ) -> tuple[int, str, int]:
        """A GitHub App installed on all repositories of `owner`: (app id, private key in PEM, installation id).

        With `hook_url` everything that happens there is told to it.
        """
        owner = self._realm.ensure_account(owner).login
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        now = self._realm.clock()
        installation = self._realm.database.next_id("installation")
        app = self._realm.apps.add(
            slug=slug, owner=owner, public_key=public.decode(), installation=installation, created_at=now
        )
        if hook_url:
            self._realm.hooks.add(
                repository=0,
                app=app.id,
                url=hook_url,
                secret=hook_secret or None,
                content_type="json",
                events=("*",),
                created_at=now,
                updated_at=now,
            )
        return app.id, private.decode(), installation

    def seed_repository(self, owner: str, name: str, from_directory: Path, *, private: bool = True) -> str:
        """Commit the files of a folder to `owner/name`, creating it if need be; the commit's id.

        Of a Git checkout these are the tracked files and the untracked ones that are not ignored.
        """
        account = self._realm.ensure_account(owner)
        repository = self._realm.repository(owner, name)
        if repository is None:
            repository = self._realm.create_repository(account.login, name, private=private)
        return seeding.commit_folder(self._realm, repository, from_directory, account.login)

    def set_variable(self, owner: str, repo: str, name: str, value: str) -> None:
        """Set an Actions variable of a repository. Raises KeyError for an unknown repository."""
        self._set("variables", owner, repo, name, value)

    def set_secret(self, owner: str, repo: str, name: str, value: str) -> None:
        """Set an Actions secret of a repository. Raises KeyError for an unknown repository."""
        self._set("secrets", owner, repo, name, value)

    def fail_once(self, stage: Literal["repository"]) -> None:
        """Arm a fault: the next creation of a repository answers 403."""
        self._realm.faults.add(stage)

    def _set(
        self, table: Literal["variables", "secrets"], owner: str, repo: str, name: str, value: str
    ) -> None:
        repository = self._realm.repository(owner, repo)
        if repository is None:
            raise KeyError(f"{owner}/{repo}")
        now = self._realm.clock()
        rows = self._realm.variables if table == "variables" else self._realm.secrets
        there = rows.where(repository=repository.id, environment=None, name=name.upper())
        if there:
            rows.change(there[0].id, value=value, updated_at=now)
            return
        rows.add(
            repository=repository.id,
            environment=None,
            name=name.upper(),
            value=value,
            created_at=now,
            updated_at=now,
        )
