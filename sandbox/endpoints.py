"""The handlers of an embedded service's REST API, by the addresses that they answer."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from starlette.requests import Request
from starlette.routing import Route

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
C = TypeVar("C")
"""What a handler is given: one call."""
Handler = Callable[[C], Any]
Endpoint = Callable[[Request], Any]


class Handlers(Generic[C]):
    """Collects handlers; each answers one method at one address: `@API("GET", "/organizations/{org}/issues/")`."""

    def __init__(self) -> None:
        self.handlers: list[tuple[str, str, Handler[C]]] = []

    def __call__(self, method: str, path: str) -> Callable[[Handler[C]], Handler[C]]:
        def register(handler: Handler[C]) -> Handler[C]:
            self.handlers.append((method, path, handler))
            return handler

        return register

    def one_a_path(
        self, endpoint: Callable[[str, Mapping[str, Handler[C]]], Endpoint], prefix: str = ""
    ) -> list[Route]:
        """A route for each address behind `prefix`, with `endpoint` of the address and its handlers by method.

        It takes every method, so that the service itself answers those that it does not know.
        """
        by_path: dict[str, dict[str, Handler[C]]] = defaultdict(dict)
        for method, path, handler in self.handlers:
            by_path[path][method] = handler
        return [
            Route(prefix + path, endpoint(path, found), methods=_METHODS) for path, found in by_path.items()
        ]
