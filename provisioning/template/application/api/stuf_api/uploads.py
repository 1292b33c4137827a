"""Uploads: started here, sent straight to the bucket in signed parts, checked and completed here."""

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from stuf_api.checksums import composite, digest
from stuf_api.configuration import Configuration
from stuf_api.documents import Upload, UploadState
from stuf_api.errors import ApiError
from stuf_api.filenames import safe_name
from stuf_api.journal import Journal
from stuf_api.multipart import Multipart
from stuf_api.notify import Notifier
from stuf_api.questions import checked_answers
from stuf_api.tokens import Token

LISTED: Final = 100
_LOOKED_AT: Final = 1000
_MIB: Final = 1024**2
_SMALLEST_PART: Final = 5 * _MIB
_MOST_PARTS: Final = 10_000
_READERS: Final = 8
_LAST_MILLISECOND: Final = 10**13 - 1
_ID: Final = re.compile(r"[0-9a-f]{12}-[0-9]{13}-[0-9a-f]{16}")
_TYPE: Final = re.compile(r"[\w!#$&^.+-]{1,60}/[\w!#$&^.+-]{1,60}", re.ASCII)


@dataclass(frozen=True)
class Announced:
    """What the participant wants to send; `size` in bytes."""

    file_name: str
    size: int
    content_type: str
    metadata: dict[str, str]


@dataclass(frozen=True)
class SentPart:
    """A part as the participant's browser knows it after sending."""

    number: int
    etag: str
    sha256: str


def owner_tag(participant: str) -> str:
    """How the ids of a participant's uploads begin, so that they can be listed without reading all others."""
    return hashlib.sha256(participant.encode()).hexdigest()[:12]


