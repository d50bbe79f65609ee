"""What a clinic no longer keeps: the waves of a day, after the time that it has set. What stays of them stands here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class WavesExpired:
    """The waves of all sessions admitted on a UTC day are kept no longer. size, sha256: of the file as it was.

    after_days: the clinic's setting. sessions: uuids. seals: for each, the digest of all its sealed minutes, in order.
    """

    KIND: ClassVar[str] = "record.waves_expired"
    file: str
    size: int
    sha256: str
    after_days: int
    sessions: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()


RetentionPayload = WavesExpired
