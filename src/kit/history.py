"""A trail told to a person: `ui.timeline` shows it, each noun gives its words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.events import EventOut
from kit.i18n import _, again, lazy

Show = Callable[[str, Any], str | None]
_SOMETHING = lazy("Fiche modifiée.")


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words; `changes` are (what, before, after)."""

    at: datetime
    actor_name: str
    sentence: str
    why: str
    changes: list[tuple[str, str | None, str | None]]


def shown(name: str, value: Any) -> str | None:
    """A value as it stands, an empty one as nothing."""
    return None if value in (None, "") else str(value)


def tell(
    events: Iterable[EventOut],
    *,
    sentences: Mapping[str, str],
    labels: Mapping[str, str],
    show: Show = shown,
    whys: Iterable[str] = (),
) -> list[Told]:
    """Events in words: `sentences` by what happened, `labels` of the fields whose change is told (others are not), `whys` the
    reasons that the service itself gives."""
    return [
        Told(
            event.at,
            event.actor_name,
            _(sentences.get(event.what, _SOMETHING)),
            again(event.why, whys),
            [(_(label), *values) for name, label in labels.items() if (values := _change(event, name, show))],
        )
        for event in events
    ]


def _change(event: EventOut, name: str, show: Show) -> tuple[str | None, str | None] | None:
    """Before and after, where both are known and differ: a first value is no change."""
    if event.before is None or event.after is None or name not in event.before or name not in event.after:
        return None
    before, after = show(name, event.before[name]), show(name, event.after[name])
    return None if before == after else (before, after)
