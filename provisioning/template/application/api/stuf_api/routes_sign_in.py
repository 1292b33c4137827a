"""The ways in and out, as HTTP."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, StringConstraints

from stuf_api.guard import session_guard
from stuf_api.notify import SELDOM_SECONDS
from stuf_api.services import Services
from stuf_api.signin import Session
from stuf_api.tokens import Token

# Every answer to `POST sign-in` takes at least this long, so that its time tells nothing about the address.
ANSWER_SECONDS: Final = 1.0

_Token = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class AskForLink(BaseModel):
    """The address that the link should go to."""

    email: Annotated[str, StringConstraints(min_length=3, max_length=254, strip_whitespace=True)]


class UseLink(BaseModel):
    """The token out of the link."""

    token: _Token


class UseCode(BaseModel):
    """The challenge from the link and the code from the phone."""

    challenge: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,64}$")]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$"), Field(description="six digits")]


class UseTicket(BaseModel):
    """A ticket signed by the bot."""

    ticket: _Token


def _answer(session: Session) -> dict[str, Any]:
    return {"session": session.token, "expires_at": session.expires_at}


def sign_in_routes(services: Services) -> APIRouter:
    """POST sign-in, sign-in/{link,code,ticket,renew}, sign-out."""
    router = APIRouter()
    guard = session_guard(services)

    @router.post("/sign-in", status_code=HTTPStatus.ACCEPTED)
    def ask(wish: AskForLink) -> dict[str, str]:
        started = services.now()
        services.sign_in.mail_link(wish.email)
        services.sleep(max(0.0, ANSWER_SECONDS - (services.now() - started)))
        return {"message": "If this address may upload here, a message with a link is on its way."}

    @router.post("/sign-in/link")
    def link(use: UseLink) -> dict[str, str]:
        challenge, hint = services.sign_in.use_link(use.token)
        return {"challenge": challenge, "phone_hint": hint}

    @router.post("/sign-in/code")
    def code(use: UseCode) -> dict[str, Any]:
        answer = _answer(services.sign_in.use_code(use.challenge, use.code))
        services.notifier.deliver_backlog(SELDOM_SECONDS)
        return answer

    @router.post("/sign-in/ticket")
    def ticket(use: UseTicket) -> dict[str, Any]:
        return _answer(services.sign_in.use_ticket(use.ticket))

    @router.post("/sign-in/renew")
    def renew(who: Annotated[Token, Depends(guard)]) -> dict[str, Any]:
        return _answer(services.sign_in.renew(who))

    @router.post("/sign-out", status_code=HTTPStatus.NO_CONTENT)
    def sign_out(who: Annotated[Token, Depends(guard)]) -> Response:
        services.sign_in.end(who)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
