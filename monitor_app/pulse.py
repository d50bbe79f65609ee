"""What does the sound server say of its devices and streams, and how loud is what it plays? libpulse, asked without waiting.

PulseAudio and PipeWire both answer to this library, and on a computer that has one of them the player itself goes through
it, so nothing more need be installed. A `Session` belongs to one thread; every `turn` ends after the time it was given,
also when the server is stopped.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_float, c_int, c_size_t, c_uint8, c_uint32, c_uint64
from ctypes import c_void_p as handle
from dataclasses import dataclass
from functools import cache
from typing import Any

LIBRARY = "libpulse.so.0"
CHANNELS_MAX = 32
NORM = 65_536
"""A volume of 100 %; loudness goes with the cube of it."""
PEAKS_HZ = 10
"""How often the monitor tells the greatest level since it told last."""
PEAKS_MAX = 256

_NO_AUTOSPAWN = 1
_FLAT_VOLUME = 0x40
_DONT_MOVE, _PEAK_DETECT, _ADJUST_LATENCY = 0x0200, 0x0800, 0x2000
_READY, _FAILED = 4, 5
_FLOAT32 = 5 if sys.byteorder == "little" else 6
_ANY = 0xFFFF_FFFF


class Unreachable(Exception):
    """There is no sound server of this kind, or it has gone."""


@dataclass(frozen=True, slots=True)
class Device:
    """One output. index: the server's number. volume: 1.0 is 100 %. monitor: name of the source that hears it.

    flat: a stream's volume already holds the device's.
    """

    index: int
    name: str
    words: str
    muted: bool
    volume: float
    monitor: str
    flat: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """What one process plays into one output. pid: of that process, 0 where it does not say. volume: 1.0 is 100 %."""

    device: int
    pid: int
    muted: bool
    volume: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole mixer at one moment. default: name of the output that new streams get; empty without any."""

    default: str
    devices: tuple[Device, ...]
    streams: tuple[Stream, ...]


class _SampleSpec(Structure):
    _fields_ = (("format", c_int), ("rate", c_uint32), ("channels", c_uint8))


class _ChannelMap(Structure):
    _fields_ = (("channels", c_uint8), ("map", c_int * CHANNELS_MAX))


class _Volume(Structure):
    _fields_ = (("channels", c_uint8), ("values", c_uint32 * CHANNELS_MAX))


class _DeviceInfo(Structure):
    _fields_ = (
        ("name", c_char_p), ("index", c_uint32), ("description", c_char_p), ("sample_spec", _SampleSpec),
        ("channel_map", _ChannelMap), ("owner_module", c_uint32), ("volume", _Volume), ("mute", c_int),
        ("monitor_source", c_uint32), ("monitor_source_name", c_char_p), ("latency", c_uint64), ("driver", c_char_p),
        ("flags", c_int),
    )  # fmt: skip


class _StreamInfo(Structure):
    _fields_ = (
        ("index", c_uint32), ("name", c_char_p), ("owner_module", c_uint32), ("client", c_uint32), ("device", c_uint32),
        ("sample_spec", _SampleSpec), ("channel_map", _ChannelMap), ("volume", _Volume), ("buffer_usec", c_uint64),
        ("device_usec", c_uint64), ("resample_method", c_char_p), ("driver", c_char_p), ("mute", c_int),
        ("proplist", handle),
    )  # fmt: skip


class _ServerInfo(Structure):
    _fields_ = (
        ("user_name", c_char_p), ("host_name", c_char_p), ("server_version", c_char_p), ("server_name", c_char_p),
        ("sample_spec", _SampleSpec), ("default_device", c_char_p),
    )  # fmt: skip


