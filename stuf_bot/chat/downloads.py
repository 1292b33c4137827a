"""A file that comes from Zulip: no larger and no slower than anybody waits for."""

from collections.abc import Callable, Iterator
from typing import Final

import requests
import urllib3

from stuf_bot.chat.zulip_calls import Rejected, Unavailable

DOWNLOAD_SECONDS: Final = 15.0
_PIECE: Final = 65_536


def pieces(response: requests.Response) -> Iterator[bytes]:
    """What has arrived each time, however little: a slow sender does not hold up who looks at the time.

    Raises Unavailable where it breaks off.
    """
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            yield piece
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(type(error).__name__) from error


def limited(pieces: Iterator[bytes], limit: int, too_late: Callable[[], bool]) -> bytes:
    """All of them together. Raises Rejected above `limit` bytes, Unavailable once it is too late."""
    content = bytearray()
    for piece in pieces:
        if too_late():
            raise Unavailable(f"the file did not come within {DOWNLOAD_SECONDS:.0f} s")
        content += piece
        if len(content) > limit:
            raise Rejected("TOO_LARGE", f"the file is larger than {limit // 1_000_000} MB")
    return bytes(content)
