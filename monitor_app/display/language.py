"""In which language does the window speak? One table of whole sentences with places in braces; English is the key. Pure.

No sentence is put together from parts: `phrase("{} min left").format(16)`. What the table lacks stays English, so that
a word that is missing costs a translation and never a meaning. Codes, names and what a person typed are not translated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache

from monitor_app.assets import resources

NAMES = {"en": "English", "de": "Deutsch"}
PSEUDO = "pseudo"
"""For tests: every sentence in brackets and two fifths longer, so that what is not translated or does not fit is seen."""
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
def table(language: str) -> Mapping[str, str]:
    """English to that language. An absent or broken file is an empty table."""
    file = resources() / "languages" / f"{language}.toml"
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}
    return {english: words for part in found.values() for english, words in part.items()}