class _Buffer(Structure):
    _fields_ = tuple((name, c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize"))


_OnServer = CFUNCTYPE(None, handle, POINTER(_ServerInfo), handle)
_OnDevice = CFUNCTYPE(None, handle, POINTER(_DeviceInfo), c_int, handle)
_OnStream = CFUNCTYPE(None, handle, POINTER(_StreamInfo), c_int, handle)

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "pa_mainloop_new": (handle, ()),
    "pa_mainloop_get_api": (handle, (handle,)),
    "pa_mainloop_prepare": (c_int, (handle, c_int)),
    "pa_mainloop_poll": (c_int, (handle,)),
    "pa_mainloop_dispatch": (c_int, (handle,)),
    "pa_mainloop_free": (None, (handle,)),
    "pa_context_new": (handle, (handle, c_char_p)),
    "pa_context_connect": (c_int, (handle, c_char_p, c_int, handle)),
    "pa_context_get_state": (c_int, (handle,)),
    "pa_context_disconnect": (None, (handle,)),
    "pa_context_unref": (None, (handle,)),
    "pa_context_get_server_info": (handle, (handle, _OnServer, handle)),
    "pa_context_get_sink_info_list": (handle, (handle, _OnDevice, handle)),
    "pa_context_get_sink_input_info_list": (handle, (handle, _OnStream, handle)),
    "pa_operation_unref": (None, (handle,)),
    "pa_proplist_gets": (c_char_p, (handle, c_char_p)),
    "pa_stream_new": (handle, (handle, c_char_p, POINTER(_SampleSpec), handle)),
    "pa_stream_connect_record": (c_int, (handle, c_char_p, POINTER(_Buffer), c_int)),
    "pa_stream_readable_size": (c_size_t, (handle,)),
    "pa_stream_peek": (c_int, (handle, POINTER(handle), POINTER(c_size_t))),
    "pa_stream_drop": (c_int, (handle,)),
    "pa_stream_disconnect": (c_int, (handle,)),
    "pa_stream_unref": (None, (handle,)),
}
_NOTHING_READABLE = (0, c_size_t(-1).value)


@cache
def library() -> Any:
    """The library with its signatures, or None where this computer has none."""
    if sys.platform != "linux":
        return None
    try:
        loaded = ctypes.CDLL(LIBRARY)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return loaded


class Session:
    """One connection. name: as other programs see it. Raises Unreachable where there is nobody to connect to."""

    def __init__(self, name: str) -> None:
        lib = library()
        if lib is None:
            raise Unreachable("no sound server's library")
        self._lib = lib
        self._loop = lib.pa_mainloop_new()
        self._context = lib.pa_context_new(lib.pa_mainloop_get_api(self._loop), name.encode())
        self._stream: int | None = None
        self._listens_to = ""
        self._peaks: list[float] = []
        self._default = ""
        self._devices: list[Device] = []
        self._streams: list[Stream] = []
        self._awaited: set[str] = set()
        self._answer: Answer | None = None
        self._callbacks = (_OnServer(self._on_server), _OnDevice(self._on_device), _OnStream(self._on_stream))
        if lib.pa_context_connect(self._context, None, _NO_AUTOSPAWN, None) < 0:
            self.close()
            raise Unreachable("nobody answers")

    @property
    def ready(self) -> bool:
        """The server has let us in."""
        return self._context is not None and self._lib.pa_context_get_state(self._context) == _READY

    @property
    def waiting(self) -> bool:
        """A question has not been answered."""
        return bool(self._awaited)

    def turn(self, within_us: int) -> None:
        """Take what has come; return after `within_us` at the latest. Raises Unreachable when the server has gone."""
        lib = self._lib
        if lib.pa_mainloop_prepare(self._loop, within_us) < 0 or lib.pa_mainloop_poll(self._loop) < 0:
            raise Unreachable("its loop has ended")
        if lib.pa_mainloop_dispatch(self._loop) < 0 or lib.pa_context_get_state(self._context) >= _FAILED:
            raise Unreachable("it has gone")
        self._read_peaks()

    def ask(self) -> None:
        """Ask for the whole mixer; the answer comes by `take_answer`."""
        self._devices, self._streams = [], []
        self._awaited = {"server", "devices", "streams"}
        on_server, on_device, on_stream = self._callbacks
        lib, context = self._lib, self._context
        for operation in (
            lib.pa_context_get_server_info(context, on_server, None),
            lib.pa_context_get_sink_info_list(context, on_device, None),
            lib.pa_context_get_sink_input_info_list(context, on_stream, None),
        ):
            if operation:
                lib.pa_operation_unref(operation)

    def take_answer(self) -> Answer | None:
        """The mixer as it was answered since the last call."""
        taken, self._answer = self._answer, None
        return taken

    def listen(self, source: str) -> None:
        """Hear this source from now on, and no other; empty for none."""
        if source == self._listens_to:
            return
        self._stop_listening()
        self._listens_to = source
        if not source:
            return
        spec = _SampleSpec(_FLOAT32, PEAKS_HZ, 1)
        buffer = _Buffer(_ANY, _ANY, _ANY, _ANY, ctypes.sizeof(c_float))
        self._stream = self._lib.pa_stream_new(self._context, b"proof of sound", byref(spec), None)
        if self._stream:
            flags = _DONT_MOVE | _PEAK_DETECT | _ADJUST_LATENCY
            self._lib.pa_stream_connect_record(self._stream, source.encode(), byref(buffer), flags)

    def take_peaks(self) -> list[float]:
        """Greatest levels since the last call, 1.0 is full scale, in their order."""
        taken, self._peaks = self._peaks, []
        return taken

    def close(self) -> None:
        """Leave the server; may be called twice."""
        if self._context is None:
            return
        self._stop_listening()
        self._lib.pa_context_disconnect(self._context)
        self._lib.pa_context_unref(self._context)
        self._lib.pa_mainloop_free(self._loop)
        self._context = None

    def _stop_listening(self) -> None:
        if self._stream:
            self._lib.pa_stream_disconnect(self._stream)
            self._lib.pa_stream_unref(self._stream)
        self._stream, self._listens_to = None, ""

    def _read_peaks(self) -> None:
        lib, stream = self._lib, self._stream
        while stream and lib.pa_stream_readable_size(stream) not in _NOTHING_READABLE:
            data, length = handle(), c_size_t()
            if lib.pa_stream_peek(stream, byref(data), byref(length)) < 0 or not length.value:
                return
            if data.value:
                count = length.value // ctypes.sizeof(c_float)
                self._peaks += (c_float * count).from_address(data.value)[:]
                del self._peaks[:-PEAKS_MAX]
            lib.pa_stream_drop(stream)

    # ------------------------------------------------------------ what the server says, in the thread of `turn`

    def _on_server(self, _context: int, info: Any, _: int) -> None:
        self._default = _text(info.contents.default_device) if info else ""
        self._answered("server")

    def _on_device(self, _context: int, info: Any, end: int, _: int) -> None:
        if end or not info:
            self._answered("devices")
            return
        said = info.contents
        self._devices.append(
            Device(
                said.index, _text(said.name), _text(said.description), bool(said.mute), _loudest(said.volume),
                _text(said.monitor_source_name), bool(said.flags & _FLAT_VOLUME),
            )
        )  # fmt: skip

    def _on_stream(self, _context: int, info: Any, end: int, _: int) -> None:
        if end or not info:
            self._answered("streams")
            return
        said = info.contents
        pid = _text(self._lib.pa_proplist_gets(said.proplist, b"application.process.id"))
        self._streams.append(
            Stream(said.device, int(pid) if pid.isdigit() else 0, bool(said.mute), _loudest(said.volume))
        )

    def _answered(self, what: str) -> None:
        self._awaited.discard(what)
        if not self._awaited:
            self._answer = Answer(self._default, tuple(self._devices), tuple(self._streams))


def ask_once(name: str, turns: int = 80, turn_us: int = 50_000) -> Answer | None:
    """The mixer now; None where nobody answers within `turns` turns of `turn_us`."""
    try:
        session = Session(name)
    except Unreachable:
        return None
    try:
        return _answer_of(session, turns, turn_us)
    except Unreachable:
        return None
    finally:
        session.close()


def _answer_of(session: Session, turns: int, turn_us: int) -> Answer | None:
    asked = False
    for _ in range(turns):
        session.turn(turn_us)
        if session.ready and not asked:
            session.ask()
            asked = True
        answer = session.take_answer()
        if answer is not None:
            return answer
    return None


def _text(said: bytes | None) -> str:
    return said.decode("utf-8", "replace") if said else ""


def _loudest(volume: Any) -> float:
    channels = min(volume.channels, CHANNELS_MAX)
    return float(max(volume.values[:channels], default=0)) / NORM
