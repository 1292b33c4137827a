"""Lets a request in only with a session that holds now."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Request

from stuf_api.errors import ApiError
from stuf_api.services import Services
from stuf_api.tokens import Token


def session_guard(services: Services) -> Callable[..., Token]:
    """A dependency: who sends this request. Raises ApiError (session-missing and those of `SignIn.check`)."""

    def who(request: Request, authorization: Annotated[str, Header(max_length=2000)] = "") -> Token:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ApiError(HTTPStatus.UNAUTHORIZED, "session-missing", "Please sign in first.")
        checked = services.sign_in.check(token.strip())
        request.state.participant = checked.subject
        return checked

    return who
