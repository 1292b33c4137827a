"""What somebody may have meant who typed it a little wrong."""

from collections.abc import Iterable

_MOST_NAMED = 3


def limit(one: str, other: str) -> int:
    """How many slips may lie between two words that are still taken for the same, by the shorter one."""
    length = min(len(one), len(other))
    if length <= 2:  # noqa: PLR2004 - in so short a word every slip makes another word.
        return 0
    return 1 if length <= 5 else 2 if length <= 9 else 3  # noqa: PLR2004 - about one slip in four letters.


def distance(one: str, other: str, most: int) -> int:
    """How many letters were left out, added, swapped with their neighbour or taken for another.

    More than `most` counts as `most + 1`.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def nearest(said: str, names: Iterable[str]) -> list[str]:
    """The names that are nearest to what was said, all with the same number of slips; at most three."""
    folded = said.casefold()
    found: dict[str, int] = {}
    for name in dict.fromkeys(names):
        most = limit(folded, name)
        slips = distance(folded, name.casefold(), most)
        if slips <= most:
            found[name] = slips
    best = min(found.values(), default=0)
    return sorted(name for name, slips in found.items() if slips == best)[:_MOST_NAMED]
