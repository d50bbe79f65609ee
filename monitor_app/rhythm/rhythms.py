"""Which rhythm is it? Puts the finders of one chair together: wave and beats in, findings with onset and end out.

Everything is decided at the ends of the leads' blocks, in the order of time, so that neither cutting nor lateness changes
what is found. The pulse channel is read as it was 0.6 s ago: that is how late devices send it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound, Quality, RhythmFound, RhythmWord
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm.ectopy import Ectopy
from monitor_app.rhythm.fibrillation import FibrillationWatch
from monitor_app.rhythm.irregular import Irregularity
from monitor_app.rhythm.lasting import Lasting
from monitor_app.rhythm.lead import Heard
from monitor_app.rhythm.pulses import PulseEar, PulseLook
from monitor_app.rhythm.shape_run import AFTER_S, BEFORE_S, GRID_HZ, LAGS, RUN_BEATS, ShapeRun
from monitor_app.rhythm.tempo import (
    FAST_BACK_BEATS,
    FAST_BACK_BPM,
    FAST_BEATS,
    FAST_BPM,
    SLOW_BACK_BEATS,
    SLOW_BACK_BPM,
    SLOW_BEATS,
    SLOW_BPM,
    Extreme,
    Pause,
    Shown,
    Tempo,
)
from monitor_app.rhythm.verify import RATE_REFUTED_US, REFUTED_US, SUSPICION_US, Disagreement, Verification
from monitor_app.rhythm.wave_ear import WaveEar, WaveSecond
from monitor_app.rhythm.witness import (
    FASTER,
    MOST_SEEN,
    TACHY_DENIED_BPM,
    pulse_confirms,
    pulse_denies,
    pulse_denies_run,
    share_seen,
)

PULSE_LATE_US = 600_000
PULSE_OLD_US = 1_500_000  # a pulse channel that far behind has stopped
RUN_SILENT_S = 3.0
MARGIN_S = (LAGS + 1) / GRID_HZ
KNOWN_AFTER_US = 350_000  # a beat is known, or is an open question, so soon...
OPEN_US = 800_000  # ...and known for certain so soon
BRADY_LOOK_US = 3_000_000  # of a pulse that went on lately: the five slow beats are older still
RATES = (RhythmWord.EXTREME_BRADY, RhythmWord.EXTREME_TACHY)
RESTS_US = {RhythmWord.ASYSTOLE: REFUTED_US, **dict.fromkeys(RATES, RATE_REFUTED_US)}


class Rhythms:
    """One per chair."""

    def __init__(self) -> None:
        self._ears: dict[Parameter, WaveEar] = {}
        self._waiting: dict[Parameter, deque[WaveSecond]] = {}
        self._pulse_ear = PulseEar()
        self._looks: deque[PulseLook] = deque(maxlen=240)
        self._pulse_reached_us: int | None = None
        self.restart()

    def restart(self) -> None:
        """Nothing follows on what was: states begin anew. What is still said to hold must be ended first."""
        self._fibrillation, self._ectopy = FibrillationWatch(), Ectopy()
        self._irregular, self._pause = Irregularity(), Pause()
        self._tempos: dict[Parameter, Tempo] = {}
        self._slow, self._fast = Extreme(RhythmWord.EXTREME_BRADY), Extreme(RhythmWord.EXTREME_TACHY)
        self._shown_slow, self._shown_fast = Shown(), Shown()
        self._runs: dict[Parameter, ShapeRun] = {}
        self._uncut: dict[Parameter, deque[tuple[int, BeatClass]]] = {}
        self._drawn = Lasting(RhythmWord.VTACH)
        self._run, self._drawn_bpm = Lasting(RhythmWord.VRUN), 0.0
        self._by_class: RhythmFound | None = None
        self._claims = {
            word: Verification(RESTS_US.get(word, 0), recants=word in RATES)
            for word in (
                RhythmWord.ASYSTOLE,
                RhythmWord.VFIB,
                RhythmWord.VTACH,
                RhythmWord.VBRADY,
                RhythmWord.EXTREME_BRADY,
                RhythmWord.EXTREME_TACHY,
            )
        }
        self._fastest_bpm = SLOW_BPM
        self._check = Disagreement()
        self._pulse_ear.forget()
        for ear in self._ears.values():
            ear.forget()
        self._waiting = {lead: deque() for lead in self._ears}
        self._looks.clear()
        self._pulse_reached_us = None

    # ------------------------------------------------------------------ samples

    def wave(self, chunk: WaveChunk) -> None:
        """Samples of an analysed lead."""
        if chunk.parameter not in self._ears:
            self._ears[chunk.parameter], self._waiting[chunk.parameter] = WaveEar(), deque()
        self._waiting[chunk.parameter].extend(self._ears[chunk.parameter].push(chunk))

    def pulse(self, chunk: WaveChunk) -> list[PulseLook]:
        """Samples of the pulse channel, and what they show."""
        self._looks.extend(looks := self._pulse_ear.push(chunk))
        length = len(chunk.data) // 2
        self._pulse_reached_us = chunk.t_us + round(length * 1e6 / chunk.rate_hz)
        return looks

    def dismiss(self, lead: Parameter) -> None:
        """This lead is not analysed any more."""
        self._ears.pop(lead, None)
        self._waiting.pop(lead, None)
        self._tempos.pop(lead, None)
        self._runs.pop(lead, None)
        self._uncut.pop(lead, None)

    def waits(self, t_us: int, newest_us: int) -> bool:
        """True while the pulse channel goes on but has not come as far as `t_us` needs."""
        reached_us = self._pulse_reached_us
        if reached_us is None or newest_us - reached_us > PULSE_OLD_US:
            return False
        return reached_us < t_us - PULSE_LATE_US

    def _look(self, t_us: int, word: RhythmWord | None = None) -> PulseLook | None:
        """What the pulse channel showed when it was as old as devices are late; of a slow heart, what it showed lately."""
        seen = [look for look in self._looks if look.end_us <= t_us - PULSE_LATE_US]
        if word is RhythmWord.EXTREME_BRADY:
            lately = [look for look in seen if look.bpm is not None and t_us - look.end_us <= BRADY_LOOK_US]
            return lately[-1] if lately else None
        return seen[-1] if seen and t_us - seen[-1].end_us <= PULSE_OLD_US else None

    # ------------------------------------------------------------------ decisions

    def conclude(
        self,
        heard: Heard,
        beats: Sequence[BeatFound],
        present: Sequence[Heard],
        chosen: Parameter | None,
        standstill: list[RhythmFound],
    ) -> list[RhythmFound]:
        """After one block of one lead. beats: those newly said of the chosen lead. standstill: what that finder claims."""
        t_us = heard.end_us
        found = self._fibrillate(heard, present)
        claims = {RhythmWord.ASYSTOLE: standstill, RhythmWord.VFIB: found}
        self._count(heard)
        shown = next((one.bpm for one in present if one.lead is chosen and one.verdict.trusted), None)
        if heard.lead is chosen:
            claims[RhythmWord.EXTREME_BRADY], claims[RhythmWord.EXTREME_TACHY] = self._tempo(present, t_us, shown)
        ectopic = [one for beat in beats for one in self._ectopy.hear(beat, t_us)]
        if self._fibrillation.onset_us is not None:
            self._ectopy.forget_minute()
        if heard.lead is chosen:
            ectopic += self._ectopy.advance(t_us)
        claims[RhythmWord.VTACH] = self._tachycardia(present, t_us)
        claims[RhythmWord.VBRADY] = [one for one in ectopic if one.word is RhythmWord.VBRADY]
        said = self._verify(claims, t_us)
        said += [one for one in ectopic if one.word not in self._claims] + self._unproved(ectopic, t_us)
        for beat in beats:
            said += self._pause.beat(beat.t_us, t_us) if heard.verdict.trusted else self._pause.clear(t_us)
            said += self._irregular.hear(beat, t_us, heard.verdict.trusted)
        if self._fibrillation.onset_us is not None:
            said += self._irregular.end(t_us)
        return said

    def end(self, t_us: int) -> list[RhythmFound]:
        """Nothing can be said any more: what holds ends. The standstill is ended by its own finder."""
        claims: dict[RhythmWord, list[RhythmFound]] = {
            RhythmWord.VFIB: self._fibrillation.end(t_us),
            RhythmWord.EXTREME_BRADY: self._slow.lasting.end(t_us),
            RhythmWord.EXTREME_TACHY: self._fast.lasting.end(t_us),
        }
        ectopic = self._ectopy.end(t_us)
        claims[RhythmWord.VBRADY] = [one for one in ectopic if one.word is RhythmWord.VBRADY]
        claims[RhythmWord.VTACH] = self._drawn.end(t_us)
        said = [one for word, found in claims.items() for one in self._claims[word].take(found, t_us, denied=True)]
        said += [one for one in ectopic if one.word not in self._claims] + self._run.end(t_us)
        return [*said, *self._pause.clear(t_us), *self._irregular.end(t_us), *self._check.end(t_us)]

    def ended_standstill(self, found: list[RhythmFound], t_us: int) -> list[RhythmFound]:
        """The end of a standstill, unless it was never said."""
        return self._claims[RhythmWord.ASYSTOLE].take(found, t_us, denied=True)

    def _fibrillate(self, heard: Heard, present: Sequence[Heard]) -> list[RhythmFound]:
        waiting, found = self._waiting.get(heard.lead, deque()), []
        last = present[-1].lead if len(present) == 1 else max(present, key=lambda one: _order(one.lead)).lead
        while waiting and waiting[0].end_us <= heard.end_us:
            second = waiting.popleft()
            if heard.verdict.quality is Quality.OFF:
                second = WaveSecond(second.end_us, None)
            found += self._fibrillation.hear(heard.lead.value, second, heard.lead is last)
        return found

    def _count(self, heard: Heard) -> None:
        if heard.lead not in self._tempos:
            self._tempos[heard.lead], self._runs[heard.lead] = Tempo(), ShapeRun()
            self._uncut[heard.lead] = deque()
        tempo, run, waiting = self._tempos[heard.lead], self._runs[heard.lead], self._uncut[heard.lead]
        ear = self._ears.get(heard.lead)
        if not heard.verdict.trusted:
            tempo.clear()
        if not heard.verdict.trusted or heard.quiet_s > RUN_SILENT_S:
            run.interrupt()
        waiting.extend((beat.t_us, beat.cls) for beat in heard.beats)
        for beat in heard.beats:
            tempo.beat(beat.t_us, beat.cls in (BeatClass.V, BeatClass.Q))
        while waiting and waiting[0][0] + round((AFTER_S + MARGIN_S) * 1e6) < heard.end_us:
            at_us, cls = waiting.popleft()
            cut = ear.cut(at_us, BEFORE_S + MARGIN_S, AFTER_S + MARGIN_S) if ear is not None else None
            if cut is not None and heard.verdict.trusted:
                run.hear(at_us, cut, None if cls is BeatClass.Q else cls is BeatClass.V)

    def _tachycardia(self, present: Sequence[Heard], t_us: int) -> list[RhythmFound]:
        """A run that one lead draws and no other one denies."""
        trusted = [one.lead for one in present if one.verdict.trusted and one.lead in self._runs]
        drawn = [lead for lead in trusted if self._runs[lead].run_us]
        if self._drawn.onset_us is None:
            drawn = [lead for lead in drawn if self._agree(lead, trusted)]
        if drawn:
            runs = [self._runs[lead] for lead in drawn]
            return self._begin_run(min(run.run_us[0] for run in runs), t_us, max(run.bpm for run in runs))
        return self._drawn.end(t_us)

    def _agree(self, lead: Parameter, trusted: Sequence[Parameter]) -> bool:
        """Where another lead sees usual beats, it sees them at the same moments, and faster than before.

        A beat from the ventricle may look as usual in one projection, but it never comes at another time there. Beats that
        another lead takes for conducted ones, at the rate they had before, are no run either.
        """
        run = self._runs[lead]
        if run.usual:
            return False
        for other in trusted:
            if other is lead or not (self._runs[other].usual or self._runs[other].conducted):
                continue
            usual_bpm = self._tempos[other].usual_bpm(run.run_us[0]) or run.bpm
            seen = share_seen(run.run_us[-RUN_BEATS:], self._tempos[other].times_us) >= MOST_SEEN
            if run.bpm < FASTER * usual_bpm or (self._runs[other].usual and not seen):
                return False
        return True

    def _unproved(self, ectopic: Sequence[RhythmFound], t_us: int) -> list[RhythmFound]:
        """Ventricular beats by their classes that nothing else bears out stay a run: noise has such beats too."""
        for one in ectopic:
            if one.word is RhythmWord.VTACH:
                self._by_class = one if one.present else None
        if self._by_class is None or self._drawn.onset_us is not None:
            return self._run.end(t_us)
        return self._run.begin(self._by_class.onset_us, t_us, self._by_class.value)

    def _begin_run(self, onset_us: int, t_us: int, bpm: float | None) -> list[RhythmFound]:
        self._drawn_bpm = bpm or 0.0
        return self._drawn.begin(onset_us, t_us, bpm)

    def _tempo(
        self, present: Sequence[Heard], t_us: int, shown: float | None
    ) -> tuple[list[RhythmFound], list[RhythmFound]]:
        usable = [one for one in present if one.verdict.trusted and one.lead in self._tempos]
        leads = [self._tempos[one.lead] for one in usable]
        slow = [seen for one in usable if (seen := self._slowly(one, leads)) is not None]
        slowest, since_slow = max(slow, default=(SLOW_BPM, t_us))
        too_slow = slowest if slowest < SLOW_BPM else None
        self._fastest_bpm = slowest
        fast = [(bpm, one) for one in leads if (bpm := one.bpm(FAST_BEATS)) is not None]
        top = max(fast, key=lambda pair: pair[0], default=None)
        if self._shown_slow.lasts(shown is not None and shown < SLOW_BPM, t_us) and slowest < SLOW_BACK_BPM:
            too_slow = shown if too_slow is None else too_slow
        calm = any(one.steady(SLOW_BEATS) and (one.bpm(SLOW_BEATS) or 0) < TACHY_DENIED_BPM for one in leads)
        too_fast = top[0] if top is not None and top[0] > FAST_BPM and not calm else None
        if self._shown_fast.lasts(shown is not None and shown > FAST_BPM, t_us) and too_fast is None and not calm:
            too_fast = shown
        back_slow = any((one.bpm(SLOW_BACK_BEATS) or 0) > SLOW_BACK_BPM for one in leads)
        rates = [bpm for one in leads if (bpm := one.bpm(FAST_BACK_BEATS)) is not None]
        back_fast = bool(rates) and max(rates) < FAST_BACK_BPM
        since_fast = top[1].since_us(FAST_BEATS) if top is not None and top[0] == too_fast else t_us
        return (
            self._slow.follow(too_slow, back_slow, since_slow, t_us),
            self._fast.follow(too_fast, back_fast, since_fast, t_us),
        )

    def _slowly(self, heard: Heard, leads: Sequence[Tempo]) -> tuple[float, int] | None:
        own = self._tempos[heard.lead]
        silent_until_us = heard.end_us - (OPEN_US if heard.open else KNOWN_AFTER_US)
        return own.slow(SLOW_BEATS, [one for one in leads if one is not own], silent_until_us)

    def _verify(self, claims: dict[RhythmWord, list[RhythmFound]], t_us: int) -> list[RhythmFound]:
        if not any(claims.values()) and not any(one.open for one in self._claims.values()):
            return self._check.end(t_us)
        look = self._look(t_us)
        said: list[RhythmFound] = []
        by_pulse = False
        for word, claim in self._claims.items():
            seen = self._look(t_us, word)
            denied = pulse_denies(word, seen)
            waits = word is RhythmWord.ASYSTOLE and self._may_fibrillate(claim, t_us)
            waits |= word is RhythmWord.VBRADY and self._fastest_bpm > SLOW_BACK_BPM
            if word is RhythmWord.VTACH and self._drawn.onset_us is not None:
                denied = pulse_denies_run(seen, self._drawn.onset_us, self._drawn_bpm)
            said += claim.take(claims.get(word, []), t_us, denied or waits)
            said += claim.recant(t_us, denied)
            if denied and seen is not None:
                claim.refute(seen.peaks_us[-1])
            elif pulse_confirms(word, seen):
                claim.confirm()
            by_pulse |= claim.holding and (denied or claim.rests(t_us))
        return said + self._check.take(by_pulse, t_us, look.bpm if look is not None else None)

    def _may_fibrillate(self, claim: Verification, t_us: int) -> bool:
        if self._fibrillation.onset_us is not None:
            return True
        return self._fibrillation.suspected and claim.waits_us(t_us) < SUSPICION_US


def _order(lead: Parameter) -> int:
    return tuple(Parameter).index(lead) if lead is not Parameter.ECG_II else -1
