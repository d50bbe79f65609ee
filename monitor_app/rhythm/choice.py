"""Which lead is shown and counted? Lead II first; another only when the present one is bad for 3 s and that one is good.

A lead in which some beats are small may miss every one of them and still look good. So a good lead that sees more beats,
and sees them in its usual shape, is taken instead: noise and T waves have another shape than the beats beside them.

At most two leads are analysed (the budget of a chair). A third takes the place of one that is of no use.
"""

from __future__ import annotations

from collections import deque

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound, Quality
from monitor_app.rhythm.lead import Heard
from monitor_app.rhythm.witness import TOGETHER_US

MOST_LEADS = 2
ABSENT_US = 1_000_000  # a lead that far behind the newest one has stopped
BAD_S = 3.0
BLIND_S = 3.0  # without a beat while another good lead sees them
USELESS_S = 5.0  # a spare that is not to be trusted so long gives its place to another lead
COUNTED_US = 8_000_000  # the stretch whose beats are compared...
SETTLED_US = 1_500_000  # ...up to where both leads have certainly decided
MORE = 1.4  # times as many beats
FEWEST_MORE = 3
SHARED = 0.8  # of the beats of the lead that sees fewer: the other one sees them too
PLAIN = 0.8  # of the beats that it alone sees: of its usual shape
_ORDER = (Parameter.ECG_II, *(p for p in Parameter if p.is_ecg and p is not Parameter.ECG_II))


def rank(lead: Parameter) -> int:
    """0 for the lead that is preferred."""
    return _ORDER.index(lead)


class LeadChoice:
    """Keeps the newest Heard of every lead, and the lead that was chosen."""

    def __init__(self) -> None:
        self.newest: dict[Parameter, Heard] = {}
        self.chosen: Parameter | None = None
        self._spoken = False
        self._gave_way: set[Parameter] = set()
        self._beats: dict[Parameter, deque[BeatFound]] = {}

    def hear(self, heard: Heard) -> None:
        """The next Heard of one lead; the choice is made again."""
        self.newest[heard.lead] = heard
        self._spoken |= bool(heard.beats)
        self._keep(heard)
        present = self.present()
        if not self._spoken or self.chosen is None:
            self.chosen = min((one.lead for one in present), key=rank)
        elif (better := self._better(present)) is not None:
            self.chosen = better

    def present(self) -> list[Heard]:
        """The leads whose samples go on."""
        newest_us = max(one.end_us for one in self.newest.values())
        return [one for one in self.newest.values() if newest_us - one.end_us <= ABSENT_US]

    def place_for(self, lead: Parameter) -> Parameter | None:
        """Which lead should give its place to this one that is not analysed; None when it must wait."""
        for one in sorted(self.newest.values(), key=lambda one: -rank(one.lead)):
            if one.lead is not self.chosen and (one.bad_s > USELESS_S or one not in self.present()):
                return one.lead
        worst = max(self.newest, key=rank)
        fresh = not self._spoken and lead not in self._gave_way  # a better lead whose first samples came later
        return worst if fresh and rank(lead) < rank(worst) else None

    def remove(self, lead: Parameter) -> None:
        """This lead is not analysed any more."""
        self.newest.pop(lead, None)
        self._beats.pop(lead, None)
        self._gave_way.add(lead)
        if self.chosen is lead:
            self.chosen = None

    def _better(self, present: list[Heard]) -> Parameter | None:
        others = [one for one in present if one.lead is not self.chosen and one.verdict.quality is Quality.GOOD]
        now = next((one for one in present if one.lead is self.chosen), None)
        beating = [one for one in others if one.bpm is not None and one.quiet_s < BLIND_S]
        if now is None or now.bad_s > BAD_S:
            pool = beating or others
        elif now.quiet_s > BLIND_S:
            pool = [one for one in beating if one.quiet_s < now.quiet_s - BLIND_S / 2]
        else:
            pool = [one for one in beating if self._sees_more(one, now)]
        return min((one.lead for one in pool), key=rank, default=None)

    def _keep(self, heard: Heard) -> None:
        """Its beats of the stretch that is compared; none from before it could be trusted."""
        kept = self._beats.setdefault(heard.lead, deque())
        kept.extend(heard.beats)
        if not heard.verdict.trusted:
            kept.clear()
        while kept and heard.end_us - kept[0].t_us > COUNTED_US:
            kept.popleft()

    def _sees_more(self, one: Heard, now: Heard) -> bool:
        """`one` sees the beats of `now` and many besides that are of its own usual shape."""
        settled_us = min(one.end_us, now.end_us) - SETTLED_US
        mine, theirs = ([b for b in self._beats[each.lead] if b.t_us <= settled_us] for each in (now, one))
        if len(theirs) < max(MORE * len(mine), len(mine) + FEWEST_MORE):
            return False
        if not mine or theirs[0].t_us > mine[0].t_us + TOGETHER_US:
            return False
        more = [beat for beat in theirs if all(abs(beat.t_us - other.t_us) > TOGETHER_US for other in mine)]
        shared = len(theirs) - len(more) >= SHARED * len(mine)
        plain = sum(1 for beat in more if beat.cls in (BeatClass.N, BeatClass.S))
        return shared and plain >= PLAIN * len(more)
