"""What does a sample, a finding or a silence change at a chair? The one way in for everything that devices say."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from drivers.driver import AskIdentity, StartNibp, StopNibp
from drivers.samples import (
    Beat,
    CuffPhase,
    DeviceAlarm,
    DeviceStatus,
    Handshake,
    Identity,
    LinkQuality,
    NibpProgress,
    NibpReading,
    Numeric,
    Parameter,
    RhythmCode,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from monitor_app.core import events as ev
from monitor_app.core.chair import LinkState
from monitor_app.core.facts import DeviceWord
from monitor_app.core.findings import (
    BeatFound,
    Finding,
    Quality,
    QualityFound,
    RateFound,
    RhythmFound,
    RhythmWord,
)
from monitor_app.core.parameters import SECOND_US, WAVES, as_shown
from monitor_app.core.second import Heard, LinkChanged, Observation, RequestRefused
from monitor_app.core.snapshot import WaveChunk
from monitor_app.station.absent import note_motion
from monitor_app.station.bindings import Bindings
from monitor_app.station.chair_state import ChairState, CuffRecord
from monitor_app.station.cuff_schedule import Said
from monitor_app.station.links import LinkStatus
from monitor_app.station.stillness import forget_stillness, judge_leads, stillness, take_stillness
from monitor_app.station.ventricular import VentricularBeats

BEATS_PER_CHUNK_MAX = 256
"""Beats wait for the next chunk of their lead; a lead that sends none does not collect them for ever."""

WAITING_MAX = 256
"""Facts of three seconds that are told once: readings, states, alarms."""

REFUSED, ADMITTED = "refused", "admitted"
"""What a judgement at the door comes to, in the words of the record."""

NOBODYS = ""
"""A cuff that works when nobody is in care may be on anybody: its reading belongs to no session, not to the last one."""

_TOLD_ONCE = (NibpReading, DeviceStatus, RhythmCode, DeviceAlarm)

_LESSER = frozenset({"low", "medium"})
"""A device's own alarms of these priorities are only told. One that it does not grade may be grave."""

_WORKING = frozenset({CuffPhase.INFLATING, CuffPhase.MEASURING})
"""A module that initialises itself after power-up measures nobody."""


