"""How does one run of the engine begin and end? Lock, record, resume, loop, clean stop: the order is the safety.

The lock comes before the record, the record before the station, the station before any port: nothing is measured that
could not be kept. A start after an unclean end resumes every session that had not ended, without asking.
"""

from __future__ import annotations

import platform
import shutil
import threading
import traceback
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from drivers import catalog
from drivers.driver import DriverSpec
from monitor_app import clock
from monitor_app.alarms import RULES
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.events import (
    AlarmRaised,
    ChairCleared,
    DeviceBound,
    DeviceUnbound,
    EngineStarted,
    EngineStopped,
    Event,
    FaultFound,
    NibpFailed,
    NibpMeasured,
    NoticeAcknowledged,
    RecordGap,
    SoundConfirmed,
    SoundSet,
)
from monitor_app.core.profile import Profile
from monitor_app.engine import awake
from monitor_app.engine.awake import Awake
from monitor_app.engine.bedside import Bedside
from monitor_app.engine.beeper import Beeper
from monitor_app.engine.exporting import ExportDesk
from monitor_app.engine.health import Health
from monitor_app.engine.links import LinkEnd
from monitor_app.engine.lock import FolderLock
from monitor_app.engine.loop import Loop
from monitor_app.engine.parts import Company, Parts, Script
from monitor_app.engine.patients import PatientDesk
from monitor_app.engine.profiles import ProfileDesk, Shelf
from monitor_app.engine.rawfiles import Place, RawFiles
from monitor_app.engine.recall import recall
from monitor_app.engine.recorder import Recorder
from monitor_app.engine.recordwatch import RecordWatch
from monitor_app.engine.runner import StationClock, run
from monitor_app.engine.soundcheck import SoundCheck
from monitor_app.engine.sounder import Sounder, SoundMode
from monitor_app.engine.stationtime import offset_us
from monitor_app.engine.strays import Strays
from monitor_app.engine.virtual import MARKS, WAVE_WORD, VirtualRoom
from monitor_app.engine.whereabouts import Whereabouts
from monitor_app.feed.messages import Welcome
from monitor_app.feed.server import FeedServer
from monitor_app.heartbeat import Beats
from monitor_app.record.ballast import BALLAST_BYTES, Ballast
from monitor_app.record.journal import Journal, event_of
from monitor_app.record.readers import Reader
from monitor_app.record.schema import SCHEMA_STEP
from monitor_app.record.writer import Writer
from monitor_app.rhythm import RhythmAnalyzer
from monitor_app.station import Station, Wall

NOTICE_VERSION = 1
LOG_FILE = "engine.log"
LOG_MAX = 5_000_000
"""Bytes of the technicians' log; beyond it only the journal's one sentence a fault is kept."""
ALONE_US = 60_000_000
"""Simulated chairs without a supervisor and without a window are nobody's: such an engine ends by itself after this."""
SIMULATED_BALLAST_BYTES = 4 << 20
"""Nobody's alarms are lost with a simulation's: its reserve is a token."""
RESUME_SESSIONS_MAX = 64
"""Newest sessions looked at for what has not ended: four rounds of a full room."""


class CannotStart(Exception):
    """The engine cannot begin; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One run. feed_folder: where displays attach, None for none. for_us: of real time.

    beat_descriptors: of the pipes to and from the supervisor. without_past: chairs begin empty, because two starts
    before this one died while they resumed. virtual: the devices of a run in simulated time. marks: said on every picture.
    drill: every chair says so. beep: chair whose heart is heard. listener: hears every event of the journal. keys: where the
    keys of stations lie, None for a record that nobody vouches for. shelf: keeps profiles that people change, None for none.
    """

    data: Path
    chairs: tuple[ChairSpec, ...]
    profiles: dict[str, Profile]
    version: str
    config_sentence: str = ""
    config_defaults: bool = False
    feed_folder: Path | None = None
    headless: bool = False
    simulated: bool = False
    speed: float = 1.0
    sound: SoundMode = SoundMode.AUDIBLE
    beat_descriptors: Sequence[int] = ()
    without_past: bool = False
    for_us: int | None = None
    virtual: VirtualRoom | None = None
    marks: tuple[str, ...] = ()
    drill: bool = False
    beep: int | None = None
    listener: Callable[[Event], None] = lambda event: None
    keys: Path | None = None
    shelf: Shelf | None = None
    run: str = field(default_factory=lambda: uuid.uuid4().hex)

    def spec(self, device: str) -> DriverSpec:
        """The row of a device of this room. Raises UnknownDevice."""
        return self.virtual.spec if self.virtual is not None else catalog.spec(device)


