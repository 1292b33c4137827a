"""What takes time is done apart from the database: SQLite has one writer, and everybody would wait for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_had: ContextVar[dict[Any, Any] | None] = ContextVar("had", default=None)


class NeededFirst(Exception):  # noqa: N818 - it says what is the matter.
    """Something has to be had before this can be handled: call `get` outside of any session, and begin again."""

    def __init__(self, get: Callable[[], None]) -> None:
        super().__init__("something has to be had first")
        self.get = get


@contextmanager
def keeping() -> Iterator[None]:
    """What is had apart is kept until the end of this, for all attempts to handle one thing."""
    before = _had.set({})
    try:
        yield
    finally:
        _had.reset(before)


class Apart(Generic[T]):
    """A function of a text that takes time, such as reading a file from Zulip.

    Within `keeping` it raises NeededFirst until that is had; then it gives what `call` gave, or raises what
    `call` raised, if that is one of the `errors`. Elsewhere it is just called.
    """

    def __init__(self, call: Callable[[str], T], errors: type[Exception]) -> None:
        self._call = call
        self._errors = errors

    def __call__(self, asked: str) -> T:
        """What `call` gives for this. Raises NeededFirst."""
        had = _had.get()
        if had is None:
            return self._call(asked)
        if (self, asked) not in had:
            raise NeededFirst(partial(self._get, had, asked))
        found: T | Exception = had[self, asked]
        if isinstance(found, Exception):
            raise found
        return found

    def _get(self, had: dict[Any, Any], asked: str) -> None:
        try:
            had[self, asked] = self._call(asked)
        except self._errors as error:
            had[self, asked] = error
