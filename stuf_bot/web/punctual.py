"""Gives up connections that begin a request and do not go on with it; uvicorn would wait for ever."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


def punctual(seconds: float) -> type[asyncio.Protocol]:
    """HTTP/1.1 in which the headers of a request have to come within so many seconds."""

    class Punctual(H11Protocol):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)  # type: ignore[arg-type]  # a server has a Transport.
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._watch(over=True)
            super().connection_lost(exc)

        def _watch(self, *, over: bool = False) -> None:
            waits = self.conn.their_state is h11.IDLE and not over
            if waits and self._late is None:
                self._late = self.loop.call_later(seconds, self.transport.close)
            elif not waits and self._late is not None:
                self._late.cancel()
                self._late = None

    return Punctual
