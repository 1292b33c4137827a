"""Actions secrets of a repository and of its environments; values arrive in sealed boxes."""

import base64
import binascii
import re
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from sandbox.github import records
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found, timestamp
from sandbox.github.rest.places import place_of

API = Api()
_NAME = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*")


@API("GET", "/repos/{owner}/{repo}/actions/secrets/public-key")
@API("GET", "/repos/{owner}/{repo}/environments/{environment}/secrets/public-key")
def public_key(call: Call) -> dict[str, Any]:
    row = call.administered()
    key = PrivateKey(bytes.fromhex(row.secret_box)).public_key
    return {"key_id": str(row.id), "key": base64.b64encode(bytes(key)).decode()}


@API("GET", "/repos/{owner}/{repo}/actions/secrets")
@API("GET", "/repos/{owner}/{repo}/environments/{environment}/secrets")
def listing(call: Call) -> Answer:
    row, environment = place_of(call)
    found = call.realm.secrets.where(repository=row.id, environment=environment)
    return call.page([_shape(one) for one in found], "secrets")


@API("GET", "/repos/{owner}/{repo}/actions/secrets/{name}")
@API("GET", "/repos/{owner}/{repo}/environments/{environment}/secrets/{name}")
def read(call: Call) -> dict[str, Any]:
    found = _find(call)
    if found is None:
        raise not_found()
    return _shape(found)


@API("PUT", "/repos/{owner}/{repo}/actions/secrets/{name}")
@API("PUT", "/repos/{owner}/{repo}/environments/{environment}/secrets/{name}")
def write(call: Call) -> Answer:
    row, environment = place_of(call)
    name = call.path["name"].upper()
    if not _NAME.fullmatch(name):
        raise ApiError(
            422,
            "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).",
        )
    if call.text("key_id", resource="Secret") != str(row.id):
        raise ApiError(422, "Bad request - the given key_id does not match the repository's public key")
    box = SealedBox(PrivateKey(bytes.fromhex(row.secret_box)))
    try:
        value = box.decrypt(base64.b64decode(call.text("encrypted_value", resource="Secret"))).decode()
    except (CryptoError, binascii.Error, UnicodeDecodeError) as wrong:
        raise ApiError(422, "Bad request - the encrypted value could not be opened") from wrong
    now = call.realm.clock()
    there = _find(call)
    if there is not None:
        call.realm.secrets.change(there.id, value=value, updated_at=now)
        return Answer(204)
    call.realm.secrets.add(
        repository=row.id, environment=environment, name=name, value=value, created_at=now, updated_at=now
    )
    return Answer(201, {})


@API("DELETE", "/repos/{owner}/{repo}/actions/secrets/{name}")
@API("DELETE", "/repos/{owner}/{repo}/environments/{environment}/secrets/{name}")
def delete(call: Call) -> None:
    found = _find(call)
    if found is None:
        raise not_found()
    call.realm.secrets.remove(found.id)


def _find(call: Call) -> records.Setting | None:
    row, environment = place_of(call)
    name = call.path["name"].upper()
    return next(iter(call.realm.secrets.where(repository=row.id, environment=environment, name=name)), None)


def _shape(one: records.Setting) -> dict[str, Any]:
    return {
        "name": one.name,
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
    }
