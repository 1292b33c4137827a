"""Who calls: tokens, their digests, and what they may do."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import jwt

from sandbox.github import records
from sandbox.github.realm import Realm

_LEVELS = {"none": 0, "pull": 1, "triage": 2, "push": 3, "maintain": 4, "admin": 5}
_PREFIXES = {"user": "github_pat_11SANDBOX0", "installation": "ghs_", "job": "ghs_"}
_INSTALLATION_SECONDS = 3600.0
_JWT_MAX_SECONDS = 600
_JWT_LEEWAY_SECONDS = 60


@dataclass(frozen=True)
class Caller:
    """Who sent a request: by a token, as an App (JWT), or nobody."""

    token: records.Token | None = None
    app: records.App | None = None

    @property
    def login(self) -> str:
        if self.token is not None:
            return self.token.login
        return f"{self.app.slug}[bot]" if self.app else ""

    @property
    def is_person(self) -> bool:
        return self.token is not None and self.token.kind == "user"


NOBODY = Caller()


class BadCredentialsError(Exception):
    """The token or JWT is unknown, expired, or wrongly signed."""


def issue_token(realm: Realm, kind: str, login: str, **fields: Any) -> str:
    """A new token; only its digest is kept."""
    value = _PREFIXES[kind] + secrets.token_urlsafe(36).replace("-", "A").replace("_", "b")
    realm.tokens.add(digest=_digest(value), kind=kind, login=login, **fields)
    return value


def revoke(realm: Realm, value: str) -> None:
    """End a token at once."""
    for row in realm.tokens.where(digest=_digest(value)):
        realm.tokens.remove(row.id)


def installation_token(
    realm: Realm, app: records.App, repositories: tuple[int, ...] | None, permissions: dict[str, str]
) -> tuple[str, float]:
    """A token of an App's installation, good for one hour, and when it ends (Unix seconds)."""
    expires = realm.clock() + _INSTALLATION_SECONDS
    value = issue_token(
        realm,
        "installation",
        f"{app.slug}[bot]",
        owners=(app.owner,),
        repositories=repositories,
        permissions=permissions,
        expires_at=expires,
    )
    return value, expires


def recognise(realm: Realm, credentials: str) -> Caller:
    """Who has these credentials (a token or an App's JWT). Raises BadCredentialsError."""
    if credentials.count(".") == 2:  # noqa: PLR2004 - the three parts of a JWT
        return Caller(app=_app_of(realm, credentials))
    digest = _digest(credentials)
    token = realm.tokens.find(lambda row: row.digest == digest)
    if token is None or (token.expires_at is not None and token.expires_at <= realm.clock()):
        raise BadCredentialsError
    return Caller(token=token)


def level(realm: Realm, caller: Caller, repository: records.Repository) -> int:
    """What the caller may do with a repository: 0 nothing, 1 read, 3 write, 5 everything."""
    visible = 0 if repository.private else 1
    token = caller.token
    if token is None:
        return visible
    if token.repositories is not None and repository.id not in token.repositories:
        return visible
    if token.kind == "job":
        return max(
            visible, _LEVELS[{"write": "push", "read": "pull"}.get(token.permissions["contents"], "none")]
        )
    owners = {owner.lower() for owner in token.owners}
    if repository.owner.lower() in owners:
        return _LEVELS["admin"]
    return max(visible, _LEVELS[permission(realm, token.login, repository) or "none"])


def permission(realm: Realm, login: str, repository: records.Repository) -> str | None:
    """The permission of an account on a repository; None for a stranger."""
    del realm
    if login.lower() == repository.owner.lower():
        return "admin"
    granted = {name.lower(): value for name, value in repository.collaborators.items()}
    return granted.get(login.lower())


def _app_of(realm: Realm, credentials: str) -> records.App:
    try:
        claims = jwt.decode(credentials, options={"verify_signature": False})
        app = realm.apps.get(int(claims["iss"]))
    except (jwt.PyJWTError, KeyError, ValueError) as wrong:
        raise BadCredentialsError from wrong
    if app is None:
        raise BadCredentialsError
    now = realm.clock()
    try:
        claims = jwt.decode(
            credentials,
            app.public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "require": ["exp", "iat"]},
        )
    except jwt.PyJWTError as wrong:
        raise BadCredentialsError from wrong
    if not (now - 1 <= claims["exp"] <= now + _JWT_MAX_SECONDS + _JWT_LEEWAY_SECONDS):
        raise BadCredentialsError
    return app


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
