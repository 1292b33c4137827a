"""Uploads, as HTTP."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, StringConstraints

from stuf_api.documents import Upload
from stuf_api.guard import session_guard
from stuf_api.services import Services
from stuf_api.tokens import Token
from stuf_api.uploads import Announced, SentPart

_Checksum = Annotated[str, StringConstraints(min_length=44, max_length=44)]
_MOST_QUESTIONS = 50


class StartUpload(BaseModel):
    """The file that is to come; `size` in bytes."""

    file_name: Annotated[str, StringConstraints(max_length=1000)]
    size: Annotated[int, Field(ge=0, le=2**63)]
    content_type: Annotated[str, StringConstraints(max_length=200)] = ""
    metadata: Annotated[dict[str, str], Field(max_length=_MOST_QUESTIONS)] = {}


class SignPart(BaseModel):
    """The part that is to be sent next."""

    number: Annotated[int, Field(ge=1, le=10_000)]
    size: Annotated[int, Field(ge=1, le=5 * 1024**3)]
    sha256: _Checksum


class Part(BaseModel):
    """A part that was sent."""

    number: Annotated[int, Field(ge=1, le=10_000)]
    etag: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    sha256: _Checksum


class Complete(BaseModel):
    """All parts."""

    parts: Annotated[list[Part], Field(min_length=1, max_length=10_000)]


def _shown(upload: Upload) -> dict[str, Any]:
    done = upload.completed_at
    return {
        "upload_id": upload.id,
        "file_name": upload.file_name,
        "size": upload.size,
        "state": upload.state,
        "sha256": upload.sha256,
        "started_at": upload.started_at.isoformat(),
        "completed_at": done.isoformat() if done else None,
    }


def upload_routes(services: Services) -> APIRouter:
    """POST uploads, uploads/{id}/parts, uploads/{id}/complete; GET uploads; DELETE uploads/{id}."""
    router = APIRouter(prefix="/uploads")
    Who = Annotated[Token, Depends(session_guard(services))]  # noqa: N806 - a type

    @router.post("", status_code=HTTPStatus.CREATED)
    def start(who: Who, wish: StartUpload) -> dict[str, Any]:
        services.notifier.deliver_backlog()
        upload = services.uploads.start(
            who, Announced(wish.file_name, wish.size, wish.content_type, wish.metadata)
        )
        return {"upload_id": upload.id, "part_size": upload.part_size, "file_name": upload.file_name}

    @router.get("")
    def own(who: Who) -> dict[str, Any]:
        services.notifier.deliver_backlog()
        return {"uploads": [_shown(upload) for upload in services.uploads.own(who)]}

    @router.post("/{upload_id}/parts")
    def sign_part(who: Who, upload_id: str, part: SignPart) -> dict[str, Any]:
        url, headers = services.uploads.sign_part(who, upload_id, part.number, part.size, part.sha256)
        return {"url": url, "headers": headers}

    @router.post("/{upload_id}/complete")
    def complete(who: Who, upload_id: str, wish: Complete) -> dict[str, Any]:
        parts = [SentPart(part.number, part.etag, part.sha256) for part in wish.parts]
        return _shown(services.uploads.complete(who, upload_id, parts))

    @router.delete("/{upload_id}", status_code=HTTPStatus.NO_CONTENT)
    def remove(who: Who, upload_id: str) -> Response:
        services.uploads.remove(who, upload_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
