"""How do Qt's own translated strings reach our table? One translator in front of it, so that there is one table only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTranslator

from monitor_app.display.language import phrase, speak


class TableTranslator(QTranslator):
    """Answers every `tr()` of a widget from the table of the language that is spoken now."""

    def isEmpty(self) -> bool:
        """Qt installs no empty translator."""
        return False

    def translate(
        self, _context: str, sourceText: str, _disambiguation: str | None = None, _n: int = -1
    ) -> str:  # fmt: skip
        """The sentence, or itself where the table lacks it."""
        return phrase(sourceText)


_installed: list[TableTranslator] = []


def use(language: str) -> None:
    """Windows built from now on speak it."""
    speak(language)
    application = QCoreApplication.instance()
    if application is not None and not _installed:
        _installed.append(TableTranslator(application))
        application.installTranslator(_installed[0])
