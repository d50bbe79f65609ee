"""How is a TOML file read into a typed value, and how is a mistake in it explained? Data only: nothing is evaluated."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

FILE_MAX = 1_000_000
"""Bytes: a settings file is a few kilobytes; anything larger is some other file."""
T = TypeVar("T")


class ConfigError(Exception):
    """A settings file cannot be used; the message is one sentence for people."""


def read_table(path: Path) -> dict[str, Any]:
    """The file as plain data. Raises ConfigError with the line of a mistake of writing."""
    try:
        if path.stat().st_size > FILE_MAX:
            raise ConfigError(f"{path} is larger than {FILE_MAX // 1_000_000} MB and is no settings file")
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist: give the path of a TOML file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not a text file in UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {str(error)[0].lower()}{str(error)[1:]}") from None


def typed(path: Path, table: object, of: type[T]) -> T:
    """`table` as a value of type `of`. Raises ConfigError that names the key, what it holds and what is allowed."""
    try:
        return msgspec.convert(table, of)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_plain(str(error))}") from None


def refuse_unknown(path: Path, table: dict[str, Any], known: tuple[str, ...], where: str = "") -> None:
    """Raise ConfigError for a key that nobody reads: most often a slip of the pen that would be silently ignored."""
    for key in table:
        if key not in known:
            place = f"{where}.{key}" if where else key
            raise ConfigError(f"{path}: unknown key '{place}'; allowed here: {', '.join(known)}")


def require(path: Path, key: str, value: float, low: float, high: float, unit: str) -> None:
    """Raise ConfigError when `value` is outside low to high."""
    if not low <= value <= high:
        raise ConfigError(f"{path}: {key} = {value:g} is outside {low:g} to {high:g} {unit}".rstrip())


def _plain(text: str) -> str:
    found = re.fullmatch(r"(.*?) - at `\$\.?(.*?)`", text)
    return f"{found[2]}: {found[1][0].lower()}{found[1][1:]}" if found else text
