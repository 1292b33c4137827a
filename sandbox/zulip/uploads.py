"""Uploaded files: taking them in, and giving them to whom a message shows them."""

import hmac
import re
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused
from sandbox.zulip.records import Upload, User
from sandbox.zulip.world import World

if TYPE_CHECKING:
    from pathlib import Path

_LIMIT_MIB = 25
_TEMPORARY_SECONDS = 60
_UNSAFE = re.compile(r"[^\w.\-]+")


async def take(call: Call) -> Json:
    """POST /user_uploads."""
    if not call.files:
        raise Refused("You must specify a file to upload")
    if len(call.files) > 1:
        raise Refused("You may only upload one file at a time")
    [file] = call.files.values()
    body = await file.read()
    if len(body) > _LIMIT_MIB * 1024 * 1024:
        raise Refused(f"Uploaded file is larger than the allowed limit of {_LIMIT_MIB} MiB")
    name = (file.filename or "uploaded-file").replace("\\", "/").rpartition("/")[2]
    token = secrets.token_urlsafe(18)
    path_id = f"2/{secrets.token_hex(1)}/{token}/{safe_name(name)}"
    upload = Upload(
        id=call.world.number("upload"),
        path_id=path_id,
        owner_id=call.user.id,
        name=name,
        size=len(body),
        content_type=file.content_type or "application/octet-stream",
        created=call.world.now(),
    )
    target = _file(call.world, upload)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
    call.world.keep(upload)
    return {"uri": f"/user_uploads/{path_id}", "url": f"/user_uploads/{path_id}"}


def safe_name(name: str) -> str:
    """A file name without anything that means something in a path or a page."""
    stem, dot, suffix = name.rpartition(".")
    parts = [_UNSAFE.sub("-", part).strip("-.") for part in ((stem, suffix) if dot else (name,))]
    return ".".join(part for part in parts if part) or "uploaded-file"


def _file(world: World, upload: Upload) -> "Path":
    # Stored under the number: no part of the path comes from outside.
    return world.state / "uploads" / str(upload.id)


def _find(world: World, path_id: str) -> Upload:
    upload = world.uploads.get(path_id)
    if upload is None:
        raise Refused("File not found.", status=404)
    return upload


def may_see(world: World, user: User, upload: Upload) -> bool:
    """The uploader sees a file, and everybody who may read a message that links it."""
    if upload.owner_id == user.id:
        return True
    link = f"/user_uploads/{upload.path_id}"
    return any(link in one.content and world.may_read(user, one) for one in world.messages.values())


def _signature(world: World, path_id: str, expires: int) -> str:
    key = str(world.value("upload-key")).encode()
    return hmac.new(key, f"{path_id}:{expires}".encode(), sha256).hexdigest()


def temporary(call: Call, path_id: str) -> Json:
    """GET /api/v1/user_uploads/…: an address that needs no account, for a minute."""
    upload = _find(call.world, path_id)
    if not may_see(call.world, call.user, upload):
        raise Refused("You are not authorized to view this file.", status=403)
    expires = call.world.now() + _TEMPORARY_SECONDS
    token = f"{path_id}:{expires}:{_signature(call.world, path_id, expires)}".encode().hex().upper()
    return {"url": f"/user_uploads/temporary/{token}/{quote(path_id.rpartition('/')[2])}"}


def attachments(call: Call) -> Json:
    """GET /attachments: one's own files, and the messages that link them."""
    own = [upload for upload in call.world.uploads.values() if upload.owner_id == call.user.id]
    shapes = []
    for upload in own:
        link = f"/user_uploads/{upload.path_id}"
        messages = [
            {"id": one.id, "date_sent": one.sent * 1000}
            for one in call.world.messages.values()
            if link in one.content
        ]
        shape = {"id": upload.id, "name": upload.name, "path_id": upload.path_id, "size": upload.size}
        shapes.append(shape | {"create_time": upload.created * 1000, "messages": messages})
    return {"attachments": shapes, "upload_space_used": sum(upload.size for upload in own)}


def download(world: World, path_id: str, user: User | None) -> Response:
    """GET /user_uploads/…: the file itself, for an account or with a temporary address."""
    if path_id.startswith("temporary/"):
        return _download_temporary(world, path_id)
    upload = _find(world, path_id)
    if user is None:
        return RedirectResponse(f"/accounts/login/?next=/user_uploads/{quote(path_id)}", status_code=302)
    if not may_see(world, user, upload):
        page = "<p>You are not authorized to view this file.</p>"
        return Response(page, status_code=403, media_type="text/html")
    return _serve(world, upload)


def _download_temporary(world: World, path_id: str) -> Response:
    token = path_id.split("/")[1]
    try:
        inner, expires, signature = bytes.fromhex(token).decode().rsplit(":", 2)
        good = hmac.compare_digest(signature.encode(), _signature(world, inner, int(expires)).encode())
    except ValueError:
        return PlainTextResponse("Invalid token", status_code=403)
    if not good or int(expires) < world.clock():
        return PlainTextResponse("Invalid token", status_code=403)
    return _serve(world, _find(world, inner))


def _serve(world: World, upload: Upload) -> Response:
    name = upload.path_id.rpartition("/")[2]
    image = upload.content_type in {"image/png", "image/jpeg", "image/gif", "image/webp"}
    return Response(
        _file(world, upload).read_bytes(),
        headers={
            "Content-Type": upload.content_type,
            "Content-Disposition": f"{'inline' if image else 'attachment'}; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; img-src 'self'",
        },
    )
