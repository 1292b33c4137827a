"""The AWS endpoint that everybody uses: the emulator behind it, faults and an ear for messages in front."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from sandbox.aws.calls import Call, action_in, call_of
from sandbox.aws.faults import Faults
from sandbox.aws.forward import Forwarder, Receive, Scope, Send, answer, body_of, target_of

_MESSAGING: Final = {"ses", "sns"}
_SUCCESS: Final = range(200, 300)


class AwsProxy:
    """An ASGI application; `sent` is called after a mail or a text message went out."""

    def __init__(self, forwarder: Forwarder, faults: Faults, sent: Callable[[], None]) -> None:
        self._forwarder = forwarder
        self._faults = faults
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        call = call_of(scope)
        body: AsyncIterator[bytes] | bytes
        if call.streamed:
            action, body = "", body_of(receive)
        else:
            body = b"".join([chunk async for chunk in body_of(receive)])
            action = action_in(call, body)
        refusal = self._faults.refusal(call, action)
        if refusal is not None:
            if not isinstance(body, bytes):
                # Read to its end: the connection is used again.
                async for _ in body:
                    pass
            headers = [(b"content-type", refusal.content_type.encode())]
            await answer(send, refusal.status, headers, refusal.body)
            return
        status = await self._forwarder.pass_on(
            send, method=scope["method"], target=target_of(scope), headers=scope["headers"], body=body
        )
        if status in _SUCCESS and _may_have_sent(call):
            self._sent()


def _may_have_sent(call: Call) -> bool:
    return call.service in _MESSAGING and call.method == "POST"