EndOf = Callable[[ChairSpec, int, StationClock], LinkEnd]


@dataclass(frozen=True, slots=True)
class Wire:
    """How the devices of the room are reached. whereabouts: learns the bindings, so that `end_of` finds them again."""

    end_of: EndOf
    whereabouts: Whereabouts


def run_engine(
    settings: RunSettings,
    end_of: EndOf,
    script: Script | None,
    stop: threading.Event,
    whereabouts: Whereabouts | None = None,
) -> int:
    """Run until `stop` is set. end_of: opens the link of a chair's device; whereabouts: where it looks for it.

    Raises FolderTaken, StoreError, CannotStart.
    """
    lock = FolderLock(settings.data, clock.utc_us(), settings.feed_folder)
    try:
        writer = Writer(settings.data, str(uuid.uuid4()), settings.keys)
        past = _Past.read(settings.data, writer)
        past.refuse_mixing(settings)
        wire = Wire(end_of, whereabouts or Whereabouts())
        return _run(settings, wire, script, stop, writer, past, lock.say_alone)
    finally:
        lock.release()


def _run(
    settings: RunSettings,
    wire: Wire,
    script: Script | None,
    stop: threading.Event,
    writer: Writer,
    past: _Past,
    orphaned: Callable[[bool], None],
) -> int:
    monotonic_us, utc_us = clock.monotonic_us(), clock.utc_us()
    station_clock = StationClock(offset_us(monotonic_us, utc_us, past.last_t_us, past.last_utc_us), settings.speed)
    now_us = station_clock.now_us()
    station, resumed = _station(settings, past, now_us)
    settings = _saying_so(settings, resumed)
    for event in past.bindings:
        wire.whereabouts.remember(event)
    loop, closing = _loop(settings, wire, script, writer, station, station_clock, stop, orphaned, past)
    loop.begin([*_first_events(settings, past, station_clock, now_us), *resumed], now_us)
    try:
        run(loop, station_clock, stop, settings.for_us)
    finally:
        loop.end([Event(station_clock.now_us(), EngineStopped(settings.run))], station_clock.now_us())
        kept = closing()
    return 0 if kept else 1


def _station(settings: RunSettings, past: _Past, now_us: int) -> tuple[Station, list[Event]]:
    """The station as it was left; when its past cannot be folded, a fresh one that says so, never a loop of crashes."""

    def fresh() -> tuple[Station, list[Event]]:
        specs = {link.device: settings.spec(link.device) for chair in settings.chairs for link in chair.links}
        station = Station(
            settings.chairs,
            settings.profiles,
            specs,
            run=settings.run,
            version=settings.version,
            analyse_waves=settings.virtual is None,
            analysis=settings.virtual.analysis if settings.virtual is not None else RhythmAnalyzer,
        )
        station.number_after(past.occurrence, past.reading)
        return station, station.restore_bindings(past.bindings, now_us)

    station, bound = fresh()
    if settings.without_past and past.open_events:
        sentence = "two starts failed while resuming: chairs begin empty, with their profiles' defaults"
        return station, [*bound, Event(now_us, FaultFound("resume", sentence))]
    try:
        return station, [*bound, *station.resume(past.open_events, now_us)]
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the past, the patients of now are watched
        _log_into(settings.data)(error)
        sentence = f"{type(error).__name__} while resuming: chairs begin empty"
        station, bound = fresh()
        return station, [*bound, Event(now_us, FaultFound("resume", sentence))]


def _saying_so(settings: RunSettings, resumed: Sequence[Event]) -> RunSettings:
    """A past that could not be taken up is told where a refused profile is: defaults hold, and people must know."""
    refused = [event.payload.sentence for event in resumed if isinstance(event.payload, FaultFound)]
    if not refused:
        return settings
    sentence = " ".join(part for part in (settings.config_sentence, *refused) if part)
    return replace(settings, config_sentence=sentence, config_defaults=True)


