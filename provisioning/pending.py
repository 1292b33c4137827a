"""Personal data on its way to storage, as the objects that it is going to be."""

import mimetypes
from collections.abc import Iterator, Sequence

from provisioning.models import Participant
from provisioning.personal import stored
from provisioning.tables import PendingRow


def pending_rows(
    stuf_id: int, participants: Sequence[Participant], logo: tuple[str, bytes] | None
) -> Iterator[PendingRow]:
    """One row an object: `users/<id>.json` for each participant, `config/<file name>` for the logo."""
    for one in participants:
        yield PendingRow(
            stuf_id=stuf_id,
            key=f"users/{one.id}.json",
            content_type="application/json",
            content=stored(one),
        )
    if logo is not None:
        name, content = logo
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        key = f"config/{name.removeprefix('config/')}"
        yield PendingRow(stuf_id=stuf_id, key=key, content_type=kind, content=content)
