"""HealthyPi frames as people usually find them: a state machine that takes one byte at a time."""

from __future__ import annotations

HEADS = (b"\x0a\xfa\x14\x00\x02", b"\x0a\xfa\x16\x00\x02")
STOP = b"\x00\x0b"
PONG = b"\xaa\x55\x81\x00\x00"


def frames(data: bytes) -> int:
    """How many good frames: header, payload, two stop bytes, and behind them the next header or the answer to a ping."""
    good, need = 0, 5
    pending = bytearray()
    for byte in data:
        pending.append(byte)
        while len(pending) >= need:
            head = bytes(pending[:5])
            size = head[2] + 7
            if head not in HEADS:
                del pending[0]
                need = 5
            elif need == 5:
                need = size + 5
            else:
                is_frame = pending[size - 2 : size] == STOP and pending[size:] in (head, PONG)
                good += is_frame
                del pending[: size if is_frame else 1]
                need = 5
    return good
