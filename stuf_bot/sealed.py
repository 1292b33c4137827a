"""A private answer as a dialogue keeps it: JSON that shows itself to nobody."""

from typing import Any, Final, NoReturn, Self

from pydantic import Secret

SHOWN: Final = "[personal]"


class Sealed(Secret[Any]):
    """A JSON-like value that shows as `[personal]` wherever it is written; `opened` gives it.

    It cannot be put into JSON or pickled by accident: whoever writes it to the database opens it.
    """

    def opened(self) -> Any:
        """The value. tests/privacy lists every place that asks for it."""
        return self.get_secret_value()

    def _display(self) -> str:
        return SHOWN

    def __format__(self, how: str) -> str:
        """The same in an f-string, whatever width it asks for."""
        return format(SHOWN, how)

    def __hash__(self) -> int:
        """All alike: what is inside may have no hash."""
        return hash(SHOWN)

    def __eq__(self, other: object) -> bool:
        """By what is inside."""
        return isinstance(other, Sealed) and self.opened() == other.opened()

    def __deepcopy__(self, memo: object) -> Self:
        """It never changes."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: the file would show it."""
        raise TypeError("a private answer is not pickled")
