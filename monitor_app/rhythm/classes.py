"""Where did this beat come from? Normal, ventricular or supraventricular, judged when it is accepted; RHYTHM section 3.

Beats of one shape form a family; the dominant family is the patient's own conduction, however wide it is. A beat is called
ventricular when its shape is another one and it comes early or is wider and slower than the dominant one. Its T wave bears
witness: a ventricle that is woken from elsewhere recovers in another order, its T wave points away from its QRS, and nothing
opposes its wave, so that it is large. A family whose members were called so is known: a later member needs no second proof.
Where the rhythm is as irregular as in fibrillation, earliness proves little, and the T wave has the last word. What a cycle
of the heart does after the beat is not waited for: alarms count runs as they happen.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from monitor_app.core.findings import BeatClass
from monitor_app.rhythm.candidates import TINY
from monitor_app.rhythm.families import Comparison, Family, Seen, Views, seen

FAMILIES_MAX = 8
ALIKE = 0.9  # correlation at the best lag: members of one family
LAG_S = 0.02
FADE = 0.993  # a beat, so that a family not seen for some minutes is no longer the dominant one
INTERVALS = 12
EARLY = 0.87  # of the usual interval
IRREGULAR = 0.07  # median deviation of the usual intervals, as a share of them
CHAOTIC = 0.1  # the same: irregular as in fibrillation, where conduction is aberrant now and then
T_CHANGED = 0.15  # of the span, from the T wave of the dominant family: the ventricle was woken in another order
T_OPPOSITE, T_APART = 0.2, 0.1  # of the span, away from the QRS: surely another order, and with a change of the T wave
CHAOTIC_UNLIKE, CHAOTIC_EARLY = 0.7, 0.9  # so unlike the dominant shape, and a little early
VERY_EARLY = 0.7  # early even where the rhythm is irregular
# than the dominant family: width, and crispness (the QRS band for its height) as a share
WIDER_S, BLUNTER = 0.012, 0.87
MUCH_WIDER_S, MUCH_BLUNTER = 0.025, 0.85
CRISPER = 1.15  # than the dominant family: conducted, where earliness proves little
EARLY_UNLIKE = 0.8  # an early beat less like the dominant shape than this is of another origin...
EARLY_WIDE_UNLIKE = 0.96  # ...or than this when it is wider and blunter as well...
VERY_WIDE_S, VERY_WIDE_UNLIKE = 0.04, 0.9  # ...or than this when it is so much wider, however crisp...
LARGE = 1.2  # ...and larger than the dominant one, or with another T wave: aberrant beats are neither...
WIDEST_S = 0.08  # ...but then no block makes a beat so much wider
LATE_WIDE_UNLIKE = 0.7  # ...and one in time only when it is much wider and blunter, and so unlike
LATE_UNLIKE, LATE_T_CHANGED = 0.5, 0.3  # or, however wide, of quite another shape with quite another T wave
SOONEST_S = 0.22  # what seems to come sooner is the T wave of the beat before
PROVED = 3  # members before a family is known
KNOWN = 0.6  # share of its members called ventricular
KNOWN_EARLY = 0.95
KNOWN_UNLIKE = 0.9  # a family this like the dominant one is never ventricular by acquaintance
LEADER_SHARE = 0.3  # of the most frequent family's weight: what may be the dominant one...
LEADER_CRISP = 0.75  # ...and is among the crisper of these: bigeminy from the start
SAME = 0.93  # of a supraventricular beat with the dominant shape


class ClassJudge:
    """Classes of a patient's beats, in order, by one lead or by several."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._compare = Comparison(max(1, round(LAG_S * rate_hz)))
        self._families: list[Family] = []
        self._usual: deque[float] = deque(maxlen=INTERVALS)  # between normal beats
        self._recent: deque[float] = deque(maxlen=INTERVALS)  # between beats that are not ventricular
        self._after_conducted = False

    def judge(self, views: Views, interval_s: float | None) -> BeatClass:
        """The class of the next beat. interval_s: since the one before, None after a gap."""
        beat = seen(views, self.rate_hz)
        usual_s = median(self._usual) if self._usual else None
        prematurity = min(1.5, interval_s / usual_s) if interval_s is not None and usual_s else 1.0
        leader = self._leader()
        likenesses = self._compare.likenesses(beat, self._families)
        own = self._own(likenesses)
        called = BeatClass.N
        if leader is not None:
            likeness = likenesses[self._families.index(leader)]
            ventricular = self._is_ventricular(beat, prematurity, leader, likeness, own)
            if self._irregularity() > CHAOTIC:
                ventricular = _in_chaos(beat, prematurity, leader, likeness, ventricular)
            if ventricular and (interval_s is None or interval_s > SOONEST_S):
                called = BeatClass.V
            elif self._is_early(prematurity) and likeness >= SAME and not self._is_irregular():
                called = BeatClass.S
        self._remember(beat, prematurity, own, called, interval_s)
        return called

    def is_usual(self, views: Views) -> bool:
        """Whether this shape is the dominant one's. Nothing is learned from it."""
        leader = self._leader()
        return leader is not None and self._compare.likenesses(seen(views, self.rate_hz), [leader])[0] > ALIKE

    def _own(self, likenesses: list[float]) -> Family | None:
        if not likenesses:
            return None
        best = likenesses.index(max(likenesses))
        return self._families[best] if likenesses[best] > ALIKE else None

    def _leader(self) -> Family | None:
        if not self._families:
            return None
        most = max(family.weight for family in self._families)
        frequent = [family for family in self._families if family.weight >= LEADER_SHARE * most]
        crispest = max(family.crispness for family in frequent)
        crisp = [family for family in frequent if family.crispness >= LEADER_CRISP * crispest]
        return max(crisp, key=lambda family: family.weight * (1.2 - 2 * max(0.0, 1 - family.prematurity)))

    def _is_irregular(self) -> bool:
        return self._irregularity() > IRREGULAR

    def _irregularity(self) -> float:
        """Median deviation of the intervals between conducted beats, as a share of their median; 0 when few are known."""
        if len(self._recent) < INTERVALS // 2:
            return 0.0
        middle = median(self._recent)
        return median(abs(interval - middle) for interval in self._recent) / middle

    def _is_early(self, prematurity: float) -> bool:
        return prematurity < (VERY_EARLY if self._is_irregular() else EARLY)

    def _is_ventricular(
        self, beat: Seen, prematurity: float, leader: Family, likeness: float, own: Family | None
    ) -> bool:
        if own is not leader and own is not None and _is_known_ventricular(own) and likeness < KNOWN_UNLIKE:
            return True
        wider, crisp = beat.width_s - leader.width_s, beat.crispness / max(TINY, leader.crispness)
        if not self._is_early(prematurity):
            return _is_other_late(beat, leader, likeness, wider, crisp)
        wide = wider > VERY_WIDE_S and likeness < VERY_WIDE_UNLIKE
        blunt = wider > WIDER_S and crisp < BLUNTER and likeness < EARLY_WIDE_UNLIKE
        several = len(beat.views) > 1  # by one lead alone the T wave and the size say too little
        if (wide or blunt) and (not several or wider > WIDEST_S or _is_witnessed(beat, leader)):
            return True
        if blunt:
            return False
        conducted = crisp > CRISPER and self._is_irregular()
        return likeness < EARLY_UNLIKE and (not several or beat.discordance > 0) and not conducted

    def _remember(
        self, beat: Seen, prematurity: float, own: Family | None, called: BeatClass, interval_s: float | None
    ) -> None:
        for family in self._families:
            family.weight *= FADE
        if own is None:
            own = Family.of(beat, prematurity)
            self._families.append(own)
            if len(self._families) > FAMILIES_MAX:
                self._families.remove(min(self._families[:-1], key=lambda family: family.weight))
        else:
            own.admit(beat, prematurity)
        own.ventricular += max(0.1, 1 / own.members) * ((called is BeatClass.V) - own.ventricular)
        conducted = called is not BeatClass.V
        if interval_s is not None and conducted and self._after_conducted:
            self._recent.append(interval_s)
            if called is BeatClass.N:
                self._usual.append(interval_s)
        self._after_conducted = conducted


