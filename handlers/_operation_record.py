"""How what an attempt left in the instance repository is written: components, changes, links."""

from typing import Any, Final
from urllib.parse import quote

from pydantic import ValidationError

from provisioning.fleet import Operation, Stuf
from provisioning.glass_reading import AttemptRecord, StageRecord
from provisioning.models import Stage
from stuf_bot.chat.outside import inline, link

COMPONENTS = "Components: {names}"
CHANGES = "Configuration changes: {files}"
UNCHANGED = "Configuration: nothing changed"
SEE = "See: {links}"

# The stages that change something that runs, and what of their own words says what.
_CHANGING: Final = {
    Stage.INFRASTRUCTURE: "stack",
    Stage.APPLICATION: "version",
    Stage.CONFIGURATION: "",
}
_MOST_FILES: Final = 8
# Of an address: `https:`, nothing, the host.
_SERVER: Final = 3


def lines(kept: dict[str, Any], operation: Operation, stuf: Stuf) -> list[str]:
    """Safe Markdown, one line each; nothing where what was kept is no record."""
    try:
        record = AttemptRecord.model_validate(kept)
    except ValidationError:
        return []
    repository_url = _repository_of(kept, operation, stuf)
    names = [_component(stage) for stage in record.stages if stage.stage in _CHANGING]
    files = [_page(repository_url, path, path) for path in record.changed[:_MOST_FILES]]
    if len(record.changed) > _MOST_FILES:
        files.append(f"… and {len(record.changed) - _MOST_FILES} more")
    links = [
        _page(repository_url, path, "", label)
        for label, path in (("deployment log", record.log), ("record", record.history))
        if path
    ]
    wrote = any(stage.stage == Stage.CONFIGURATION and stage.succeeded for stage in record.stages)
    told = [
        COMPONENTS.format(names=", ".join(names)) if names else "",
        CHANGES.format(files=", ".join(files)) if files else UNCHANGED if wrote else "",
        SEE.format(links=" · ".join([*links, link("what runs", f"{repository_url}/tree/main/application")]))
        if links
        else "",
    ]
    return [f"- {line}" for line in told if line]


def _repository_of(kept: dict[str, Any], operation: Operation, stuf: Stuf) -> str:
    """The address of the instance repository: on the run's own server where the STUF does not know it yet."""
    if stuf.outputs:
        return stuf.outputs.repository_url
    server = (operation.run_url or "").split("/")[:_SERVER]
    return "/".join([*server, str(kept.get("repository", ""))]) if len(server) == _SERVER else ""


def _component(stage: StageRecord) -> str:
    said = stage.details.get(_CHANGING[Stage(stage.stage)], "")
    name = f"{stage.stage} ({inline(said, 60)})" if said else stage.stage
    return name if stage.succeeded else f"{name}, **failed**"


def _page(repository_url: str, path: str, text: str, label: str = "") -> str:
    shown = label or inline(text, 100)
    return link(shown, f"{repository_url}/blob/main/{quote(path)}") if repository_url else shown
