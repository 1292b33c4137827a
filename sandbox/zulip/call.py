"""One request as a handler sees it: who calls, with which arguments, typed and checked."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.zulip.errors import Refused, missing
from sandbox.zulip.records import User
from sandbox.zulip.world import World

_FILES_LIMIT = 50 * 1024 * 1024
_BIGGEST = 2**53


class Arguments:
    """Parameters of a request: strings as they are, everything else as JSON text. Notes which were asked for."""

    def __init__(self, given: dict[str, str]) -> None:
        self._given = given
        self._asked: set[str] = set()

    def unknown(self) -> list[str]:
        """Names of parameters that nobody asked for."""
        return sorted(set(self._given) - self._asked)

    def text(self, name: str) -> str | None:
        """A parameter as it came."""
        self._asked.add(name)
        return self._given.get(name)

    def need(self, name: str) -> str:
        """A parameter that has to be there. Raises Refused."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def json(self, name: str, default: Any = None) -> Any:
        """A parameter read as JSON. Raises Refused where it is none."""
        value = self.text(name)
        if value is None:
            return default
        try:
            found = json.loads(value)
            # Escapes can smuggle in half of a character, which nothing could store.
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise Refused(f"{name} is not valid JSON") from error
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean. Raises Refused."""
        value = self.json(name, default)
        if not isinstance(value, bool):
            raise Refused(f"{name} is not a boolean")
        return value

    def whole(self, name: str, default: int | None = None) -> int | None:
        """A whole number. Raises Refused."""
        value = self.json(name, default)
        if value is None:
            return None
        return as_whole(value, name)

    def need_whole(self, name: str) -> int:
        """A whole number that has to be there. Raises Refused."""
        self.need(name)
        return as_whole(self.json(name), name)

    def items(self, name: str, default: list[Any] | None = None) -> list[Any] | None:
        """A list. Raises Refused."""
        value = self.json(name, default)
        if value is not None and not isinstance(value, list):
            raise Refused(f"{name} is not a list")
        return value

    def whole_list(self, name: str) -> list[int]:
        """A list of whole numbers, empty where absent. Raises Refused."""
        return [as_whole(value, f"{name}[{index}]") for index, value in enumerate(self.items(name) or [])]


def as_whole(value: Any, name: str) -> int:
    """A JSON value as a whole number. Raises Refused."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(f"{name} is not an integer")
    if abs(value) > _BIGGEST:
        raise Refused(f"{name} is too large")
    return value


class Call:
    """An authenticated request. `user` is who calls; `client` the program's name from its User-Agent."""

    def __init__(self, world: World, user: User, arguments: Arguments, request: Request) -> None:
        self.world = world
        self.user = user
        self.arguments = arguments
        self.request = request
        agent = request.headers.get("user-agent", "")
        browser = agent.startswith("Mozilla/")
        self.client = "website" if browser else agent.split("/")[0].split(" (")[0] or "Unspecified"
        self.files: dict[str, Any] = {}

    def owner(self) -> User | None:
        """Who answers for a bot; None for people."""
        return self.world.users.get(self.user.owner_id) if self.user.owner_id is not None else None

    def people_only(self) -> None:
        """Raises Refused for bots."""
        if self.user.is_bot:
            raise Refused("This endpoint does not accept bot requests.")


async def read_arguments(request: Request) -> tuple[dict[str, str], dict[str, Any]]:
    """Parameters from query and body, and uploaded files by field name."""
    given = dict(parse_qsl(request.url.query, keep_blank_values=True))
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        form = await request.form(max_part_size=_FILES_LIMIT)
        files = {name: value for name, value in form.items() if not isinstance(value, str)}
        given.update({name: value for name, value in form.items() if isinstance(value, str)})
        return given, files
    body = await request.body()
    if body and kind.startswith("application/x-www-form-urlencoded"):
        given.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return given, {}
