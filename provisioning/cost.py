"""What a STUF roughly costs a month, before it is made. A range with its assumptions, no quotation."""

from dataclasses import dataclass
from typing import Final

from provisioning.models import StufSpec

PRICES_AS_OF: Final = "2025-12"
PRICES_FROM: Final = "AWS's public price pages, on demand, without taxes and free tiers"

# What differs between regions is mainly storage and traffic; compared with us-east-1.
_REGION_FACTOR: Final = {
    "us-east-1": 1.0,
    "us-east-2": 1.0,
    "us-west-2": 1.0,
    "eu-west-1": 1.05,
    "eu-north-1": 1.05,
    "eu-west-2": 1.1,
    "eu-central-1": 1.1,
    "ca-central-1": 1.1,
    "ap-southeast-1": 1.15,
    "ap-southeast-2": 1.15,
    "ap-northeast-1": 1.15,
}
_DEAREST: Final = 1.2

# US dollars.
_KMS_KEY: Final = 1.00  # a key, a month
_SECRET: Final = 0.40  # a secret, a month
_STORAGE_GB: Final = 0.023  # S3 Standard, a GB and month
_REQUESTS: Final = 0.01  # Lambda, API and storage calls of one upload, rounded up
_MAIL: Final = 0.0001  # an e-mail
_SMS: Final = 0.05  # a text message; from 0.007 (US) to 0.11, by country
_LOGS_GB: Final = 0.60  # a GB taken in


@dataclass(frozen=True, slots=True)
class Estimate:
    """US dollars a month from `low` (hardly used) to `high` (busy), and what was assumed."""

    low: float
    high: float
    assumptions: tuple[str, ...]

    def __str__(self) -> str:
        """Such as `about 1.50 to 12 USD a month`."""
        return f"about {_rounded(self.low)} to {_rounded(self.high)} USD a month"

    @property
    def sentence(self) -> str:
        """The range and what it rests on, for a plan."""
        return f"{self} ({'; '.join(self.assumptions)})."


@dataclass(frozen=True, slots=True)
class _Use:
    uploads: int
    sign_ins: int
    stored_gb: float
    logs_gb: float


def estimate(spec: StufSpec, participants: int) -> Estimate:
    """The cost of this STUF with so many participants (0 counts as 1)."""
    people = max(participants, 1)
    quiet = _Use(uploads=people, sign_ins=people, stored_gb=1.0, logs_gb=0.0)
    busy = _Use(uploads=20 * people, sign_ins=20 * people, stored_gb=20.0 * people, logs_gb=0.5)
    factor = _REGION_FACTOR.get(spec.storage.region, _DEAREST)
    return Estimate(
        low=_cost(quiet, factor),
        high=_cost(busy, factor),
        assumptions=(
            f"low: each of {people} participants uploads once a month, 1 GB is kept",
            f"high: each uploads 20 times a month and keeps {busy.stored_gb / people:.0f} GB",
            f"a text message costs {_SMS:.2f} USD (by country 0.01 to 0.11); downloads are not counted",
            f"prices of {PRICES_AS_OF} from {PRICES_FROM}, region {spec.storage.region}",
        ),
    )


def _cost(use: _Use, factor: float) -> float:
    fixed = _KMS_KEY + _SECRET
    varying = use.uploads * _REQUESTS + use.stored_gb * _STORAGE_GB + use.logs_gb * _LOGS_GB
    return fixed + varying * factor + use.sign_ins * (_MAIL + _SMS)


def _rounded(dollars: float) -> str:
    """Two digits that say something: 1.46 -> 1.50, 12.3 -> 12, 432 -> 430."""
    if dollars < 10:  # noqa: PLR2004 - below it, cents are worth saying.
        return f"{round(dollars, 1):.2f}"
    return f"{float(f'{dollars:.2g}'):.0f}"