class Intake:
    """Takes what devices and the wave analysis say. waves: where placed chunks go. next_reading: the station's counter."""

    def __init__(
        self, waves: deque[WaveChunk], next_reading: Callable[[], int], analyse_waves: bool, bindings: Bindings
    ) -> None:
        self._waves = waves
        self._next_reading = next_reading
        self._analyse = analyse_waves
        self._bindings = bindings
        self._take: dict[type[Any], Callable[[ChairState, LinkStatus, Any, int], None]] = {
            Numeric: self._numeric,
            WaveBlock: self._wave,
            Beat: self._beat,
            NibpProgress: self._progress,
            NibpReading: self._reading,
            DeviceStatus: self._status,
            RhythmCode: self._rhythm_code,
            DeviceAlarm: self._device_alarm,
            LinkQuality: self._quality,
        }

    # ------------------------------------------------------------------ devices

    def receive(self, chair: ChairState, index: int, samples: Sequence[Sample], now_us: int) -> None:
        """Samples of one device, in their order; who it says it is comes first, because it decides about the others."""
        link = chair.links[index]
        chair.begin_turn(index, now_us)
        if link.live and link.door.asks:  # doubted since, for what another link has said
            self._after_judging(chair, link, now_us)
        said = [sample for sample in samples if isinstance(sample, Identity)]
        for identity in said:
            chair.observe(Observation(now_us, index, identity))
            self._identity(chair, link, identity, now_us)
        if not link.door.is_open and link.spoke(tuple(samples)):
            self.spoke(chair, link, now_us)
        others = [sample for sample in samples if not isinstance(sample, Identity)]
        if link.door.is_open:
            self._let_in(chair, link, others, now_us)
        else:
            self._keep_out(chair, link, others, now_us)

    def spoke(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        """A device speaks that is not known to be the chair's own; noted once a second."""
        door = link.door
        if door.heard_us is not None and now_us - door.heard_us < SECOND_US:
            return
        door.heard_us = now_us
        chair.observe(Observation(now_us, link.index, LinkChanged(link.index, "spoke")))
        if door.until_us is None:
            if door.said is None and AskIdentity in link.driver.commands:  # it was asked before it was awake, perhaps
                chair.request(link.index, AskIdentity())
            self._bindings.spoke(chair, link, now_us)
            self._after_judging(chair, link, now_us)
        elif door.asks:
            self._bindings.still_there(link, now_us)

    def judge(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        """The device has said who it is, or its time to say so is over, or a person has confirmed it."""
        self._bindings.judge(chair, link, now_us)
        self._after_judging(chair, link, now_us)

    def confirmed(self, chair: ChairState, link: LinkStatus, actor: str, now_us: int) -> None:
        """A person has said that what speaks there is the chair's device."""
        self._bindings.confirm(chair, link, actor, now_us)
        self._after_judging(chair, link, now_us)

    def _after_judging(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        door = link.door
        if door.asks:
            door.waiting.clear()
            self._judged(chair, link, LinkChanged(link.index, REFUSED, sentence=door.words), now_us)
        elif door.is_open and link.state is LinkState.REFUSED:
            self._judged(chair, link, LinkChanged(link.index, ADMITTED), now_us)
        elif door.match is None and not link.live:
            link.sentence = door.words
        if door.is_open and door.waiting:
            waiting = door.waiting.copy()
            door.waiting.clear()
            self._let_in(chair, link, waiting, now_us)

    def _let_in(self, chair: ChairState, link: LinkStatus, samples: Sequence[Sample], now_us: int) -> None:
        heard = tuple(samples)
        came_alive = link.hears(heard, now_us)
        if not link.keeps(heard, now_us) and came_alive:
            chair.observe(Observation(now_us, link.index, Heard()))
            link.kept_us = now_us
        if came_alive:
            self._found(chair, link, now_us)
        for sample in samples:
            if not isinstance(sample, WaveBlock):
                chair.observe(Observation(now_us, link.index, sample))
            self._take[type(sample)](chair, link, sample, now_us)

    def relive(self, chair: ChairState, index: int, turn: Sequence[Observation], now_us: int) -> None:
        """One turn of a link as the record has it: what it said, and what was found in its waves, in that order."""
        link = chair.links[index]
        samples = tuple(o.what for o in turn if type(o.what) in self._take)
        for observation in turn:
            if samples and type(observation.what) in self._take:  # what was judged before it stands before it
                if link.hears(cast(tuple[Sample, ...], samples), now_us):
                    self._found(chair, link, now_us)
                samples = ()
            self._relive(chair, link, observation, now_us)

    def _relive(self, chair: ChairState, link: LinkStatus, observation: Observation, now_us: int) -> None:
        what = observation.what
        take = self._take.get(type(what))
        if take is not None:
            take(chair, link, what, now_us)
        elif isinstance(what, Heard):
            if link.live:
                link.heard_us = max(link.heard_us or 0, observation.now_us)
            elif link.came_alive(observation.now_us):
                self._found(chair, link, now_us)
        elif isinstance(what, Identity):
            link.identity = what
        elif isinstance(what, RequestRefused):
            self.refused(chair, link.index, now_us)
        elif isinstance(what, LinkChanged):
            self.link_changed(chair, link, replace(what, place=None), now_us)
        elif isinstance(what, (BeatFound, RateFound, QualityFound, RhythmFound)):
            self.findings(chair, [what], now_us, link.index)

    def link_changed(self, chair: ChairState, link: LinkStatus, change: LinkChanged, now_us: int) -> None:
        """The engine's word about the port."""
        if change.state == "opened":
            link.opened(now_us)
            self._bindings.opened(link, change.place, now_us)
            chair.link_facts, chair.dirty = None, True
        elif change.state == "lost":
            self.lost(chair, link, change.hard, change.sentence, now_us)
        elif change.state in (REFUSED, ADMITTED):
            self._stand_at_the_door(chair, link, change, now_us)

    def _judged(self, chair: ChairState, link: LinkStatus, change: LinkChanged, now_us: int) -> None:
        """What the judgement came to, kept for the record: a re-execution takes it as it was and judges nobody."""
        if change.state == REFUSED and link.state is LinkState.REFUSED and link.sentence == change.sentence:
            return
        chair.observe(Observation(now_us, link.index, change))
        self._stand_at_the_door(chair, link, change, now_us)

    def _stand_at_the_door(self, chair: ChairState, link: LinkStatus, change: LinkChanged, now_us: int) -> None:
        if change.state == ADMITTED:
            link.connecting(now_us)
        else:
            was_live = link.live
            link.refuse(change.sentence, now_us)
            if was_live:
                self._went(chair, link, now_us)
                self._forget(chair, link)
        chair.link_facts, chair.dirty = None, True

    def _keep_out(self, chair: ChairState, link: LinkStatus, samples: Sequence[Sample], now_us: int) -> None:
        """Of a device that is not known only the state of its line counts. What it says once waits until it is known;
        levels do not: they come again within a second, and an old one must not be taken for new."""
        for sample in samples:
            if isinstance(sample, LinkQuality):
                chair.observe(Observation(now_us, link.index, sample))
                self._quality(chair, link, sample, now_us)
            elif link.door.match is None and isinstance(sample, _TOLD_ONCE) and len(link.door.waiting) < WAITING_MAX:
                link.door.waiting.append(sample)

    def _forget(self, chair: ChairState, link: LinkStatus) -> None:
        """What came before a device turned out to be another may be that one's already."""
        chair.values.forget(link.index)
        if _gives_rate(chair, link):
            chair.values.forget(None)

    def lost(self, chair: ChairState, link: LinkStatus, hard: bool, sentence: str, now_us: int) -> None:
        """A device is gone: by an error of its port (hard) or by silence."""
        was_live, refused = link.live, link.state is LinkState.REFUSED
        link.lose(hard, sentence, now_us)
        link.door.begin(link.door.place)
        chair.link_facts, chair.dirty = None, True
        if not was_live and not refused and (not hard or sentence == link.told):
            return  # a port that opens and is lost again and again has nothing new to say
        link.told = sentence
        chair.tell(ev.LinkLost(link.spec.device, link.index, hard, sentence), now_us)
        self._went(chair, link, now_us)

    def _found(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        chair.tell(ev.LinkFound(link.spec.device, link.index, link.gap_from_us), now_us)
        chair.link_facts, chair.dirty = None, True
        chair.values.set_live(link.index, True)
        if _gives_rate(chair, link):
            chair.values.set_live(None, True)
        if link.index == chair.cuff_link:
            self.act(chair, chair.cuff.set_live(True, now_us), now_us)

    def _went(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        chair.values.set_live(link.index, False)
        self._forget_status(chair, link, now_us)
        if chair.device_word is not None and chair.device_word.link == link.index:
            chair.device_word, chair.dirty = None, True
        if _gives_pulse(chair, link) and chair.pulse.forget():
            chair.dirty = True
        for wave in chair.waves.values():
            if wave.link == link.index:
                wave.clock.reset()
                wave.quality = None
                forget_stillness(chair, wave, now_us)
        if _gives_rate(chair, link):
            chair.values.set_live(None, False)
            self._fibrillation_over(chair, now_us)
            chair.rhythm.link_lost(now_us)  # what it ends is ended here: no finding outlives its link; the number ages
            chair.rhythm_since.clear()
            chair.rhythm_values.clear()
            self._judge_leads(chair, now_us)
        if link.index == chair.cuff_link:
            chair.cuff_text = ""
            self.act(chair, chair.cuff.set_live(False, now_us), now_us)

    def _forget_status(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        was_off = _leads_off(chair, link)
        chair.drop_flags(link.index)
        if was_off and _gives_rate(chair, link):
            self.findings(chair, chair.rhythm.leads_off(False, now_us), now_us, link.index)

    def _numeric(self, chair: ChairState, link: LinkStatus, sample: Numeric, now_us: int) -> None:
        chair.values.take(sample.parameter, sample.source, link.index, sample.value, sample.validity, now_us)
        chair.dirty = True

    def _wave(self, chair: ChairState, link: LinkStatus, block: WaveBlock, now_us: int) -> None:
        wave = chair.waves.get(block.parameter)
        if wave is None or wave.link != link.index:
            return
        wave.rate_hz, wave.unit, wave.scale, wave.arrived_us = block.rate_hz, block.unit, block.scale, now_us
        note_motion(wave, block, now_us)
        placed = wave.clock.place(block, now_us)
        still = stillness(wave, block, placed.t_us, placed.gap or block.gap)
        session = chair.treated
        chunk = WaveChunk(
            chair=chair.number,
            channel=WAVES[block.parameter].code,
            parameter=block.parameter,
            rate_hz=block.rate_hz,
            unit=block.unit,
            scale=block.scale,
            t_us=placed.t_us,
            first_index=block.first_index,
            data=block.data,
            gap=placed.gap or block.gap,
            clipped=block.clipped,
            session=session.id if session is not None else None,
        )
        if self._analyse:
            self.findings(chair, chair.rhythm.push(chunk, now_us), now_us, link.index)
        self.findings(chair, still, now_us, link.index)
        beats = chair.beats.pop(block.parameter, None)
        self._waves.append(replace(chunk, beats=tuple(beats)) if beats else chunk)

    def _beat(self, chair: ChairState, link: LinkStatus, sample: Beat, now_us: int) -> None:
        t_us = link.clock.place(sample.t_us, now_us)
        if sample.source is Source.ECG:
            if link.beat_us is not None and t_us <= link.beat_us:
                return  # said twice: two beats are never at one time
            link.beat_us = t_us
        elif _gives_pulse(chair, link):
            self._pulse(chair, link, sample, now_us)
        chair.beat_us = t_us if chair.beat_us is None else max(chair.beat_us, t_us)
        if not self._analyse and (sample.source is not Source.ECG or _gives_rate(chair, link)):
            self.findings(chair, chair.rhythm.device_beat(t_us, sample.source, now_us), now_us, link.index)

    def _progress(self, chair: ChairState, link: LinkStatus, sample: NibpProgress, now_us: int) -> None:
        if link.index != chair.cuff_link:
            return
        chair.cuff.set_ready(sample.phase is not CuffPhase.INITIALISING)
        working = sample.phase in _WORKING
        chair.cuff_text = str(sample.cuff_mmhg) if working and sample.cuff_mmhg is not None else ""
        if working:
            self.act(chair, chair.cuff.began(now_us), now_us)
            chair.dirty = True
        elif sample.phase is not CuffPhase.INITIALISING:
            chair.cuff.rests(now_us)

    def _reading(self, chair: ChairState, link: LinkStatus, reading: NibpReading, now_us: int) -> None:
        if link.index != chair.cuff_link or reading.id == link.reading_id:
            return
        link.reading_id = reading.id
        chair.cuff_text = ""
        said = chair.cuff.ended(reading, self._next_reading(), link.spec.device, now_us)
        self.act(chair, said, now_us, reading)

    def _status(self, chair: ChairState, link: LinkStatus, status: DeviceStatus, now_us: int) -> None:
        was_off = _leads_off(chair, link)
        words = frozenset(flag.value for flag in status.flags)
        if status.handshake is Handshake.FAULTED:
            words |= {"faulted"}
        if not chair.set_flags(status.of, link.index, words, now_us):
            return
        chair.tell(ev.DeviceStatusChanged(link.spec.device, status.of, tuple(sorted(status.flags))), now_us)
        off = _leads_off(chair, link)
        if off != was_off and _gives_rate(chair, link):
            self.findings(chair, chair.rhythm.leads_off(off, now_us), now_us, link.index)

    def _rhythm_code(self, chair: ChairState, link: LinkStatus, sample: RhythmCode, now_us: int) -> None:
        chair.tell(ev.DeviceSaid(link.spec.device, "rhythm", sample.code, sample.raw), now_us)

    def _device_alarm(self, chair: ChairState, link: LinkStatus, sample: DeviceAlarm, now_us: int) -> None:
        chair.tell(ev.DeviceSaid(link.spec.device, "alarm", sample.text, sample.raw), now_us)
        if sample.priority not in _LESSER:
            chair.device_word, chair.dirty = DeviceWord(sample.text, now_us, link.index), True

    def _identity(self, chair: ChairState, link: LinkStatus, sample: Identity, now_us: int) -> None:
        known, link.identity, link.door.said = link.identity, sample, sample
        if known is None or replace(known, t_us=0) != replace(sample, t_us=0):
            device = link.spec.device
            chair.tell(ev.DeviceIdentified(device, link.index, sample.model, sample.serial, sample.firmware), now_us)
        self.judge(chair, link, now_us)

    def _quality(self, chair: ChairState, link: LinkStatus, sample: LinkQuality, now_us: int) -> None:
        link.note(sample)
        chair.link_facts, chair.dirty = None, True

    # ------------------------------------------------------------------ the wave analysis

    def findings(self, chair: ChairState, found: Sequence[Finding], now_us: int, link: int | None = None) -> None:
        """What the analysis found, in its order: in the waves of `link`, or by the clock alone."""
        for finding in found:
            if isinstance(finding, RateFound) and finding.parameter is not Parameter.HR:
                self._pulse_found(chair, finding, now_us, link)
                continue
            chair.observe(Observation(now_us, link, finding))
            if isinstance(finding, BeatFound):
                self._beat_found(chair, finding)
            elif isinstance(finding, RateFound):
                self._rate_found(chair, finding, now_us)
            elif isinstance(finding, QualityFound):
                self._quality_found(chair, finding, now_us)
            else:
                self._rhythm_found(chair, finding, now_us)

    def _rate_found(self, chair: ChairState, finding: RateFound, now_us: int) -> None:
        chair.dirty = True
        if RhythmWord.VFIB in chair.rhythm_since:
            self._no_rate(chair, now_us)
            return
        number = as_shown(Parameter.HR, finding.value)  # people and limits read the same number
        chair.values.take(Parameter.HR, Source.ANALYSIS, None, number, finding.validity, now_us)

    @staticmethod
    def _no_rate(chair: ChairState, now_us: int) -> None:
        """Waves of fibrillation can be counted, but nobody's heart has beaten: that is no rate, and no device knows one."""
        chair.values.take(Parameter.HR, Source.ANALYSIS, None, None, Validity.OUT_OF_RANGE, now_us)

    def _pulse_found(self, chair: ChairState, finding: RateFound, now_us: int, link: int | None) -> None:
        """Our own pulse rate stands only where no device of the chair gives one."""
        if chair.pulse_by_wave:
            chair.observe(Observation(now_us, link, finding))
            chair.values.take(finding.parameter, Source.ANALYSIS, link, finding.value, finding.validity, now_us)
            chair.dirty = True

    def _beat_found(self, chair: ChairState, beat: BeatFound) -> None:
        chair.beat_us = beat.t_us if chair.beat_us is None else max(chair.beat_us, beat.t_us)
        chair.ventricular.hear(beat)
        for word in chair.rhythm_values:
            number = chair.ventricular.number(word)
            if number is not None and number != chair.rhythm_values[word]:
                chair.rhythm_values[word], chair.dirty = number, True
        waiting = chair.beats.setdefault(beat.lead, [])
        if self._analyse and len(waiting) < BEATS_PER_CHUNK_MAX:
            waiting.append((beat.sample_index, beat.cls.value))

    @staticmethod
    def _fibrillation_over(chair: ChairState, now_us: int) -> None:
        """Until our next number comes, a device's may stand in again; waves that were taken for beats count no further."""
        if RhythmWord.VFIB in chair.rhythm_since:
            chair.ventricular = VentricularBeats()
            chair.values.take(Parameter.HR, Source.ANALYSIS, None, None, Validity.SEARCHING, now_us)

    def _quality_found(self, chair: ChairState, finding: QualityFound, now_us: int) -> None:
        wave = chair.waves.get(finding.lead)
        if wave is None or take_stillness(chair, wave, finding):
            return
        wave.quality = finding.quality
        saturated = frozenset({"saturated"}) if finding.reason == "saturated" else frozenset[str]()
        if finding.lead.is_ecg:
            chair.set_flags("ecg", _LEADS - wave_code(finding.lead), saturated, now_us)
            self._judge_leads(chair, now_us)
            judge_leads(chair, now_us)

    def _judge_leads(self, chair: ChairState, now_us: int) -> None:
        """Noisy: no lead can be read, and not because all are off. Off: every judged lead is off."""
        judged = [w.quality for p, w in chair.waves.items() if p.is_ecg and w.quality is not None]
        words: set[str] = set()
        if judged and all(quality is Quality.OFF for quality in judged):
            words.add("lead_off")
        elif judged and all(quality in (Quality.POOR, Quality.OFF) for quality in judged):
            words.add("noisy")
        elif judged:
            words.add("attached")
        chair.set_flags("ecg", None, frozenset(words), now_us)

    def _rhythm_found(self, chair: ChairState, finding: RhythmFound, now_us: int) -> None:
        chair.dirty = True
        if finding.present:
            if finding.word is RhythmWord.VFIB:
                self._no_rate(chair, now_us)
            chair.rhythm_since[finding.word] = finding.onset_us
            if finding.value is not None:
                chair.rhythm_values[finding.word] = finding.value
        else:
            if finding.word is RhythmWord.VFIB:
                self._fibrillation_over(chair, now_us)
            chair.rhythm_since.pop(finding.word, None)
            chair.rhythm_values.pop(finding.word, None)

    def _pulse(self, chair: ChairState, link: LinkStatus, beat: Beat, now_us: int) -> None:
        """Where no ECG says more, and while somebody is watched."""
        session, rate = chair.treated, chair.values.current.get(Parameter.HR)
        if session is None or (rate is not None and rate.value is not None):
            news = chair.pulse.forget()
        else:
            news = chair.pulse.beat(beat.t_us, session.id, link.index, now_us)
        chair.dirty = chair.dirty or news

    # ------------------------------------------------------------------ the cuff

    def act(self, chair: ChairState, said: list[Said], now_us: int, reading: NibpReading | None = None) -> None:
        """Tell what became true of the cuff, and ask its device for what it shall do."""
        for item in said:
            if isinstance(item, (StartNibp, StopNibp)):
                if chair.cuff_link is not None:
                    chair.request(chair.cuff_link, item)
                continue
            chair.dirty = True
            if chair.treated is not None:
                self._remember(chair, item, reading, now_us)
            chair.tell(item, now_us, session=None if chair.treated is not None else NOBODYS)

    @staticmethod
    def _remember(chair: ChairState, item: ev.Payload, reading: NibpReading | None, now_us: int) -> None:
        if isinstance(item, ev.NibpMeasured) and reading is not None:
            chair.reading = CuffRecord(item.id, item.measured_us, reading, item.trigger)
            chair.readings.append(chair.reading)
        elif isinstance(item, ev.NibpFailed):
            chair.readings.append(CuffRecord(item.id, now_us, None, item.trigger, item.reason))

    def refused(self, chair: ChairState, link: int, now_us: int) -> None:
        """The device will not do what was asked; only an inflation has consequences."""
        if link == chair.cuff_link and chair.cuff.running is not None:
            self.act(chair, chair.cuff.refused(self._next_reading(), now_us), now_us)

    def advance_cuff(self, chair: ChairState, now_us: int) -> None:
        """Let the schedule do what is due."""
        deadline = chair.cuff.next_deadline_us()
        if deadline is not None and deadline <= now_us:
            overlong = chair.cuff.running is not None
            self.act(chair, chair.cuff.advance(self._next_reading() if overlong else 0, now_us), now_us)


_LEADS = -1
"""Flags of one lead are kept apart by a source of their own, below every link index."""


def wave_code(parameter: Parameter) -> int:
    """The stored code of a wave's channel."""
    return WAVES[parameter].code


def _gives_rate(chair: ChairState, link: LinkStatus) -> bool:
    """True when the beats of this chair come from this link: the ECG's, or the pleth's where there is no ECG."""
    owners = {wave.link for parameter, wave in chair.waves.items() if parameter.is_ecg}
    owners = owners or {wave.link for wave in chair.waves.values()}
    return link.index in owners


def _leads_off(chair: ChairState, link: LinkStatus) -> bool:
    return "lead_off" in chair.flags.get(("ecg", link.index), frozenset())


def _gives_pulse(chair: ChairState, link: LinkStatus) -> bool:
    """True when the pulse rate that counts is this device's."""
    held = chair.values.chosen(Parameter.PULSE_RATE)
    return held is not None and held.link == link.index
