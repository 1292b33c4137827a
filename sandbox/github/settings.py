"""What a caller decides about the machine that runs the workflows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Stand-ins for published actions, answered from this folder unless the caller maps them elsewhere.
_OWN_ACTIONS = Path(__file__).parent / "actions"
DEFAULT_ACTIONS: Mapping[str, Path] = {
    "aws-actions/configure-aws-credentials": _OWN_ACTIONS / "configure-aws-credentials",
}


@dataclass(frozen=True)
class Runner:
    """The runner of all workflows.

    `environment`: what every step sees besides GitHub's own variables (PATH, AWS_ENDPOINT_URL …).
    `local_actions`: `owner/repo@ref`, or `owner/repo` for whatever ref a workflow names, to a local folder.
    `max_parallel`: how many runs go on at the same time.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    local_actions: Mapping[str, Path] = field(default_factory=dict)
    max_parallel: int = 1

    def folder_for(self, action: str, ref: str) -> Path | None:
        """The local folder that answers for `action` (`owner/repo`) at `ref`, if there is one."""
        known = {**DEFAULT_ACTIONS, **self.local_actions}
        return known.get(f"{action}@{ref}") or known.get(action)
