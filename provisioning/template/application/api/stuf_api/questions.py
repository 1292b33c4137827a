"""The questions that a participant answers with an upload."""

from http import HTTPStatus
from typing import Final

from stuf_api.documents import MetadataConfig
from stuf_api.errors import ApiError

_LONGEST_ANSWER: Final = 1000


def checked_answers(asked: MetadataConfig, given: dict[str, str]) -> dict[str, str]:
    """The answers to the questions asked, trimmed. Raises ApiError that names what is missing or too long."""
    answers = {field.name: given.get(field.name, "").strip() for field in asked.fields}
    missing = [field.title for field in asked.fields if field.required and not answers[field.name]]
    if missing:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "answers-missing", f"Please fill in: {', '.join(missing)}."
        )
    if any(len(answer) > _LONGEST_ANSWER for answer in answers.values()):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "answer-too-long",
            f"An answer may have at most {_LONGEST_ANSWER} characters. Please shorten it.",
        )
    return {name: answer for name, answer in answers.items() if answer}