def _is_known_ventricular(family: Family) -> bool:
    """Most of its members were called so, and they do not come in time."""
    return family.members >= PROVED and family.ventricular > KNOWN and family.prematurity < KNOWN_EARLY


def _is_other_late(beat: Seen, leader: Family, likeness: float, wider: float, crisp: float) -> bool:
    """Whether a beat in time, or late, is of another origin."""
    if wider > MUCH_WIDER_S and crisp < MUCH_BLUNTER and likeness < LATE_WIDE_UNLIKE:
        return True
    several = len(beat.views) > 1  # one lead alone takes noise for it
    changed = leader.t_change(beat) > LATE_T_CHANGED and beat.discordance > T_APART
    return several and likeness < LATE_UNLIKE and changed


def _is_witnessed(beat: Seen, leader: Family) -> bool:
    """Its T wave says that it came from elsewhere, or its size: of one lead alone that proves nothing, an axis may turn."""
    recovers_otherwise = leader.t_change(beat) > T_CHANGED or beat.discordance > T_OPPOSITE
    return recovers_otherwise or (len(beat.views) > 1 and leader.size_of(beat) > LARGE)


def _in_chaos(beat: Seen, prematurity: float, leader: Family, likeness: float, ventricular: bool) -> bool:
    """Whether it is ventricular where earliness proves little: the T wave decides.

    A ventricle that is woken from elsewhere recovers in another order too. A beat whose T wave is as usual was conducted
    with aberration, however early and wide; one of quite another shape and T wave was not, however narrow.
    """
    if ventricular:
        return _is_witnessed(beat, leader)
    unlike = likeness < CHAOTIC_UNLIKE and prematurity < CHAOTIC_EARLY
    return unlike and leader.t_change(beat) > T_CHANGED and beat.discordance > T_APART
