"""A visitor who tests a STUF from outside: signs in by a short-lived ticket, uploads, cleans up after itself."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from pydantic import SecretBytes

TICKET_SECONDS: Final = 120
_TIMEOUT: Final = 30
_HERE: Final = ("127.0.0.1", "localhost", "::1")
_CREATED: Final = (200, 201, 202, 204)


class VerificationError(Exception):
    """The STUF did not answer as it should; the text is fit for a person. `passing`: it may later."""

    def __init__(self, text: str, *, status: int | None = None, passing: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.passing = passing


def derive_key(secret: SecretBytes, purpose: str) -> SecretBytes:
    """The key of one purpose (`session`, `link`, `code`, `verification-ticket`, `notify`) of a STUF's secret."""
    return SecretBytes(hmac.new(secret.get_secret_value(), purpose.encode(), hashlib.sha256).digest())


def sign_ticket(secret: SecretBytes, slug: str, *, now: float, ticket_id: str) -> str:
    """A verification ticket: a JWT (HS256), good once, for two minutes, at this STUF only."""
    claims = {
        "iss": "stuf-bot",
        "aud": slug,
        "jti": ticket_id,
        "iat": int(now),
        "exp": int(now) + TICKET_SECONDS,
    }
    body = ".".join(_segment(part) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    key = derive_key(secret, "verification-ticket").get_secret_value()
    signature = hmac.new(key, body.encode(), hashlib.sha256).digest()
    return f"{body}.{_base64url(signature)}"


def composite_sha256(parts: Sequence[bytes]) -> str:
    """What storage has to say of an object uploaded in these parts: base64 SHA-256 of their digests, `-N`."""
    digests = b"".join(hashlib.sha256(part).digest() for part in parts)
    return f"{base64.b64encode(hashlib.sha256(digests).digest()).decode()}-{len(parts)}"


@dataclass(frozen=True, slots=True)
class CompletedUpload:
    """An upload that is complete: its id, the checksum that the STUF named, the size in bytes."""

    upload_id: str
    sha256: str
    size: int


class Verification:
    """Visits the STUF `slug` at `address`. `secret` is the STUF's own; every method raises VerificationError."""

    def __init__(
        self,
        address: str,
        slug: str,
        secret: Callable[[], SecretBytes],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._address, self._slug, self._secret, self._clock = address.rstrip("/"), slug, secret, clock
        self._http = requests.Session()
        # A proxy of the surroundings is used, except to this machine itself; a .netrc never is: it would
        # put its own words in place of the session.
        self._http.trust_env = urlsplit(self._address).hostname not in _HERE
        self._http.auth = _as_it_is

    def sign_in(self) -> str:
        """A session of the pseudo-participant `verification`."""
        ticket = sign_ticket(self._secret(), self._slug, now=self._clock(), ticket_id=secrets.token_hex(16))
        return str(self._call("POST", "sign-in/ticket", {"ticket": ticket})["session"])

    def version(self) -> str:
        """The version that runs."""
        return str(self._call("GET", "version")["version"])

    def begin_upload(self, session: str, size: int) -> tuple[str, int]:
        """(id, bytes a part) of a new upload of `size` bytes."""
        about = {"file_name": "verification.bin", "size": size, "content_type": "application/octet-stream"}
        begun = self._call("POST", "uploads", about, session)
        return str(begun["upload_id"]), int(begun["part_size"])

    def send(self, session: str, upload_id: str, parts: Sequence[bytes]) -> CompletedUpload:
        """Send the parts straight to storage, each with its checksum, and complete the upload."""
        sent = []
        for number, part in enumerate(parts, start=1):
            digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
            asked = {"number": number, "size": len(part), "sha256": digest}
            target = self._call("POST", f"uploads/{upload_id}/parts", asked, session)
            answer = self._request(
                "PUT", str(target["url"]), "storage", data=part, headers=target.get("headers", {})
            )
            sent.append({"number": number, "etag": answer.headers.get("ETag", ""), "sha256": digest})
        done = self._call("POST", f"uploads/{upload_id}/complete", {"parts": sent}, session)
        return CompletedUpload(upload_id=upload_id, sha256=str(done["sha256"]), size=int(done["size"]))

    def remove(self, session: str, upload_id: str) -> None:
        """Remove the upload, all versions; one that is not there is fine."""
        try:
            self._call("DELETE", f"uploads/{upload_id}", session=session)
        except VerificationError as error:
            if error.status != 404:  # noqa: PLR2004 - HTTP's own number.
                raise

    def _call(self, method: str, path: str, body: object = None, session: str | None = None) -> "_Answer":
        headers = {"Authorization": f"Bearer {session}"} if session else {}
        answer = self._request(
            method, f"{self._address}/api/{path}", path.split("/", maxsplit=1)[0], json=body, headers=headers
        )
        if not answer.content:
            return _Answer(path, {})
        try:
            found = answer.json()
        except ValueError:
            raise VerificationError(
                f"the STUF answered {path.split('/', maxsplit=1)[0]} with something else than JSON"
            ) from None
        if not isinstance(found, dict):
            raise VerificationError(
                f"the STUF answered {path.split('/', maxsplit=1)[0]} with an unexpected shape"
            )
        return _Answer(path.split("/", maxsplit=1)[0], found)

    def _request(self, method: str, url: str, what: str, **values: Any) -> requests.Response:
        try:
            answer = self._http.request(method, url, timeout=_TIMEOUT, allow_redirects=False, **values)
        except requests.RequestException as error:
            raise VerificationError(
                f"the STUF did not answer {what}: {type(error).__name__}", passing=True
            ) from None
        if answer.status_code not in _CREATED:
            status = answer.status_code
            raise VerificationError(
                f"the STUF answered {what} with {status}{_code_of(answer)}",
                status=status,
                passing=status >= 500 or status == 429,  # noqa: PLR2004 - HTTP's own numbers.
            )
        return answer


class _Answer(dict[str, Any]):
    """JSON that the STUF gave; what it lacks is the STUF's fault."""

    def __init__(self, what: str, content: dict[str, Any]) -> None:
        super().__init__(content)
        self._what = what

    def __missing__(self, name: str) -> Any:
        raise VerificationError(f"the STUF's answer to {self._what} lacks {name}")


def _code_of(answer: requests.Response) -> str:
    """The stable code of an error that the STUF gave, in brackets, or nothing."""
    try:
        code = answer.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return f" ({code})" if isinstance(code, str) and code.replace("-", "").replace("_", "").isalnum() else ""


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _segment(value: object) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
