"""What does the wave analysis of one chair say? Leads, choice, number and standstill, put together.

Findings depend on samples and their own times only, never on how they were cut or when they arrived. The clock speaks
(`advance`) where there is no wave: for a device that says only its beats, and while the electrodes are off.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from drivers.samples import Parameter, Source, Validity
from monitor_app.core.findings import BeatClass, BeatFound, Finding, Quality, QualityFound, RateFound
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm.choice import ABSENT_US, BAD_S, MOST_LEADS, LeadChoice, rank
from monitor_app.rhythm.lead import Heard, Lead
from monitor_app.rhythm.pulses import PulseLook
from monitor_app.rhythm.quality import Verdict
from monitor_app.rhythm.rate import RateMeter
from monitor_app.rhythm.rhythms import Rhythms
from monitor_app.rhythm.standstill import BeatWatch, Standstill
from monitor_app.rhythm.together import KEPT_US, Together
from monitor_app.rhythm.vouched import Vouching, Witnessed

SECOND_US = 1_000_000
WAVES_ALIVE_US = 3_000_000  # so long after the last wave the device's own beats are not listened to
HELD_S = 1.0  # after the end of a recording: longer than any beat waits
HALF_BEAT_US = 100_000  # before that end: of a beat that is cut off there too little is known
NEAR_US = 200_000  # after a change of lead the same beat is not said twice


class RhythmAnalyzer:
    """One per chair. `push` waves, or `device_beat` where there are none; `advance` at `next_deadline_us`.

    only: the lead whose beats are told whatever its quality; None: the best one.
    """

    def __init__(self, only: Parameter | None = None) -> None:
        self._only = only
        self._leads: dict[Parameter, Lead] = {}
        self._waiting: dict[Parameter, deque[Heard]] = {}
        self._reached: dict[Parameter, int] = {}
        self._choice = LeadChoice()
        self._verdicts: dict[Parameter, Verdict] = {}
        self._standstill = Standstill()
        self._watch = BeatWatch(self._standstill)
        self._meter = RateMeter()
        self._rhythms = Rhythms()
        self._together, self._vouching = Together(), Vouching()
        self._off = False
        self._last_beat: BeatFound | None = None
        self._said_second: int | None = None
        self._wave_us: int | None = None
        self._clock_second: int | None = None

    # ------------------------------------------------------------------ waves

    def push(self, chunk: WaveChunk, now_us: int) -> list[Finding]:
        """Samples of one wave. Only ECG leads speak of beats; nothing is found while the electrodes are off."""
        return [*self._ceased(chunk.t_us), *self._hear(chunk, now_us)]

    def _ceased(self, t_us: int) -> list[Finding]:
        """Time has gone on in another wave, or after a gap, and no lead has: what was said to hold is known no more."""
        newest_us = max(self._reached.values(), default=None)
        if newest_us is None or t_us - newest_us < WAVES_ALIVE_US:
            return []
        return self.link_lost(t_us)

    def _hear(self, chunk: WaveChunk, now_us: int) -> list[Finding]:
        if chunk.parameter is Parameter.PLETH:
            pulse = [_pulse_rate(look) for look in self._rhythms.pulse(chunk) if look.whole]
            return [*pulse, *(finding for one in self._in_order() for finding in self._conclude(one))]
        if not chunk.parameter.is_ecg or self._off:
            return []
        self._wave_us, self._clock_second = now_us, None
        lead = self._admit(chunk.parameter)
        if lead is None:
            return []
        self._rhythms.wave(chunk)
        self._waiting[chunk.parameter].extend(heard := lead.push(chunk))
        if heard:
            self._reached[chunk.parameter] = heard[-1].end_us
        return [finding for one in self._in_order() for finding in self._conclude(one)]

    def finish(self) -> list[BeatFound]:
        """No sample follows: the beats that still waited for what comes after them. For the end of a recording.

        Every lead is held at its last value for a moment; what would be decided then is decided now.
        """
        held = [chunk for lead in self._leads.values() if (chunk := lead.held(HELD_S)) is not None]
        found = [one for chunk in held for one in self._hear(chunk, chunk.t_us)]
        last_us = max((chunk.t_us - round(SECOND_US / chunk.rate_hz) for chunk in held), default=0)
        beats = [one for one in found if isinstance(one, BeatFound) and one.t_us <= last_us - HALF_BEAT_US]
        return [replace(beat, decided_us=min(beat.decided_us, last_us)) for beat in beats]

    def _admit(self, parameter: Parameter) -> Lead | None:
        if parameter not in self._leads:
            if len(self._leads) >= MOST_LEADS:
                leaving = self._choice.place_for(parameter) if len(self._choice.newest) >= MOST_LEADS else None
                if leaving is None:
                    return None
                self._dismiss(leaving)
            self._leads[parameter] = Lead(parameter)
            self._waiting[parameter] = deque()
        return self._leads[parameter]

    def _dismiss(self, parameter: Parameter) -> None:
        del self._leads[parameter], self._waiting[parameter]
        self._reached.pop(parameter, None)
        self._verdicts.pop(parameter, None)
        self._choice.remove(parameter)
        self._vouching.remove(parameter)
        self._rhythms.dismiss(parameter)

    def _in_order(self) -> list[Heard]:
        """What can be concluded now: a block waits until every lead has come as far, or has stopped."""
        ready: list[Heard] = []
        while True:
            heads = [waiting[0] for waiting in self._waiting.values() if waiting]
            if not heads:
                return ready
            first = min(heads, key=lambda one: (one.end_us, rank(one.lead)))
            newest_us = max(self._reached.values())
            behind = [end_us for end_us in self._reached.values() if end_us < first.end_us]
            if behind and newest_us - first.end_us < ABSENT_US and newest_us - min(behind) < 2 * ABSENT_US:
                return ready
            if newest_us - first.end_us < ABSENT_US and self._rhythms.waits(first.end_us, newest_us):
                return ready
            ready.append(self._waiting[first.lead].popleft())

    def _conclude(self, heard: Heard) -> list[Finding]:
        self._choice.hear(heard)
        chosen = self._only or self._choice.chosen
        found: list[Finding] = [*self._quality(heard)]
        beats: list[BeatFound] = []
        self._vouching.hear(heard)
        if heard.lead is chosen:
            strips = {parameter: lead.strip for parameter, lead in self._leads.items()}
            new = self._new_beats(self._together.classify(heard, strips))
            found += (beats := self._with_missed(new, heard))
        self._leads[heard.lead].strip.release(heard.end_us - KEPT_US)
        present = self._choice.present()
        still = self._standstill.judge(present, heard)
        found += self._rhythms.conclude(heard, beats, present, chosen, still)
        if heard.lead is chosen:
            found += self._number(heard)
        return found

    def _quality(self, heard: Heard) -> list[QualityFound]:
        if self._verdicts.get(heard.lead) == heard.verdict:
            return []
        self._verdicts[heard.lead] = heard.verdict
        return [QualityFound(heard.end_us, heard.lead, heard.verdict.quality, heard.verdict.reason)]

    def _new_beats(self, beats: tuple[BeatFound, ...]) -> list[BeatFound]:
        said = []
        for beat in beats:
            last = self._last_beat
            if last is None or beat.lead is last.lead or beat.t_us - last.t_us > NEAR_US:
                said.append(beat)
                self._last_beat = beat
        return said

    def _with_missed(self, beats: list[BeatFound], heard: Heard) -> list[BeatFound]:
        """The beats of this block and, before them in time, those that another lead vouches for."""
        said: list[BeatFound] = []
        for beat in beats:
            if not self._vouching.is_told(beat.t_us):
                said += self._vouched(self._vouching.missed_before(beat.t_us, heard.lead), heard)
                said.append(beat)
                self._vouching.tell(beat.t_us)
        if heard.verdict.quality is Quality.OFF:
            self._vouching.lost()
        return said + self._vouched(self._vouching.missed_by(heard.end_us, heard.lead), heard)

    def _vouched(self, missed: list[Witnessed], heard: Heard) -> list[BeatFound]:
        said = []
        for one in missed:
            if self._together.is_usual(one.beat.lead, one.sight):
                index = self._leads[heard.lead].index_at(one.beat.t_us)
                self._last_beat = BeatFound(one.beat.t_us, heard.lead, index, heard.end_us, BeatClass.N)
                self._vouching.tell(one.beat.t_us, vouched=True)
                said.append(self._last_beat)
        return said

    def _number(self, heard: Heard) -> list[RateFound]:
        second = heard.end_us // SECOND_US
        if self._said_second is not None and second <= self._said_second:
            return []
        first = self._said_second is None
        self._said_second = second
        return [] if first else [RateFound(second * SECOND_US, *self._rate_of(heard))]

    def _rate_of(self, heard: Heard) -> tuple[float | None, Validity]:
        if heard.bpm is not None:
            return heard.bpm, Validity.VALID
        if heard.verdict.quality is Quality.OFF:
            return None, Validity.SENSOR_OFF
        if not heard.verdict.trusted:
            return None, Validity.DISTURBED
        if self._standstill.onset_us is None and (heard.learning or heard.quiet_s < BAD_S):
            return None, Validity.SEARCHING
        return None, Validity.NOT_MEASURED

    # ------------------------------------------------------------------ beats without waves

    def device_beat(self, t_us: int, source: Source, now_us: int) -> list[Finding]:
        """A beat the device marked. It counts only where no ECG wave arrives, and only when it was seen in the ECG."""
        if source is not Source.ECG or self._off or self._hears_waves(now_us):
            return []
        if self._clock_second is None:
            self._clock_second = now_us // SECOND_US
        self._meter.beat(t_us / SECOND_US, trusted=True)
        return [*self._watch.beat(t_us)]

    def _hears_waves(self, now_us: int) -> bool:
        return self._wave_us is not None and now_us - self._wave_us < WAVES_ALIVE_US

    def advance(self, now_us: int) -> list[Finding]:
        """Let the clock speak where no wave does: standstill of marked beats, and the number on whole seconds."""
        if self._clock_second is None:
            return []
        found: list[Finding] = [] if self._off else [*self._watch.advance(now_us)]
        second = now_us // SECOND_US
        if second > self._clock_second:
            self._clock_second = second
            found.append(self._clock_number(second * SECOND_US))
        return found

    def _clock_number(self, t_us: int) -> RateFound:
        if self._off:
            return RateFound(t_us, None, Validity.SENSOR_OFF)
        bpm = self._meter.bpm(t_us / SECOND_US)
        return RateFound(t_us, bpm, Validity.NOT_MEASURED if bpm is None else Validity.VALID)

    def next_deadline_us(self) -> int | None:
        """When `advance` has something to say; None while waves alone decide."""
        if self._clock_second is None:
            return None
        whole_us = (self._clock_second + 1) * SECOND_US
        due_us = None if self._off else self._watch.due_us()
        return whole_us if due_us is None else min(whole_us, due_us)

    # ------------------------------------------------------------------ interruptions

    def leads_off(self, off: bool, now_us: int) -> list[Finding]:
        """The device says that electrodes are off (or on again). No standstill is claimed, and no number."""
        if off == self._off:
            return []
        self._off = off
        known = sorted(self._verdicts, key=rank)
        ended = self._over(now_us)
        self._restart()
        for lead in self._leads.values():
            lead.forget()
        self._clock_second = now_us // SECOND_US if off else None
        if not off:
            return []
        self._verdicts = {lead: Verdict(Quality.OFF, "lead_off") for lead in known}
        found: list[Finding] = [QualityFound(now_us, lead, Quality.OFF, "lead_off") for lead in known]
        return [*found, *ended, RateFound(now_us, None, Validity.SENSOR_OFF)]

    def link_lost(self, now_us: int) -> list[Finding]:
        """Nothing more is known. What comes later does not follow on what was: a gap is never a standstill."""
        ended = self._over(now_us)
        self._restart()
        for lead in self._leads.values():
            lead.interrupt()
        self._clock_second = now_us // SECOND_US if self._off else None
        return [*ended, RateFound(now_us, None, Validity.NOT_MEASURED)]

    def _over(self, now_us: int) -> list[Finding]:
        """Nothing is known any more: whatever was said to hold ends."""
        still = self._rhythms.ended_standstill(self._standstill.end(now_us), now_us)
        return [*still, *self._rhythms.end(now_us)]

    def _restart(self) -> None:
        self._waiting = {lead: deque() for lead in self._leads}
        self._reached.clear()
        self._choice, self._together, self._vouching = LeadChoice(), Together(), Vouching()
        self._verdicts.clear()
        self._watch.reset()
        self._meter.reset()
        self._rhythms.restart()
        self._wave_us = self._said_second = None


def _pulse_rate(look: PulseLook) -> RateFound:
    """Of the last six seconds. Pulses that are no evidence give no number."""
    validity = Validity.SEARCHING if look.bpm is None else Validity.VALID
    return RateFound(look.end_us, look.bpm, validity, Parameter.PULSE_RATE)
