"""Attached files that cannot be had are answers too: the person reads why."""

from typing import Any

import pytest

from stuf_bot.chat.attachments import Attachments
from stuf_bot.chat.zulip_api import RateLimited, Rejected, Unavailable, ZulipError

LINK = "[people.csv](/user_uploads/2/ab/people.csv)"


def failing(error: ZulipError) -> Attachments:
    def download(_path: str) -> bytes:
        raise error

    return Attachments(download)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            Rejected("TOO_LARGE", "the file is larger than 10 MB"),
            "is larger than 1 MB; attach a smaller file",
        ),
        (Rejected("BAD_REQUEST", "Invalid message(s)"), "could not be read; attach it again"),
        (Rejected("NOT_AN_UPLOAD", "only files uploaded here"), "could not be read; attach it again"),
        (Unavailable("ReadTimeout"), "could not be read just now; send it again in a minute"),
        (RateLimited(3), "could not be read just now; send it again in a minute"),
    ],
)
def test_a_file_that_cannot_be_fetched_is_a_wrong_answer(error: ZulipError, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        failing(error).take(LINK, "text")


def test_a_file_just_too_large_is_named_so() -> None:
    with pytest.raises(ValueError, match="is larger than 1 MB"):
        Attachments(lambda _: b"x" * (1024 * 1024 + 1)).take(LINK, "text")


def test_a_file_that_somebody_else_keeps_to_themselves_is_a_wrong_answer(hand_bot: Any) -> None:
    with pytest.raises(ValueError, match="attach it again"):
        Attachments(hand_bot.api.download).take("[x](/user_uploads/2/no/such/file.csv)", "text")
