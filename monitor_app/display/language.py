"""In which language does the window speak? One table of whole sentences with places in braces; English is the key. Pure.

No sentence is put together from parts: `phrase("{} min left").format(16)`. What the table lacks stays English, so that
a word that is missing costs a translation and never a meaning. Codes, names and what a person typed are not translated.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache

from monitor_app.assets import resources

NAMES = {"en": "English", "de": "Deutsch"}
PSEUDO = "pseudo"
"""For tests: every sentence in brackets and two fifths longer, so that what is not translated or does not fit is seen."""
STATION = "station"
"""The part of the table with what the station says: whole sentences, with places in braces."""
_current: list[str] = ["en"]


def speak(language: str) -> None:
    """Speak it from now on; an unknown one is English."""
    _current[0] = language if language in NAMES or language == PSEUDO else "en"


def spoken_now() -> str:
    """The language of this process."""
    return _current[0]


def phrase(sentence: str) -> str:
    """The sentence in the language of this process, with its braces where they belong."""
    if _current[0] == "en" or not sentence:
        return sentence
    if _current[0] == PSEUDO:
        return f"[{sentence}{'~' * round(len(sentence) * 0.4)}]"
    return table(_current[0]).get(sentence, sentence)


@lru_cache(maxsize=4)
def _read(language: str) -> Mapping[str, Mapping[str, str]]:
    file = resources() / "languages" / f"{language}.toml"
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}


@lru_cache(maxsize=4)
def table(language: str) -> Mapping[str, str]:
    """English to that language. An absent or broken file is an empty table."""
    found = _read(language)
    return {english: words for name, part in found.items() if name != STATION for english, words in part.items()}


def heard(text: str) -> str:
    """What the station said, in the language of this process; what its table does not know stays as it was said.

    The station speaks English: its words are recorded, and a record has one language. An alarm keeps its stars or
    exclamation marks and its numbers; only the words between them change.
    """
    if _current[0] == "en" or not text:
        return text
    if _current[0] == PSEUDO:
        return f"[{text}]"
    return _heard(_current[0], text)


@lru_cache(maxsize=4096)
def _heard(language: str, text: str) -> str:
    bare = text.lstrip("*! ")
    if bare != text:
        return text[: len(text) - len(bare)] + _heard(language, bare)
    for pattern, words in _patterns(language):
        found = pattern.fullmatch(text)
        if found is not None:
            return words.format(*(_heard(language, part) for part in found.groups()))
    return text


@lru_cache(maxsize=4)
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The station's sentences as patterns, those with the most words of their own first."""
    rows = _read(language).get(STATION, {})
    rows = {**{e[:-3]: w[:-3] for e, w in rows.items() if e.endswith(" {}") and w.endswith(" {}")}, **rows}
    ordered = sorted(rows.items(), key=lambda row: (-len(row[0].replace("{}", "")), row[0].count("{}")))
    return tuple((re.compile("(.+?)".join(map(re.escape, english.split("{}")))), words) for english, words in ordered)
