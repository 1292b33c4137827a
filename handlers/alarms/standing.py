"""How an alarm stands, added up from its changes: the same in whatever order, and however often, they come."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from handlers.alarms.reading import Alarm, State

FLAPPING: Final = timedelta(hours=24)
"""How long firing is counted."""
QUIET_FOR: Final = timedelta(minutes=15)
"""One that fires again sooner is counted on its card, and not told again."""
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """`changes` are (time, state) by time, `alarm` is the latest, `told` the times since which it fired when told."""

    alarm: Alarm
    changes: tuple[tuple[datetime, State], ...]
    told: tuple[datetime, ...] = ()

    @classmethod
    def after(cls, kept: dict[str, Any] | None, alarm: Alarm) -> Self:
        """With this change, at its place among those that were kept."""
        if kept is None:
            return cls(alarm, ((alarm.at, alarm.state),))
        before = [(datetime.fromisoformat(at), State(state)) for at, state in kept["changes"]]
        told = tuple(datetime.fromisoformat(at) for at in kept["told"])
        changes = sorted({*before, (alarm.at, alarm.state)})
        latest = alarm if changes[-1] == (alarm.at, alarm.state) else _alarm(kept["alarm"], *changes[-1])
        return cls(latest, tuple(changes[-_MOST:]), told)

    def kept(self) -> dict[str, Any]:
        """To be kept, as plain JSON."""
        words = asdict(self.alarm) | {"at": "", "state": "", "resources": []}
        return {
            "alarm": words,
            "changes": [[at.isoformat(), state.value] for at, state in self.changes],
            "told": [at.isoformat() for at in self.told],
        }

    def having_told(self) -> Self:
        """With what fires as told."""
        return replace(self, told=tuple(sorted({*self.told, self.since}))[-_MOST:])

    @property
    def state(self) -> State:
        """Since the latest change."""
        return self.changes[-1][1]

    @property
    def since(self) -> datetime:
        """When it came to stand as it does: the first of the latest changes that say the same."""
        since, state = self.changes[-1]
        for at, before in reversed(self.changes):
            if before is not state:
                break
            since = at
        return since

    @property
    def ever_fired(self) -> bool:
        """Whether there is anything to show."""
        return any(state is State.FIRES for _, state in self.changes)

    def fired(self, until: datetime) -> int:
        """How often it began to fire in the day before `until`."""
        before = State.QUIET
        count = 0
        for at, state in self.changes:
            if state is State.FIRES and before is not State.FIRES and until - FLAPPING < at <= until:
                count += 1
            before = state
        return count

    def is_news(self) -> bool:
        """Whether it fires, and that was not told for this time, nor a moment ago."""
        if self.state is not State.FIRES:
            return False
        return not any(self.since - QUIET_FOR < at for at in self.told)

    @property
    def lasted(self) -> timedelta:
        """How long it fired the last time."""
        end = self.changes[-1][0]
        begin: datetime | None = None
        for at, state in reversed(self.changes):
            if state is State.FIRES:
                begin = at
            elif begin is not None:
                break
            else:
                end = at
        return end - (begin or end)


def _alarm(words: dict[str, Any], at: datetime, state: State) -> Alarm:
    return Alarm(**words | {"at": at, "state": state, "resources": ()})
