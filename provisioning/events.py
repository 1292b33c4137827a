"""What operations report. Handlers turn these into cards and messages."""

from pydantic import BaseModel, ConfigDict


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    operation_id: str
    slug: str

    @property
    def order(self) -> str:
        """Events of one STUF are handled one after the other."""
        return f"stuf:{self.slug}"


class OperationChanged(_Event):
    """An operation's record changed; `sequence` is the record's at that moment."""

    sequence: int

    @property
    def key(self) -> str:
        """One per change, so that a repeated report is recognised."""
        return f"operation:{self.operation_id}:{self.sequence}"


class OperationEnded(_Event):
    """An attempt of an operation came to its end."""

    attempt: int
    succeeded: bool

    @property
    def key(self) -> str:
        """One per attempt."""
        return f"operation:{self.operation_id}:ended:{self.attempt}"


OperationEvent = OperationChanged | OperationEnded
