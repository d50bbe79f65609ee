"""What would be on the disk if the power failed now? A recorded run of system calls, replayed up to a moment (STORAGE 9).

A file's durable content is what stood at its last fsync; of every later write each sector of 512 bytes is kept or not. A new
file exists once its folder was synced, else by chance; folders themselves are taken for durable. A drive that lies about
flushing is not modelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512
TRACED = "openat,write,pwrite64,fsync,fdatasync,ftruncate,unlink,close,lseek"
_CALL = re.compile(r"^\d+\s+(\w+)\((.*)\)\s+= (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Op:
    """One thing that a process did. kind: create, write, truncate, sync, sync_folder, unlink or said (a line on stdout)."""

    kind: str
    path: str = ""
    at: int = 0
    data: bytes = b""


@dataclass(slots=True)
class _Handle:
    path: str
    append: bool
    at: int = 0


@dataclass(slots=True)
class _File:
    """A file as it is now, and as it was at its last sync with what came after."""

    durable: bytes = b""
    named: bool = False
    later: list[Op] = field(default_factory=list)


def operations(trace: Path, folder: Path) -> list[Op]:
    """What strace (`-f -xx -e trace=TRACED`) saw a process do to the files of `folder`, in order, and what it said."""
    ops: list[Op] = []
    handles: dict[int, _Handle] = {}
    sizes: dict[str, int] = {}
    for line in trace.read_text(encoding="ascii", errors="replace").splitlines():
        call = _CALL.match(line)
        if call is not None and int(call[3]) >= 0:
            ops += _ops_of(call[1], call[2], int(call[3]), handles, sizes, str(folder))
    return ops


def _ops_of(
    name: str, text: str, result: int, handles: dict[int, _Handle], sizes: dict[str, int], folder: str
) -> Iterator[Op]:
    data = bytes.fromhex(found[1].replace("\\x", "")) if (found := _TEXT.search(text)) else b""
    if name == "openat":
        path = data.decode("utf-8", "replace")
        handles.pop(result, None)
        if path == folder or path.startswith(f"{folder}/"):
            handles[result] = _Handle(path, "O_APPEND" in text)
            if "O_CREAT" in text and path not in sizes:
                sizes[path] = 0
                yield Op("create", path)
        return
    if name == "unlink":
        path = data.decode("utf-8", "replace")
        if sizes.pop(path, None) is not None:
            yield Op("unlink", path)
        return
    number = int(re.match(r"\d+", text)[0])  # type: ignore[index]
    if name == "write" and number == 1:
        yield Op("said", data=data)
    handle = handles.get(number)
    if handle is None:
        return
    if name == "close":
        del handles[number]
    elif name == "lseek":
        handle.at = result
    elif name in ("fsync", "fdatasync"):
        yield Op("sync" if handle.path in sizes else "sync_folder", handle.path)
    elif name == "ftruncate":
        sizes[handle.path] = at = int(text.split(",")[1])
        yield Op("truncate", handle.path, at)
    elif name in ("write", "pwrite64"):
        at = sizes.get(handle.path, 0) if handle.append else handle.at
        if name == "pwrite64":
            at = int(text.rsplit(",", 1)[1])
        else:
            handle.at = at + result
        sizes[handle.path] = max(sizes.get(handle.path, 0), at + result)
        yield Op("write", handle.path, at, data[:result])


def after_power_cut(ops: list[Op], cut: int, chance: Random) -> dict[str, bytes]:
    """The files after a power cut before operation number `cut`, by path. chance: what becomes of what was not synced."""
    kept = chance.choice((0.0, 0.5, 0.9, 1.0))
    files: dict[str, _File] = {}
    for op in ops[:cut]:
        if op.kind == "create":
            files[op.path] = _File()
        elif op.kind == "unlink":
            files.pop(op.path, None)
        elif op.kind == "sync":
            files[op.path] = _File(_applied(files[op.path], 1.0, chance), files[op.path].named)
        elif op.kind == "sync_folder":
            for path, file in files.items():
                file.named = file.named or path.rsplit("/", 1)[0] == op.path
        elif op.kind in ("write", "truncate"):
            files[op.path].later.append(op)
    there = {path: file for path, file in files.items() if file.named or chance.random() < kept}
    return {path: _applied(file, kept, chance) for path, file in there.items() if not path.endswith("-shm")}


def _applied(file: _File, kept: float, chance: Random) -> bytes:
    content = bytearray(file.durable)
    for op in file.later:
        if op.kind == "truncate":
            if chance.random() < kept:
                del content[op.at :]
                content.extend(bytes(op.at - len(content)))
            continue
        for begin, piece in _sectors(op):
            if chance.random() < kept:
                content.extend(bytes(max(0, begin - len(content))))
                content[begin : begin + len(piece)] = piece
    return bytes(content)


def _sectors(op: Op) -> Iterator[tuple[int, bytes]]:
    """The parts of a write that lie in one sector each."""
    at, data = op.at, op.data
    while data:
        n = min(len(data), SECTOR - at % SECTOR)
        yield at, data[:n]
        at, data = at + n, data[n:]
