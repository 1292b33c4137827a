"""One thing that was looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was found in `area`; where it is no good, `todo` says what to do about it."""

    area: str
    what: str
    todo: str = ""

    @property
    def fine(self) -> bool:
        """Whether nothing has to be done."""
        return not self.todo

    def __str__(self) -> str:
        """As a person reads it."""
        return (
            f"ok       {self.area}: {self.what}"
            if self.fine
            else f"PROBLEM  {self.area}: {self.what}\n         {self.todo}"
        )
