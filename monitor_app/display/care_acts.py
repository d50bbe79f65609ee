"""What does a press beside the steps ask for? One command each, about the session that was seen; words for its answer.

`Wanted` carries it from a panel to the window: the panel knows what, the window knows of whom.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from monitor_app.core import care_commands as care
from monitor_app.core.care_commands import CareCommand
from monitor_app.core.care_views import EntryView
from monitor_app.core.phases import Step
from monitor_app.core.snapshot import ChairView
from monitor_app.display.acts import Acts
from monitor_app.display.language import heard, phrase
from monitor_app.display.quicklog import WORDS_OF


@dataclass(frozen=True, slots=True)
class Wanted:
    """kind: of the command. fields: its own, beside id, chair, session and actor. words: what is said when it is done."""

    kind: type[CareCommand]
    words: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WantedStep:
    """A step that happened some minutes ago."""

    step: Step
    ago_min: int


class CareActs(Acts):
    """The acts of a window, with those of the session's page."""

    def want(self, chair: ChairView, wanted: Wanted) -> str | None:
        """Ask for it, of the session that stands on the screen."""
        session = self._session(chair)
        if session is None:
            return None
        make: Any = wanted.kind
        made = make(id=str(uuid4()), chair=chair.number, session=session, actor=self.actor, **wanted.fields)
        target = (wanted.kind.__name__, chair.number, *map(str, wanted.fields.values()))
        return self._ask(made, target, phrase("CHAIR {}: {}").format(chair.number, wanted.words))

    def take_back(self, chair: ChairView) -> str | None:
        """Take back the newest note, while the station offers it."""
        return self._take_back(chair, next((entry for entry in chair.care.logged if entry.undo), None))

    def take_back_entry(self, chair: ChairView, entry: str) -> str | None:
        """Take back the note of this id, while the station offers it."""
        return self._take_back(chair, next((one for one in chair.care.logged if one.undo and one.id == entry), None))

    def _take_back(self, chair: ChairView, entry: EntryView | None) -> str | None:
        if entry is None:
            self._say(phrase("CHAIR {}: no note of the last minute to take back.").format(chair.number), True)
            return None
        said = phrase("{} taken back").format(phrase(WORDS_OF.get(entry.code, entry.code.replace("_", " "))))
        return self.want(chair, Wanted(care.CorrectEntry, said, {"entry": entry.id, "withdrawn": True}))

    def undo(self, chair: ChairView) -> str | None:
        """Take back the last step, while the station offers it."""
        if not chair.care.undo:
            self._say(phrase("CHAIR {}: there is nothing to undo now.").format(chair.number), True)
            return None
        return self.want(chair, Wanted(care.UndoStep, phrase("{} undone").format(heard(chair.care.undo))))
