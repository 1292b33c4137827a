"""Finds a STUF by its CloudFormation stack, as the front door needs it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from botocore.exceptions import ClientError

from provisioning.models import REGIONS

_FRESH_SECONDS: Final = 3.0
_API: Final = re.compile(r"//([a-z0-9]+)\.execute-api\.")


@dataclass(frozen=True)
class Place:
    """Where the parts of one STUF are: the HTTP API's id, the distribution's own host name."""

    api_id: str
    distribution_host: str


class Stacks:
    """Looks stacks up in every region; what was found is good for a few seconds."""

    def __init__(self, client: Callable[..., Any], now: Callable[[], float] = time.monotonic) -> None:
        """`client(service, region_name=…)` makes a boto3 client of the emulator."""
        self._client = cache(lambda service, region: client(service, region_name=region))
        self._now = now
        self._found: dict[str, tuple[float, Place | None]] = {}
        self._regions: dict[str, str] = {}

    def place(self, slug: str) -> Place | None:
        """Where the STUF `slug` is, or None while it is not there (or not whole yet)."""
        known = self._found.get(slug)
        if known is None or known[1] is None or self._now() - known[0] > _FRESH_SECONDS:
            known = (self._now(), self._look_up(slug))
            self._found[slug] = known
        return known[1]

    def slugs(self) -> list[str]:
        """The STUFs that stand, in alphabetical order."""
        found = set()
        for region in REGIONS:
            for stack in self._client("cloudformation", region).describe_stacks()["Stacks"]:
                name = stack["StackName"]
                if name.startswith("stuf-") and not stack["StackStatus"].startswith("DELETE"):
                    found.add(name.removeprefix("stuf-"))
        return sorted(slug for slug in found if self.place(slug))

    def _look_up(self, slug: str) -> Place | None:
        outputs = self._outputs(f"stuf-{slug}")
        api = _API.search(outputs.get("apiurl", ""))
        distribution = outputs.get("distributionid")
        if not api or not distribution:
            return None
        # CloudFront is one service for all regions.
        answer = self._client("cloudfront", "us-east-1").get_distribution(Id=distribution)
        return Place(api.group(1), answer["Distribution"]["DomainName"])

    def _outputs(self, stack: str) -> dict[str, str]:
        """The outputs, their names in lower case without underscores; empty when there is no such stack."""
        known = self._regions.get(stack)
        # Where it was found before, it most likely still is.
        for region in sorted(REGIONS, key=lambda region: region != known):
            try:
                answer = self._client("cloudformation", region).describe_stacks(StackName=stack)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ValidationError":
                    continue
                raise
            self._regions[stack] = region
            outputs = answer["Stacks"][0].get("Outputs", [])
            return {entry["OutputKey"].lower().replace("_", ""): entry["OutputValue"] for entry in outputs}
        return {}
