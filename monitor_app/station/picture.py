"""What do people see of one chair now? Builds ChairView: texts rounded, looks and words decided, nothing left to a view."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import Parameter, Validity
from monitor_app.alarms import AlarmSystem
from monitor_app.core.care_views import CareView
from monitor_app.core.chair import LinkState
from monitor_app.core.cuff_views import CuffPlanView
from monitor_app.core.expecting import corridor_of
from monitor_app.core.facts import Baseline
from monitor_app.core.findings import RhythmWord
from monitor_app.core.limits import Limit, LimitOrigin
from monitor_app.core.parameters import MINUTE_US, NUMERICS, SECOND_US, WAVES
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.session import Session
from monitor_app.core.snapshot import (
    AlarmState,
    AlarmView,
    ChairView,
    CuffView,
    LinkView,
    LogLine,
    Look,
    NumberView,
    PhaseView,
    ReadingView,
    WaveView,
)
from monitor_app.core.words import PHASE_WORDS, number, pressure_text, reason_word
from monitor_app.station.absent import is_absent
from monitor_app.station.against_baseline import systolic_change
from monitor_app.station.bindings import expected_words, note_words
from monitor_app.station.care_view import care_view
from monitor_app.station.chair_state import ChairState, CuffRecord, WaveState
from monitor_app.station.confirming import Confirming
from monitor_app.station.cuff_views import cuff_plan_view
from monitor_app.station.facts import READING_BLANK_US, limits_of, reading_stale_us
from monitor_app.station.limit_views import limit_views
from monitor_app.station.links import LinkStatus
from monitor_app.station.perfusion import perfusion_steps
from monitor_app.station.rhythm_view import NO_SIGNAL_US, rhythm_since_us, rhythm_word, ventricular_beats
from monitor_app.station.treatment import baseline_readings, ready_at_us, step_views
from monitor_app.station.values import Held

TENTH_US = SECOND_US // 10
"""Ages are cut to tenths, never rounded up: 4.95 s is not yet the 5 s at which a number blanks."""

STEADY_STATES = frozenset({AlarmState.ACKNOWLEDGED, AlarmState.LATCHED, AlarmState.RECENT})

_BEHIND_A_GATE = frozenset({AlarmState.ALARM_PAUSED, AlarmState.OFF})

PRESSURES = ("nibp_systolic", "nibp_diastolic", "nibp_mean")
"""How alarm rows name what a cuff measures."""

LIMIT_ROWS: dict[Parameter, tuple[str, str]] = {
    Parameter.HR: ("HR_LOW", "HR_HIGH"),
    Parameter.SPO2: ("SPO2_LOW", ""),
    Parameter.RESP_RATE: ("RR_LOW", "RR_HIGH"),
    Parameter.TEMPERATURE: ("TEMP_LOW", "TEMP_HIGH"),
}
"""Which alarm rows give the limits that stand beside a number (low, high)."""

CUFF_ON_ARM = "cuff on this arm"
"""Why the oximeter has no number while the cuff works on the arm of its probe (ALARMS 6)."""

_OF_THE_PROBE = frozenset({Parameter.SPO2, Parameter.PULSE_RATE, Parameter.PERFUSION_INDEX})

VALIDITY_WORDS: dict[Validity, str] = {
    Validity.VALID: "",
    Validity.QUESTIONABLE: "doubtful",
    Validity.NOT_MEASURED: "no data",
    Validity.SEARCHING: "searching",
    Validity.SENSOR_OFF: "sensor off",
    Validity.SENSOR_UNPLUGGED: "unplugged",
    Validity.SENSOR_FAULT: "sensor fault",
    Validity.DISTURBED: "disturbed",
    Validity.OUT_OF_RANGE: "out of range",
    Validity.NOT_CALIBRATED: "not calibrated",
    Validity.OTHER_SOURCE: "other source",
    Validity.FAILED: "failed",
    Validity.ABORTED: "stopped",
}

_LINK_WORDS = {
    LinkState.CONNECTING: "connecting",
    LinkState.REFUSED: "WRONG DEVICE",
    LinkState.LIVE: "live",
    LinkState.LOST: "LINK LOST",
}


@dataclass(slots=True)
class Painter:
    """Builds chair views. alarms: for colours and arming."""

    alarms: AlarmSystem

    def chair(self, chair: ChairState, views: tuple[AlarmView, ...], now_us: int) -> ChairView:
        """One chair, complete. views: its own open alarms, worst first."""
        session, worst = chair.treated, next((view for view in views if view.state not in _BEHIND_A_GATE), None)
        care = care_view(chair, views, now_us)
        return ChairView(
            number=chair.number,
            name=chair.spec.name,
            origin=chair.origin,
            session=chair.session.id if chair.session is not None else None,
            title=chair.session.pseudonym if chair.session is not None else "",
            phase=phase_view(chair, has_high(views), now_us),
            numbers=tuple(self._number(chair, p, now_us) for p in chair.numerics) if session is not None else (),
            cuff=self._cuff(chair, now_us) if session is not None else CuffView(fitted=chair.cuff.fitted),
            alarms=views,
            links=link_views(chair, now_us),
            waves=tuple(wave_view(chair, wave, now_us) for wave in chair.waves.values()),
            worst=worst.priority if worst is not None else None,
            worst_kind=worst.kind if worst is not None else None,
            profile=chair.profile.title if chair.session is not None else "",
            approved=bool(chair.profile.approved_by),
            rhythm=rhythm_word(chair, now_us),
            rhythm_since_us=rhythm_since_us(chair),
            pvcs=ventricular_beats(chair, now_us),
            info=info_line(chair, care, now_us) if worst is None else "",
            cuff_plan=cuff_plan_view(chair, views, now_us) if session is not None else CuffPlanView(),
            readings=tuple(_reading_view(record, chair.confirming) for record in reversed(chair.readings)),
            log=_log(chair),
            offers=chair.offers if chair.session is None else "",
            adoptable_s=chair.idle.adoptable_s(now_us) if chair.session is None else 0,
            demonstration=chair.has_demonstration,
            limits=limit_views(chair, now_us) if session is not None else (),
            care=care,
            resting=self.alarms.gates.rest_view(chair.number),
            off=self.alarms.gates.off_views(chair.number),
            expected=corridor_of(session, chair.profile, now_us),
            courses=session.courses if session is not None else 0,
            planned_min=chair.profile.planned_min if session is not None else None,
        )

    def _off(self, chair: ChairState, *parameters: str) -> str:
        """Which alarms of these vital signs are switched off, in words."""
        labels = [off.label for off in self.alarms.gates.off_views(chair.number) if off.parameter in parameters]
        return f"{labels[0]} off" if len(labels) == 1 else f"{len(labels)} alarms off" if labels else ""

    def _number(self, chair: ChairState, parameter: Parameter, now_us: int) -> NumberView:
        row, held = NUMERICS[parameter], chair.values.chosen(parameter)
        alarm = self.alarms.parameter_alarm(chair.number, parameter.value)
        low, high = _limits(chair, parameter)
        value = held.number if held is not None else None
        look, why = _look(chair, held, now_us)
        why = CUFF_ON_ARM if look is not Look.NORMAL and _explained_by_cuff(chair, held) else why
        age_us = now_us - held.number_us if held is not None and value is not None else None
        return NumberView(
            parameter=parameter,
            label=row.label,
            text="---" if value is None else f"{value:.{row.precision}f}",
            unit=row.unit,
            look=look,
            role=row.role,
            source=held.source.value if held is not None and held.source is not None else "",
            device=_device(chair, held),
            why=why,
            age_s=age_us // TENTH_US / 10 if age_us is not None else None,
            alarm=alarm.priority if alarm is not None else None,
            acknowledged=alarm is not None and alarm.state in STEADY_STATES,
            arrow=_arrow(value, low, high),
            low=_limit_text(low, row.precision),
            high=_limit_text(high, row.precision),
            edited=_is_edited(low, high),
            armed=self.alarms.armed(chair.number, parameter),
            off=self._off(chair, parameter.value),
            perfusion=_perfusion(chair, parameter, now_us),
        )

    def _cuff(self, chair: ChairState, now_us: int) -> CuffView:
        record, cuff = chair.reading, chair.cuff
        age_us = now_us - record.measured_us if record is not None else None
        reading = record.reading if record is not None and age_us is not None and age_us < READING_BLANK_US else None
        stale = age_us is not None and age_us >= reading_stale_us(chair)
        limits = limits_of(chair)
        low, high = limits.get("NIBP_S_LOW"), limits.get("NIBP_S_HIGH")
        alarm = self._cuff_alarm(chair)
        return CuffView(
            sys=number(reading.systolic) if reading is not None else "---",
            dia=number(reading.diastolic) if reading is not None else "---",
            mean=number(reading.mean) if reading is not None else "---",
            look=Look.BLANK if reading is None else Look.STALE if stale else Look.NORMAL,
            age_s=age_us // SECOND_US if reading is not None and age_us is not None else None,
            status=_cuff_status(chair, now_us),
            measuring=cuff.running is not None,
            cuff_text=chair.cuff_text,
            next_us=cuff.next_us,
            queued_us=cuff.queued_us,
            alarm=alarm.priority if alarm is not None else None,
            acknowledged=alarm is not None and alarm.state in STEADY_STATES,
            arrow=_arrow(reading.systolic if reading is not None else None, low, high),
            sys_low=_limit_text(low),
            sys_high=_limit_text(high),
            fitted=cuff.fitted,
            trigger=record.trigger if record is not None and reading is not None else "",
            off=self._off(chair, *PRESSURES),
            edited=_is_edited(low, high),
            change=systolic_change(chair, now_us),
        )

    def _cuff_alarm(self, chair: ChairState) -> AlarmView | None:
        found = [self.alarms.parameter_alarm(chair.number, pressure) for pressure in PRESSURES]
        return max((view for view in found if view is not None), key=lambda view: view.priority, default=None)


def has_high(views: tuple[AlarmView, ...]) -> bool:
    """True while a HIGH alarm about the patient stands."""
    return any(v.priority is Priority.HIGH and v.kind is Kind.PHYSIOLOGICAL and v.ended_us is None for v in views)


# ---------------------------------------------------------------- numbers


def _look(chair: ChairState, held: Held | None, now_us: int) -> tuple[Look, str]:
    if held is not None and held.number is not None:
        grey = held.is_grey(now_us)
        return (Look.STALE if grey else Look.NORMAL), VALIDITY_WORDS[held.validity]
    if held is None:
        return Look.BLANK, "not connected" if not any(link.live for link in chair.links) else "no data"
    if held.link is not None and chair.links[held.link].door.asks:
        return Look.BLANK, "wrong device, confirm"
    if held.link is not None and not chair.links[held.link].live:
        return Look.BLANK, "link lost"
    if held.parameter is Parameter.HR and RhythmWord.VFIB in chair.rhythm_since:
        return Look.BLANK, "no rate"
    return Look.BLANK, VALIDITY_WORDS[held.validity] or "no data"


def _explained_by_cuff(chair: ChairState, held: Held | None) -> bool:
    if (
        not chair.spec.cuff_same_arm
        or chair.cuff.running is None
        or held is None
        or held.parameter not in _OF_THE_PROBE
    ):
        return False
    return held.link is not None and chair.links[held.link].live


def _device(chair: ChairState, held: Held | None) -> str:
    """The device a number comes from, where several of the chair could give it."""
    if held is None or held.link is None or held.number is None:
        return ""
    several = sum(held.parameter in link.driver.numerics for link in chair.links) > 1
    return chair.links[held.link].driver.model if several else ""


def _limits(chair: ChairState, parameter: Parameter) -> tuple[Limit | None, Limit | None]:
    low, high = LIMIT_ROWS.get(parameter, ("", ""))
    limits = limits_of(chair)
    return limits.get(low), limits.get(high)


def _perfusion(chair: ChairState, parameter: Parameter, now_us: int) -> int | None:
    """The bar stands beside SpO2, which is only as good as the pulse under the probe."""
    if parameter is not Parameter.SPO2:
        return None
    return perfusion_steps(chair.values.chosen(Parameter.PERFUSION_INDEX), now_us)


def _is_edited(*limits: Limit | None) -> bool:
    return any(limit is not None and limit.origin is LimitOrigin.EDITED for limit in limits)


def _limit_text(limit: Limit | None, decimals: int = 0) -> str:
    return "" if limit is None else f"{limit.value:.{decimals}f}"


def _arrow(value: float | None, low: Limit | None, high: Limit | None) -> int:
    if value is not None and high is not None and high.violated_by(value):
        return 1
    return -1 if value is not None and low is not None and low.violated_by(value) else 0


# ---------------------------------------------------------------- cuff


def _cuff_status(chair: ChairState, now_us: int) -> str:
    last = chair.readings[-1] if chair.readings else None
    if last is not None and last.reading is None:
        return f"failed: {reason_word(last.reason)}"
    if chair.pending:
        return "repeating" if chair.cuff.running is not None else "pending"
    return chair.confirming.status(last.id, now_us) if last is not None else ""


def _reading_view(record: CuffRecord, confirming: Confirming) -> ReadingView:
    reading = record.reading
    if reading is None:
        return ReadingView(
            record.id, record.measured_us, f"failed: {reason_word(record.reason)}", record.trigger, "failed"
        )
    text = pressure_text(reading.systolic, reading.diastolic, reading.mean)
    return ReadingView(record.id, record.measured_us, text, record.trigger, confirming.words.get(record.id, "plain"))


# ---------------------------------------------------------------- treatment


def phase_view(chair: ChairState, high_alarm: bool, now_us: int) -> PhaseView:
    """Where the treatment stands, in words and clocks."""
    session = chair.session
    steps = step_views(chair, high_alarm, now_us)
    if session is None or not session.phase.is_monitored:
        word = "NOT MONITORED" if _has_data(chair) else PHASE_WORDS[chair.phase]
        return PhaseView(chair.phase, word, steps=steps)
    elapsed_us, planned_us = _clock(chair, session, now_us)
    left_us = planned_us - elapsed_us if planned_us is not None else None
    return PhaseView(
        phase=session.phase,
        word=_word(chair, session),
        paused=session.paused,
        elapsed_s=elapsed_us / SECOND_US,
        planned_s=planned_us / SECOND_US if planned_us is not None else None,
        remaining_s=left_us / SECOND_US if left_us is not None else None,
        progress=min(1.0, elapsed_us / planned_us) if planned_us else None,
        paused_s=_paused_us(session, now_us) / SECOND_US,
        planned_end_us=_planned_end_us(session, now_us),
        steps=steps,
        baseline=_baseline_text(session.baseline),
        prompt=_prompt(chair, session, now_us),
        pause_s=_pause_s(session, now_us),
    )


def _has_data(chair: ChairState) -> bool:
    return any(held.number is not None for held in chair.values.each())


def _word(chair: ChairState, session: Session) -> str:
    if session.away:
        return "AWAY"
    if session.held:
        return "HOLD"
    if session.phase is Phase.INFUSION:
        label = chair.profile.infusion_label.upper()
        return f"{label} PAUSED" if session.paused else label
    return PHASE_WORDS[session.phase]


def _clock(chair: ChairState, session: Session, now_us: int) -> tuple[int, int | None]:
    if session.phase is Phase.INFUSION:
        return session.infused_us(now_us), round(chair.profile.planned_min * MINUTE_US)
    elapsed_us = max(0, now_us - session.phase_at_us)
    if session.phase in (Phase.RECOVERY, Phase.ABORTED):
        start_us = session.recovery_us if session.recovery_us is not None else session.phase_at_us
        return max(0, now_us - start_us), round(chair.profile.recovery_min * MINUTE_US)
    return elapsed_us, None


def _paused_us(session: Session, now_us: int) -> int:
    running = now_us - session.paused_since_us if session.paused_since_us is not None else 0
    return session.paused_us + max(0, running)


def _pause_s(session: Session, now_us: int) -> float | None:
    """Of the pause that lasts."""
    since_us = session.paused_since_us
    return max(0, now_us - since_us) / SECOND_US if since_us is not None else None


def _planned_end_us(session: Session, now_us: int) -> int | None:
    """The planned end moves on while the drug is held."""
    if session.phase is not Phase.INFUSION or session.planned_end_us is None:
        return None
    held = now_us - session.paused_since_us if session.paused_since_us is not None else 0
    return session.planned_end_us + max(0, held)


def _baseline_text(baseline: Baseline | None) -> str:
    if baseline is None:
        return ""
    text = pressure_text(baseline.systolic, baseline.diastolic, baseline.mean)
    parts = [text] + [
        f"{label} {v:.0f}" for label, v in (("HR", baseline.hr), ("SpO2", baseline.spo2)) if v is not None
    ]
    return "  ".join(parts)


def _prompt(chair: ChairState, session: Session, now_us: int) -> str:
    end_us = _planned_end_us(session, now_us)
    if end_us is not None and now_us >= end_us:
        return f"{chair.profile.infusion_label} end due {_ago(now_us - end_us)}"
    if session.away and session.care.away_until_us is not None:
        return f"Away from the chair, {minutes_text(session.care.away_until_us - now_us)} left"
    if session.recheck_us is not None and session.held:
        return _recheck(session.recheck_us, now_us)
    if session.phase is Phase.BASELINE and session.baseline is None:
        taken = len(baseline_readings(chair, session))
        return f"Baseline: {min(taken, chair.profile.baseline_readings)} of {chair.profile.baseline_readings} readings"
    if session.phase in (Phase.RECOVERY, Phase.ABORTED) and session.care.ready_us is not None:
        return f"Ready for discharge since {minutes_text(now_us - session.care.ready_us)}"
    if session.phase in (Phase.RECOVERY, Phase.ABORTED) and now_us >= ready_at_us(chair, session):
        return "Least recovery time reached"
    return ""


def _recheck(at_us: int, now_us: int) -> str:
    return f"Recheck in {minutes_text(at_us - now_us)}" if at_us > now_us else f"Recheck due {_ago(now_us - at_us)}"


def _ago(age_us: int) -> str:
    return "now" if age_us < MINUTE_US else f"{age_us // MINUTE_US} min ago"


CHECK_SOON_US = 10 * MINUTE_US
"""A check stands in the line of a calm tile from so long before it is due."""


def info_line(chair: ChairState, care: CareView, now_us: int) -> str:
    """The neutral line of a calm tile: how far the patient is, and what comes next."""
    if chair.treated is None:
        return ""
    refuted = chair.confirming.chip(now_us)
    parts = [f"BP {refuted}"] if refuted else []
    parts += [f"ready {care.ready_word}"] if care.ready_word else []
    if chair.cuff.next_us is not None:
        left_us = chair.cuff.next_us - now_us
        parts.append(f"next BP {minutes_text(left_us)}" if left_us > 0 else "BP due")
    soon = next((check for check in care.checks if check.due_us - now_us < CHECK_SOON_US), None)
    if soon is not None:
        parts.append(f"{soon.text} due" if soon.due else f"{soon.text} in {minutes_text(soon.due_us - now_us)}")
    return "   ".join(parts)


def minutes_text(us: int) -> str:
    """`5:58`, minutes and seconds."""
    seconds = max(0, us) // SECOND_US
    return f"{seconds // 60}:{seconds % 60:02d}"


# ---------------------------------------------------------------- devices and waves


def link_views(chair: ChairState, now_us: int) -> tuple[LinkView, ...]:
    """One line per device."""
    return tuple(_link_view(link, now_us) for link in chair.links)


def _link_view(link: LinkStatus, now_us: int) -> LinkView:
    driver, said, counters = link.driver, link.identity, link.counters
    return LinkView(
        device=link.spec.device,
        title=f"{driver.maker} {driver.model}",
        state=_LINK_WORDS[link.state],
        sentence=link.sentence,
        quality=link.quality,
        bytes_age_s=round((now_us - link.heard_us) / SECOND_US, 1) if link.heard_us is not None else None,
        identity=" ".join(w for w in (said.model, said.serial) if w) if said else "",
        use=driver.use,
        expected=expected_words(link),
        seen=link.door.seen_words if link.door.asks else "",
        note=note_words(link),
        port=link.spec.url,
        good=counters.frames_good if counters is not None else None,
        bad=counters.frames_bad if counters is not None else None,
        gaps=counters.gaps if counters is not None else None,
        evidence=f"evidence: {driver.evidence}; tried: {driver.tests}",
    )


def wave_view(chair: ChairState, wave: WaveState, now_us: int) -> WaveView:
    """One trace: its place, and what to write when there is nothing to draw."""
    row = WAVES[wave.parameter]
    state, word = _wave_state(chair, wave, now_us)
    return WaveView(
        row.code, wave.parameter, row.label, row.role, wave.rate_hz, wave.unit, wave.scale, state, word, row.speed_mm_s
    )


def _wave_state(chair: ChairState, wave: WaveState, now_us: int) -> tuple[str, str]:
    if wave.arrived_us is None:
        return ("off", "") if chair.links[wave.link].live else ("no_signal", "NO SIGNAL")
    age_us = now_us - wave.arrived_us
    if age_us >= NO_SIGNAL_US:
        return "no_signal", f"NO SIGNAL {minutes_text(age_us)}"
    if wave.parameter.is_ecg and "ecg_lead_off" in chair.flags_since:
        return "lead_off", "LEAD OFF"
    if wave.parameter.is_ecg and is_absent(chair, wave, now_us):
        return "absent", "NOT CONNECTED"
    if wave.parameter is Parameter.PLETH and {"spo2_probe_off", "spo2_sensor_unplugged"} & chair.flags_since.keys():
        return "lead_off", "PROBE OFF" if "spo2_probe_off" in chair.flags_since else "PROBE UNPLUGGED"
    return "live", ""


def _log(chair: ChairState) -> tuple[LogLine, ...]:
    if chair.log_view is None:
        chair.log_view = tuple(reversed(chair.log))
    return chair.log_view
