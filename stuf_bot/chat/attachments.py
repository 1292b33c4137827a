"""Files that people attach to an answer, taken instead of what they typed."""

import base64
import re
from collections.abc import Callable

from stuf_bot.chat.zulip_calls import Rejected, ZulipError

_LINK = re.compile(r"!?\[[^\]]*\]\((?:https?://[^/)\s]+)?(?P<path>/user_uploads/[^)\s]+)\)")
_LARGEST = 1024 * 1024
_TOO_LARGE = "is larger than 1 MB; attach a smaller file"
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


class Attachments:
    """Fetches attached files from the realm.

    `download` takes the path of an upload and gives its bytes; it may raise a `ZulipError`.
    """

    def __init__(self, download: Callable[[str], bytes]) -> None:
        self._download = download

    def take(self, text: str, kind: str) -> str:
        """The answer that `text` stands for: an attached file's content where `kind` allows one.

        `kind` 'text' gives the file as UTF-8 text, 'image' as a data URI (PNG or JPEG up to 1 MB).
        Raises ValueError with the reason.
        """
        found = _LINK.search(text)
        if found is None or not kind:
            return text
        content = self._fetch(found["path"])
        if len(content) > _LARGEST:
            raise ValueError(_TOO_LARGE)
        return _as_text(content) if kind == "text" else _as_image(content)

    def _fetch(self, path: str) -> bytes:
        try:
            return self._download(path)
        except Rejected as error:
            too_large = error.code == "TOO_LARGE"
            raise ValueError(_TOO_LARGE if too_large else "could not be read; attach it again") from error
        except ZulipError as error:
            raise ValueError("could not be read just now; send it again in a minute") from error


def _as_text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not a text file in UTF-8; save it as CSV in UTF-8 and attach it again") from None


def _as_image(content: bytes) -> str:
    for magic, kind in _IMAGES.items():
        if content.startswith(magic):
            return f"data:{kind};base64,{base64.b64encode(content).decode()}"
    raise ValueError("must be a PNG or JPEG picture")
