"""Which repositories are ours, by the settings: that of the operations, and those that STUFs are given."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Repositories:
    """`control` (owner/name) is where operations run, `owner` has the STUFs'; "" stands for none of them all."""

    control: str = ""
    owner: str = ""

    def is_control(self, full_name: str) -> bool:
        """Whether operations run there; GitHub writes names in either case."""
        return bool(self.control) and full_name.casefold() == self.control.casefold()

    def will_be(self, full_name: str, slug: str) -> bool:
        """Whether a STUF of this slug is given this one. Anybody may have one of the same name."""
        return bool(self.owner) and full_name.casefold() == f"{self.owner}/stuf-{slug}".casefold()


NOBODYS: Final = Repositories()