def part_size(size: int, wanted: int) -> int:
    """Bytes a part: as configured, at least 5 MiB, in whole MiB, never more than 10,000 parts."""
    needed = -(-size // _MOST_PARTS)
    return -(-max(wanted, needed, _SMALLEST_PART) // _MIB) * _MIB


class Uploads:
    """What one participant may do with uploads: nothing here reaches another's."""

    def __init__(
        self,
        *,
        multipart: Multipart,
        configuration: Configuration,
        journal: Journal,
        notifier: Notifier,
        now: Callable[[], float],
    ) -> None:
        self._multipart = multipart
        self._bucket = multipart.bucket
        self._configuration = configuration
        self._journal = journal
        self._notifier = notifier
        self._now = now

    def start(self, who: Token, file: Announced) -> Upload:
        """Open an upload. Raises ApiError for a file that is empty, too large, or lacks an answer."""
        config = self._configuration.stuf()
        if file.size > config.max_file_bytes:
            limit = f"{config.max_file_bytes / 1024**3:.3g} GB"
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "file-too-large",
                f"This file is larger than the limit of {limit}. Please split it, or ask your contact.",
            )
        if file.size < 1:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "file-empty", "This file is empty. Choose another one."
            )
        # The verification answers no questions: it must work whatever is asked.
        answers = {} if who.verification else checked_answers(self._configuration.metadata(), file.metadata)
        upload_id = self._new_id(who.subject)
        name = safe_name(file.file_name)
        kind = file.content_type if _TYPE.fullmatch(file.content_type) else "application/octet-stream"
        upload = Upload(
            id=upload_id,
            participant=who.subject,
            verification=who.verification,
            file_name=name,
            content_type=kind,
            size=file.size,
            part_size=part_size(file.size, config.part_size_bytes),
            multipart_id=self._multipart.open(f"uploads/{upload_id}/data/{name}", kind),
            metadata=answers,
            started_at=self._time(),
        )
        self._save(upload)
        self._journal.write("upload.started", who.subject, upload_id)
        return upload

    def sign_part(
        self, who: Token, upload_id: str, number: int, size: int, sha256: str
    ) -> tuple[str, dict[str, str]]:
        """An address to which exactly this part can be sent, and the headers that belong to it."""
        upload = self._own(who, upload_id)
        digest(sha256)
        if upload.state is UploadState.COMPLETED:
            raise ApiError(HTTPStatus.CONFLICT, "upload-completed", "This upload is complete already.")
        if not 1 <= number <= upload.part_count or size != upload.part_bytes(number):
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "part-invalid",
                "This part does not belong to the file as it was announced. Please start the upload again.",
            )
        return self._multipart.sign_part(upload, number, size, sha256)

    def complete(self, who: Token, upload_id: str, parts: Sequence[SentPart]) -> Upload:
        """Put the parts together and check what storage has. Completing again gives the same answer."""
        upload = self._own(who, upload_id)
        if upload.state is UploadState.COMPLETED:
            return upload
        ordered = sorted(parts, key=lambda part: part.number)
        if [part.number for part in ordered] != list(range(1, upload.part_count + 1)):
            raise ApiError(
                HTTPStatus.CONFLICT,
                "parts-missing",
                "Not every part of the file has arrived. Please send the rest.",
            )
        expected = composite([part.sha256 for part in ordered])
        version_id = self._multipart.complete(
            upload, [(part.number, part.etag, part.sha256) for part in ordered], expected
        )
        done = upload.model_copy(
            update={
                "state": UploadState.COMPLETED,
                "completed_at": self._time(),
                "sha256": expected,
                "version_id": version_id,
            }
        )
        # Kept before the upload counts as complete: a crash in between loses no notification.
        notification = self._notifier.keep(done, done.completed_at or self._time())
        self._save(done)
        self._journal.write("upload.completed", who.subject, upload_id)
        if notification:
            self._notifier.deliver(notification)
        return done

    def own(self, who: Token) -> list[Upload]:
        """The participant's newest complete uploads, newest first, at most a hundred."""
        folders = self._bucket.folders(f"uploads/{owner_tag(who.subject)}-", _LOOKED_AT)
        found: list[Upload] = []
        with ThreadPoolExecutor(_READERS) as readers:
            # Bit by bit: among the newest there may be many that were begun and left.
            for start in range(0, len(folders), LISTED):
                ids = [folder.split("/")[1] for folder in folders[start : start + LISTED]]
                found += [
                    upload
                    for upload in readers.map(self._read, ids)
                    if upload and upload.participant == who.subject and upload.state is UploadState.COMPLETED
                ]
                if len(found) >= LISTED:
                    break
        return found[:LISTED]

    def remove(self, who: Token, upload_id: str) -> None:
        """Remove every trace of a verification's own upload. Nobody else removes anything."""
        if not who.verification:
            raise ApiError(HTTPStatus.FORBIDDEN, "not-allowed", "What was uploaded cannot be removed here.")
        upload = self._own(who, upload_id)
        if not upload.verification:
            raise _not_found()
        self._multipart.abort(upload)
        self._bucket.delete_versions(f"uploads/{upload.id}/")
        self._journal.write("upload.removed", who.subject, upload_id)

    def _own(self, who: Token, upload_id: str) -> Upload:
        found = self._read(upload_id) if _ID.fullmatch(upload_id) else None
        if found is None or found.participant != who.subject:
            # The same answer for another's upload and for none: ids tell nothing.
            raise _not_found()
        return found

    def _read(self, upload_id: str) -> Upload | None:
        stored = self._bucket.read(f"uploads/{upload_id}/metadata.json")
        return Upload.model_validate_json(stored.body) if stored else None

    def _save(self, upload: Upload) -> None:
        self._bucket.write(f"uploads/{upload.id}/metadata.json", upload)

    def _new_id(self, participant: str) -> str:
        """Counts time down, since listings come in the order of names and the newest should come first."""
        left = _LAST_MILLISECOND - int(self._now() * 1000)
        return f"{owner_tag(participant)}-{left:013d}-{secrets.token_hex(8)}"

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def _not_found() -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, "upload-unknown", "There is no such upload. Please start again.")
