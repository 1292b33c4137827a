"""Which function handles what: one handler a command, any number an event.

Handlers are registered on a `Router` by the type of their first argument. Whatever else they
need they name as keyword-only arguments; the bus hands it over from the dependencies that it was
provided with, and refuses them when one is missing.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel

from stuf_bot.messages import Command

Handler = Callable[..., Any]
F = TypeVar("F", bound=Handler)


class Router:
    """Collects the handlers of one file."""

    def __init__(self) -> None:
        self.commands: dict[type[Command], Handler] = {}
        self.events: list[tuple[type[BaseModel], Handler]] = []
        self.named: dict[tuple[str, str], Handler] = {}

    def command(self, handler: F) -> F:
        """Register the one handler of the command that its first argument names."""
        kind = _first_argument(handler)
        if kind in self.commands:
            raise ValueError(f"{kind.__name__} has two handlers")
        self.commands[kind] = handler
        return handler

    def event(self, handler: F) -> F:
        """Register one of the handlers of the event that its first argument names."""
        self.events.append((_first_argument(handler), handler))
        return handler

    def on(self, sort: str, name: str) -> Callable[[F], F]:
        """Register the handler of a named moment, such as ('form', 'create') or ('plan', 'provision')."""

        def register(handler: F) -> F:
            self.named[sort, name] = handler
            return handler

        return register


class Bus:
    """All routers together. `provide` fills in what the handlers ask for; before it nothing is called."""

    def __init__(self, routers: Iterable[Router]) -> None:
        self._dependencies: Mapping[str, object] = {}
        self._commands: dict[type[Command], Handler] = {}
        self._events: list[tuple[type[BaseModel], Handler]] = []
        self._named: dict[tuple[str, str], Handler] = {}
        for router in routers:
            _join(self._commands, router.commands)
            _join(self._named, router.named)
            self._events += router.events

    def provide(self, dependencies: Mapping[str, object]) -> None:
        """Give the handlers what they ask for by name. Raises ValueError that names what is missing."""
        self._dependencies = dependencies
        self._commands = {kind: self._filled(handler) for kind, handler in self._commands.items()}
        self._events = [(kind, self._filled(handler)) for kind, handler in self._events]
        self._named = {moment: self._filled(handler) for moment, handler in self._named.items()}

    @property
    def commands(self) -> Sequence[type[Command]]:
        """The declared commands, in the order of registration."""
        return tuple(self._commands)

    def command_handler(self, kind: type[Command]) -> Handler:
        """The one handler of a command; it takes (command, context)."""
        return self._commands[kind]

    def event_handlers(self, kind: type[BaseModel]) -> Sequence[Handler]:
        """The handlers of an event; each takes (event, context)."""
        return tuple(handler for registered, handler in self._events if issubclass(kind, registered))

    def named_handler(self, sort: str, name: str) -> Handler:
        """The handler of a named moment. Raises KeyError when there is none."""
        return self._named[sort, name]

    def _filled(self, handler: Handler) -> Handler:
        wanted = [
            name
            for name, parameter in inspect.signature(handler).parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        missing = [name for name in wanted if name not in self._dependencies]
        if missing:
            raise ValueError(f"{handler.__module__}.{handler.__name__} asks for unknown {', '.join(missing)}")
        given = {name: self._dependencies[name] for name in wanted}

        def call(*arguments: object) -> Any:
            return handler(*arguments, **given)

        return call


def _join(all_of: dict[Any, Handler], more: Mapping[Any, Handler]) -> None:
    for key, handler in more.items():
        if key in all_of:
            raise ValueError(f"{key} has two handlers")
        all_of[key] = handler


def _first_argument(handler: Handler) -> Any:
    name = next(iter(inspect.signature(handler).parameters))
    return get_type_hints(handler)[name]