def _loop(
    settings: RunSettings,
    wire: Wire,
    script: Script | None,
    writer: Writer,
    station: Station,
    station_clock: StationClock,
    stop: threading.Event,
    orphaned: Callable[[bool], None],
    past: _Past,
) -> tuple[Loop, Callable[[], bool]]:
    now = station_clock.now_us
    secret = writer.key.secret if writer.key is not None else None
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head, secret)
    size = SIMULATED_BALLAST_BYTES if settings.simulated else BALLAST_BYTES
    recorder = Recorder(
        writer, now, len(settings.chairs), writer.last_seq, lambda: _free_bytes(settings.data), pace=settings.speed,
        ballast=Ballast(settings.data, lambda: _free_bytes(settings.data), size),
    )  # fmt: skip
    recorder.start()
    volume, melodies, beep = past.sound_set
    sounder = Sounder(SoundMode.OFF if settings.speed > 1 else settings.sound, now, volume=volume, melodies=melodies)
    feed = _feed(settings, station_clock)
    if feed is not None:
        recall(settings.data, past.open_events, feed.remember)
    strays = Strays()
    strays.install()
    watch = RecordWatch(settings.data, utc=station_clock.utc_us)
    watch.start()
    raw = RawFiles(settings.data, now, station_clock.utc_us, settings.version)

    def side(chair: ChairSpec, index: int, link: LinkSpec) -> Bedside:
        if settings.virtual is not None:
            return settings.virtual.side_of(chair, station_clock)
        place = Place(chair.number, index, link.device, link.url)
        end = raw.overhear(place, wire.end_of(chair, index, station_clock))
        return Bedside(chair.number, index, catalog.spec(link.device), end)

    bedsides = [side(chair, index, link) for chair in settings.chairs for index, link in enumerate(chair.links)]
    parts = Parts(
        station=station,
        bedsides=bedsides,
        journal=journal,
        recorder=recorder,
        sounder=sounder,
        health=Health(
            settings.headless or settings.speed > 1,  # windows go by real time
            settings.config_sentence,
            config_defaults=settings.config_defaults,
            chairs=len(settings.chairs),
        ),
        wall=lambda: Wall(station_clock.utc_us(), clock.utc_offset_s()),
        exports=ExportDesk(settings.data, now, station_clock.utc_us, writer.identities),
        company=Company(
            beats=Beats(settings.beat_descriptors),
            strays=strays,
            awake=Awake(awake.command()),
            orphaned=orphaned,
            stop=stop.set,
            alone_us=int(ALONE_US * settings.speed) if settings.simulated else None,
        ),
        feed=feed,
        script=script,
        speed=settings.speed,
        attained=lambda: station_clock.attained,
        drill=settings.drill,
        listener=settings.listener,
        marks=(*settings.marks, *(MARKS if settings.virtual is not None else ())),
        wave_word=WAVE_WORD if settings.virtual is not None else "",
        log=_log_into(settings.data),
        keep_bytes=raw.fault,
        newest_bytes=raw.newest,
        whereabouts=wire.whereabouts,
        patients=PatientDesk(settings.data),
        profiles=ProfileDesk(settings.profiles, settings.shelf),
        sound_check=SoundCheck(past.sound_confirmed),
        record_watch=watch,
        beeper=Beeper(_heard_again(settings, beep)),
    )

    def close() -> bool:
        for side in bedsides:
            side.close()
        raw.close()
        sounder.close()
        watch.close()
        parts.company.awake.close()
        kept = recorder.close()
        if feed is not None:
            feed.close()
        return kept

    return Loop(parts), close


def _feed(settings: RunSettings, station_clock: StationClock) -> FeedServer | None:
    if settings.feed_folder is None:
        return None
    offset = station_clock.offset_us if settings.speed == 1 else None
    return FeedServer(settings.feed_folder, clock.monotonic_us, Welcome(settings.run, settings.version, offset))


def _first_events(settings: RunSettings, past: _Past, station_clock: StationClock, now_us: int) -> list[Event]:
    started = EngineStarted(
        settings.run, settings.version, station_clock.offset_us, platform.node(), settings.simulated, RULES, SCHEMA_STEP
    )
    found = [Event(now_us, started)]
    if past.last_t_us is not None and (past.open_events or not past.clean):
        reason = "station was stopped" if past.clean else "engine restart"
        found.append(Event(now_us, RecordGap(past.last_t_us, now_us, reason)))
    if settings.headless and settings.simulated:
        found.append(Event(now_us, NoticeAcknowledged(NOTICE_VERSION, "", accepted=False)))
    return found


