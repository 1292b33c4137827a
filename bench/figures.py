"""What was measured, for people and for machines."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` in `unit`, beside what it is held against: a limit, or the same of something else."""

    name: str
    value: float
    unit: str
    baseline: float

    def __str__(self) -> str:
        """One line."""
        return f"{self.name}: {self.value:g} {self.unit} (baseline {self.baseline:g})"


def figure(name: str, value: float, unit: str, baseline: float) -> Figure:
    """The figure, rounded to hundredths."""
    return Figure(name, round(value, 2), unit, round(baseline, 2))


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest of the values that so large a part (0 to 1) of them does not exceed."""
    return sorted(values)[max(0, ceil(part * len(values)) - 1)]


def write(file: Path, figures: Iterable[Figure]) -> None:
    """Put the figures in the place of those with the same names; others in the file stay as they are."""
    old = json.loads(file.read_text()) if file.exists() else []
    known = {each["name"]: each for each in old} | {each.name: asdict(each) for each in figures}
    file.write_text(json.dumps(list(known.values()), indent=1) + "\n")
