"""Which function handles what: one handler a command, any number an event.

Handlers are registered on a `Router` by the type of their first argument. Whatever else they
need they name as keyword-only arguments; the bus hands it over from the dependencies that it was
provided with, and refuses them when one is missing.

What changes something has two functions instead of one handler: `plan` says what would be done (or
raises Refusal), `do` does it. Their first argument, a command or a finished form, says what is asked.
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
        self.plans: dict[type[BaseModel], Handler] = {}
        self.deeds: dict[type[BaseModel], Handler] = {}
        self.events: list[tuple[type[BaseModel], Handler]] = []
        self.named: dict[tuple[str, str], Handler] = {}

    def command(self, handler: F) -> F:
        """Register the one handler of the command that its first argument names."""
        _join(self.commands, {_first_argument(handler): handler})
        return handler

    def plan(self, handler: F) -> F:
        """Register what says what would be done: (what is asked, context) -> Plan."""
        _join(self.plans, {_first_argument(handler): handler})
        return handler

    def do(self, handler: F) -> F:
        """Register what does it, once it is confirmed: (what is asked, context) -> acts."""
        _join(self.deeds, {_first_argument(handler): handler})
        return handler

    def event(self, handler: F) -> F:
        """Register one of the handlers of the event that its first argument names."""
        self.events.append((_first_argument(handler), handler))
        return handler

    def on(self, sort: str, name: str) -> Callable[[F], F]:
        """Register the handler of a named moment, such as ('check', 'create')."""

        def register(handler: F) -> F:
            self.named[sort, name] = handler
            return handler

        return register


class Bus:
    """All routers together. `provide` fills in what the handlers ask for; before it nothing is called."""

    def __init__(self, routers: Iterable[Router]) -> None:
        self._dependencies: Mapping[str, object] = {}
        self._commands: dict[type[Command], Handler] = {}
        self._plans: dict[type[BaseModel], Handler] = {}
        self._deeds: dict[type[BaseModel], Handler] = {}
        self._events: list[tuple[type[BaseModel], Handler]] = []
        self._named: dict[tuple[str, str], Handler] = {}
        self._declared: list[type[Command]] = []
        for router in routers:
            _join(self._commands, router.commands)
            _join(self._plans, router.plans)
            _join(self._deeds, router.deeds)
            _join(self._named, router.named)
            self._events += router.events
            self._declared += [
                kind
                for kind in (*router.commands, *router.plans)
                if issubclass(kind, Command) and kind not in self._declared
            ]
        if halves := self._plans.keys() ^ self._deeds.keys():
            raise ValueError(f"{', '.join(kind.__name__ for kind in halves)}: `plan` and `do` go together")
        if doubled := self._plans.keys() & self._commands.keys():
            raise ValueError(f"{', '.join(kind.__name__ for kind in doubled)} has a handler and a plan")

    def provide(self, dependencies: Mapping[str, object]) -> None:
        """Give the handlers what they ask for by name. Raises ValueError that names what is missing."""
        self._dependencies = dependencies
        self._commands = {kind: self._filled(handler) for kind, handler in self._commands.items()}
        self._plans = {kind: self._filled(handler) for kind, handler in self._plans.items()}
        self._deeds = {kind: self._filled(handler) for kind, handler in self._deeds.items()}
        self._events = [(kind, self._filled(handler)) for kind, handler in self._events]
        self._named = {moment: self._filled(handler) for moment, handler in self._named.items()}

    @property
    def commands(self) -> Sequence[type[Command]]:
        """The declared commands, in the order of registration."""
        return tuple(self._declared)

    def command_handler(self, kind: type[Command]) -> Handler:
        """The one handler of a command that has no plan; it takes (command, context)."""
        return self._commands[kind]

    def has_plan(self, kind: type[BaseModel]) -> bool:
        """Whether what this asks for is planned before it is done."""
        return kind in self._plans

    def planned(self, name: str) -> type[BaseModel]:
        """The class with this name that has a plan. Raises KeyError when there is none."""
        for kind in self._plans:
            if kind.__name__ == name:
                return kind
        raise KeyError(name)

    def plan_handler(self, kind: type[BaseModel]) -> Handler:
        """What says what would be done."""
        return self._plans[kind]

    def deed_handler(self, kind: type[BaseModel]) -> Handler:
        """What does it."""
        return self._deeds[kind]

    def event_handlers(self, kind: type[object]) -> Sequence[Handler]:
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