@dataclass(frozen=True, slots=True)
class _Past:
    """What the record says of before: where station time stands, whether the end was clean, what had not ended.

    occurrence, reading: the highest ids ever given; sessions that have ended hold them as well.
    """

    last_t_us: int | None = None
    last_utc_us: int | None = None
    clean: bool = True
    simulated: bool | None = None
    open_events: Sequence[Event] = ()
    occurrence: int = 0
    reading: int = 0
    bindings: Sequence[Event] = ()
    sound_confirmed: tuple[int, str] | None = None
    sound_set: tuple[float, bool, int] = (1.0, False, 0)

    @classmethod
    def read(cls, folder: Path, writer: Writer) -> _Past:
        if writer.last_seq == 0:
            return cls()
        with Reader(folder) as reader:
            last = next(iter(reader.entries(after_seq=writer.last_seq - 1)))
            runs = reader.events_of_kind(EngineStarted.KIND, EngineStopped.KIND)
            started = [run.payload for run in runs if isinstance(run.payload, EngineStarted)]
            behind_us = max(0, writer.last_t_us - last.t_us)
            return cls(
                last_t_us=writer.last_t_us,
                last_utc_us=last.utc_us + behind_us,
                clean=bool(runs) and isinstance(runs[-1].payload, EngineStopped),
                simulated=started[-1].simulated if started else None,
                open_events=_open_events(reader),
                occurrence=_newest_id(reader, AlarmRaised),
                reading=max(_newest_id(reader, NibpMeasured), _newest_id(reader, NibpFailed)),
                bindings=[event_of(e.entry) for e in reader.events_of_kind(DeviceBound.KIND, DeviceUnbound.KIND)],
                sound_confirmed=_sound_confirmed(reader),
                sound_set=_sound_set(reader),
            )

    def refuse_mixing(self, settings: RunSettings) -> None:
        if self.simulated is not None and self.simulated != settings.simulated:
            kind = "simulated" if self.simulated else "real"
            raise CannotStart(
                f"{settings.data} holds the record of {kind} chairs; simulated and real chairs never share a data "
                f"folder: choose another with --data"
            )


def _newest_id(reader: Reader, of: type[AlarmRaised] | type[NibpMeasured] | type[NibpFailed]) -> int:
    """Ids only grow, so the newest is the highest."""
    newest = reader.newest_of_kind(of.KIND)
    payload = newest.payload if newest is not None else None
    if isinstance(payload, AlarmRaised):
        return payload.occurrence
    return payload.id if isinstance(payload, (NibpMeasured, NibpFailed)) else 0


def _sound_confirmed(reader: Reader) -> tuple[int, str] | None:
    """When, and by whom, the newest sound check was confirmed; a check that was not passed leaves none."""
    newest = reader.newest_of_kind(SoundConfirmed.KIND)
    payload = newest.payload if newest is not None else None
    if newest is None or not isinstance(payload, SoundConfirmed) or not (payload.heard and payload.seen):
        return None
    return newest.entry.utc_us, payload.name


def _sound_set(reader: Reader) -> tuple[float, bool, int]:
    """Volume, melodies and the chair that is heard (0 for none) as they were set last."""
    newest = reader.newest_of_kind(SoundSet.KIND)
    payload = newest.payload if newest is not None else None
    return (payload.volume, payload.melodies, payload.beep) if isinstance(payload, SoundSet) else (1.0, False, 0)


def _heard_again(settings: RunSettings, beep: int) -> int:
    """The chair whose heart is heard from the start: as this run was asked, else as it was, if the room has it still."""
    if settings.beep is not None:
        return settings.beep
    return beep if any(chair.number == beep for chair in settings.chairs) else 0


def _open_events(reader: Reader) -> list[Event]:
    """The journal of every session whose chair has not been cleared, and of the notice, in order."""
    found = reader.events_of_kind(NoticeAcknowledged.KIND)
    for row in reader.sessions()[-RESUME_SESSIONS_MAX:]:
        events = list(reader.events(row.uuid))
        if not any(isinstance(event.payload, ChairCleared) for event in events):
            found += events
    found.sort(key=lambda event: event.entry.seq)
    return [event_of(event.entry) for event in found]


def _free_bytes(folder: Path) -> int | None:
    with suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def _log_into(folder: Path) -> Callable[[BaseException], None]:
    """Writes where an exception came from into the technicians' log: places, never values, so no patient text."""

    def log(error: BaseException) -> None:
        path = folder / "logs" / LOG_FILE
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if path.exists() and path.stat().st_size > LOG_MAX:
                return
            places = "".join(traceback.format_tb(error.__traceback__))
            when = datetime.fromtimestamp(clock.utc_us() / 1e6, UTC).isoformat()
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{when} {type(error).__name__}\n{places}\n")

    return log
