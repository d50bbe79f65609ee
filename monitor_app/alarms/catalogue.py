"""Which alarms are there? One row each, in the order of evaluation: higher members of a chain come first (ALARMS 10).

The numbers are engineering defaults; a site's medical director approves them. To add an alarm, add a row here, and a pure
predicate in conditions.py if none fits.
"""

from __future__ import annotations

from monitor_app.alarms import bodily, equipment, reminding
from monitor_app.alarms import conditions as test
from monitor_app.alarms.rows import (
    OXIMETER,
    RATE,
    AlarmRow,
    CuffHold,
    Escalation,
    Group,
    Latching,
    PriorityByPhase,
    seconds,
)
from monitor_app.core.limits import Side
from monitor_app.core.phases import LimitPhase
from monitor_app.core.priority import Kind, Priority

_LOW, _MEDIUM, _HIGH = Priority.LOW, Priority.MEDIUM, Priority.HIGH
_ALWAYS_HIGH: PriorityByPhase = (_HIGH, _HIGH, _HIGH)
_ALWAYS_MEDIUM: PriorityByPhase = (_MEDIUM, _MEDIUM, _MEDIUM)
_ALWAYS_LOW: PriorityByPhase = (_LOW, _LOW, _LOW)
_LOUDER: PriorityByPhase = (_LOW, _MEDIUM, _MEDIUM)
_TREATING = frozenset({LimitPhase.INF, LimitPhase.REC})
_PATIENT, _EQUIPMENT = Kind.PHYSIOLOGICAL, Kind.TECHNICAL
_HEART, _OXYGEN, _AIR, _WARMTH, _DEVICE = "cardiovascular", "oxygenation", "ventilation", "temperature", "equipment"
PRESSURE_REMINDER_US = seconds(15 * 60)
"""Each reading shows its age anyway: one burst in 15 min is enough once somebody has seen a pressure alarm."""

TECHNICAL_LOW_BURSTS = 2

_SHIELD = (seconds(120), seconds(300))
_LONG_SHIELD = (seconds(900), seconds(900))
"""So long rows of the same or a lower rank stay silent after a rhythm has ended: MEDIUM ones, and LOW ones."""

_LOST_PULSE = CuffHold(seconds(60), from_inflation=True)
_LOW_OXYGEN = CuffHold(seconds(10), from_inflation=False)
_CUFF_RULE = "While the cuff works on the arm of the probe: up to 60 s later, counted from the inflation"
_CUFF_RULE_SHORT = "While the cuff works on the arm of the probe: 10 s later, no more"


def _lethal(row: str, words: str, chains: dict[str, int], means: str, check: str, rule: str) -> AlarmRow:
    return AlarmRow(
        row, _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.rhythm_found, words, means=means, check=check,
        parameter="hr", latching=Latching.YES, may_be_off=False, chains=chains, rule=rule,
    )  # fmt: skip


def _rhythm(
    row: str,
    words: str,
    priority: PriorityByPhase,
    chains: dict[str, int],
    clear_s: float,
    means: str,
    shield_us: tuple[int, int] = (0, 0),
    rule: str = "",
) -> AlarmRow:
    return AlarmRow(
        row, _PATIENT, Group.RHYTHM, _HEART, priority, test.rhythm_found, words,
        means=means, check="Look at the patient and the ECG.",
        parameter="hr", clear_us=seconds(clear_s), chains=chains, shield_us=shield_us, rule=rule,
    )  # fmt: skip


_RHYTHM_ROWS = (
    AlarmRow(
        "ASYSTOLE", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.standstill, "ASYSTOLE {seconds} s",
        means="The ECG shows no beat although the electrodes are attached and usable.",
        check="Look at the patient and feel the pulse; start emergency care if there is none.",
        parameter="hr", latching=Latching.YES, may_be_off=False,
        chains={"rhythm": 0, "rate": 0, "pulse": 0, "pause": 0, "irregular": 0, "standstill": 0},
        rule="No beat for 4 s on a usable ECG; ends with 3 beats within 6 s",
    ),
    _lethal(
        "VFIB", "V-FIB", {"rhythm": 0, "rate": 0, "pulse": 0, "irregular": 0, "standstill": 0},
        "The ECG shows the waves of ventricular fibrillation or flutter.",
        "Look at the patient and feel the pulse; defibrillate and start resuscitation if there is none.",
        "Fibrillation or flutter waves for 4 s; ends after 5 s without, with regular beats. While it stands there is no "
        "heart rate, and nothing that counts beats is raised",
    ),
    _lethal(
        "VTACH", "V-TACH {words}", {"rhythm": 1, "rate": 0, "irregular": 0},
        "Five or more ventricular beats in a row at 100 a minute or more.",
        "Look at the patient and feel the pulse; fetch the defibrillator.",
        "Ends with 3 other beats in a row, or below 100 a minute for 5 s",
    ),
    _lethal(
        "VBRADY", "V-BRADY {words}", {"rhythm": 2},
        "Only ventricular beats, fewer than 40 a minute.", "Look at the patient and feel the pulse.",
        "Five or more ventricular beats; ends with 3 other beats in a row",
    ),
    AlarmRow(
        "EXTREME_TACHY", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.rate_extreme,
        "EXTREME TACHY {value} > {limit}",
        means="The heart is extremely fast.", check="Look at the patient and the ECG.",
        parameter="hr", side=Side.UPPER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=5, worsens_by=20,
        latching=Latching.YES, may_be_off=False, chains={"rhythm": 3, "rate": 0},
        rule="The shown rate after the delay; the last 17 beats at once",
    ),
    AlarmRow(
        "EXTREME_BRADY", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.rate_extreme,
        "EXTREME BRADY {value} < {limit}",
        means="The heart is extremely slow.", check="Look at the patient and the ECG.",
        parameter="hr", side=Side.LOWER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=3, worsens_by=5,
        latching=Latching.YES, may_be_off=False, chains={"rhythm": 3, "rate": 0},
        rule="The shown rate after the delay; the last 5 beats at once",
    ),
    AlarmRow(
        "HR_HIGH", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_MEDIUM, test.rate_beyond_limit, "{label} {value} > {limit}",
        means="The heart rate is above its limit.", check="Look at the patient: distress, pain, agitation?",
        parameter="hr", side=Side.UPPER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=3, worsens_by=15,
        chains={"rate": 1},
    ),
    AlarmRow(
        "HR_LOW", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_MEDIUM, test.rate_beyond_limit, "{label} {value} < {limit}",
        means="The heart rate is below its limit.", check="Look at the patient, take a blood pressure.",
        parameter="hr", side=Side.LOWER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=2, worsens_by=8,
        chains={"rate": 1},
    ),
    AlarmRow(
        "HR_SUSTAINED", _PATIENT, Group.RHYTHM, _HEART, (None, _MEDIUM, None), test.rate_beyond_limit,
        "{label} {value} > {limit} for 5 min",
        means="The heart has been fast for five minutes.", check="Look at the patient: distress, pain, agitation?",
        parameter="hr", side=Side.UPPER, delay_us=seconds(300), clear_us=seconds(30), hysteresis=5,
        chains={"rate": 2},
    ),
    _rhythm(
        "PAUSE", "PAUSE {words}", _ALWAYS_MEDIUM, {"pause": 1}, 0,
        "More than three seconds passed between two beats.",
        rule="Said with the beat that ends the pause; ends with 2 beats",
    ),
    _rhythm(
        "VRUN", "V-RUN {words}", _ALWAYS_MEDIUM, {"rhythm": 4}, 10, "Three or four fast ventricular beats in a row.",
        _SHIELD, "100 a minute or faster; named with its beats and their rate",
    ),
    _rhythm(
        "VRUN_SLOW", "V-RUN SLOW {words}", _ALWAYS_MEDIUM, {"rhythm": 5}, 10,
        "Three or four slow ventricular beats in a row.", _SHIELD, "Slower than 100 a minute",
    ),
    _rhythm(
        "VRHYTHM", "VENTRICULAR RHYTHM {words}", _ALWAYS_MEDIUM, {"rhythm": 6}, 10,
        "Ventricular beats alone, 40 to 100 a minute.", _SHIELD, "Five or more in a row; ends with 3 other beats",
    ),
    AlarmRow(
        "AFIB", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_LOW, bodily.irregular, "IRREGULAR, POSSIBLE AF",
        means="The heart beats irregularly without a pattern, as in atrial fibrillation.",
        check="Look at the patient and the ECG.", parameter="hr", chains={"irregular": 1}, shield_us=_LONG_SHIELD,
        rule="MEDIUM the first time in a session, LOW if known; two windows of 48 beats, ends with two regular ones",
    ),
    _rhythm("R_ON_T", "R-ON-T PVC", _ALWAYS_LOW, {"rhythm": 7}, 30, "A ventricular beat fell on a T wave.", _SHIELD),
    _rhythm(
        "BIGEMINY", "BIGEMINY", _ALWAYS_LOW, {"rhythm": 8}, 30, "Every second beat is ventricular.", _SHIELD,
        "Three cycles; ends with 5 beats of another order",
    ),
    _rhythm(
        "PVC_RATE", "PVC {words}", _ALWAYS_LOW, {"rhythm": 9}, 0, "More than ten ventricular beats a minute.", _SHIELD,
        "Ends after a minute with ten or fewer",
    ),
    _rhythm(
        "IRREGULAR", "IRREGULAR RHYTHM", _ALWAYS_LOW, {"irregular": 2}, 0,
        "The heart beats irregularly; ectopic beats forbid to say more.", _LONG_SHIELD,
        "Two windows of 48 beats; ends with two regular ones",
    ),
    AlarmRow(
        "IRREGULAR_PULSE", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_LOW, bodily.irregular_pulse, "IRREGULAR PULSE",
        means="The pulse is irregular, and no ECG says how.", check="Feel the pulse; attach the ECG.",
        parameter="pulse_rate", delay_us=seconds(60), clear_us=seconds(60), chains={"irregular": 3},
        rule="Only where no ECG is attached and the oximeter marks its beats; two windows of 48 beats",
    ),
)  # fmt: skip

_OXYGEN_ROWS = (
    AlarmRow(
        "SPO2_DESAT", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_HIGH, test.beyond_limit, "DESAT {value} < {limit}",
        means="The oxygen saturation is dangerously low.", check="Wake the patient, open the airway, give oxygen.",
        parameter="spo2", side=Side.LOWER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=2, worsens_by=3,
        latching=Latching.YES, may_be_off=False, chains={"oxygen": 0}, cuff_hold=_LOW_OXYGEN, rule=_CUFF_RULE_SHORT,
    ),
    AlarmRow(
        "SPO2_FALL", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_HIGH, test.oxygen_falling, "SpO2 FALLING {words}",
        means="The oxygen saturation has fallen rapidly.", check="Look at the patient's breathing.",
        parameter="spo2", side=Side.LOWER, clear_us=seconds(10), hysteresis=4, worsens_by=3,
        latching=Latching.YES, may_be_off=False, chains={"oxygen": 0}, cuff_hold=_LOW_OXYGEN,
        rule="10 points (a profile may say 8) below the highest value of the last minute, and below the limit of SPO2_LOW; "
        f"ends 4 points above its lowest. {_CUFF_RULE_SHORT}",
    ),
    AlarmRow(
        "SPO2_LOW", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_MEDIUM, test.oxygen_low, "SpO2 {value} < {limit}",
        means="The oxygen saturation is below its limit.", check="Look at the patient's breathing, check the probe.",
        parameter="spo2", side=Side.LOWER, delay_us=seconds(15), clear_us=seconds(5), hysteresis=1, worsens_by=3,
        latching=Latching.IF_HIGH, chains={"oxygen": 1}, cuff_hold=_LOST_PULSE,
        rule="At once when depth times time reaches 50 points x s (a profile may say 25, 100 or off), or with the third dip "
        f"within a minute; HIGH at 300. {_CUFF_RULE}",
    ),
    AlarmRow(
        "SPO2_NO_PULSE", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_MEDIUM, test.no_pulse, "NO PULSE AT PROBE {clock}",
        means="The probe is on the finger and finds no pulse.", check="Feel the pulse, warm the hand, move the probe.",
        parameter="spo2", flags=("spo2_searching",), delay_us=seconds(10), clear_us=seconds(5),
        latching=Latching.IF_HIGH, may_be_off=False, chains={"pulse": 1},
        escalates=(Escalation(seconds(30), _HIGH, _TREATING),),
        cuff_hold=_LOST_PULSE, rule=f"Stays MEDIUM while the ECG shows beats. {_CUFF_RULE}",
    ),
)  # fmt: skip

_AGREEMENT_ROWS = (
    AlarmRow(
        "HR_PR_DIFFER", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_LOW, bodily.rates_differ,
        "HR {value} / PULSE {words} DIFFER",
        means="Heart rate and pulse rate are not the same: beats without a pulse, or one of the numbers is wrong.",
        check="Feel the pulse, check electrodes and probe.",
        parameter="hr", delay_us=seconds(15), clear_us=seconds(10), hysteresis=10, chains={"pulse": 2},
        rule="Apart by more than 20 bpm, or by more than 15 % of the heart rate when that is more",
    ),
)  # fmt: skip


def _extreme_pressure(row: str, parameter: str, word: str, chain: str, side: Side) -> AlarmRow:
    upper = side is Side.UPPER
    return AlarmRow(
        row, _PATIENT, Group.PRESSURE, _HEART, _ALWAYS_MEDIUM,
        test.pressure_extreme_high if upper else test.pressure_extreme_low,
        f"{word} {{value}} {'>' if upper else '<'} {{limit}}{{words}}{{countdown}}",
        means=f"The blood pressure is dangerously {'high' if upper else 'low'}; a first reading is confirmed by a repeat.",
        check="Look at the patient, check arm and cuff, let the repeat finish.",
        parameter=parameter, side=side, hysteresis=5, worsens_by=10, latching=Latching.YES, may_be_off=False,
        chains={chain: 0}, per_reading=True, reminder_us=PRESSURE_REMINDER_US,
        rule="MEDIUM with the first reading; HIGH when a repeat confirms it, fails twice or is missing for 180 s, and at "
        "once beyond the limit marked `once`",
    )  # fmt: skip


def _pressure(
    row: str, parameter: str, template: str, means: str, rank: int, side: Side, priority: Priority
) -> AlarmRow:
    return AlarmRow(
        row, _PATIENT, Group.PRESSURE, _HEART, (priority, priority, priority), test.pressure_beyond, template,
        means=means, check="Look at the patient, check arm and cuff, take another reading.",
        parameter=parameter, side=side, hysteresis=3 if parameter == "nibp_mean" else 5,
        worsens_by=10 if parameter == "nibp_systolic" or side is Side.UPPER else 5,
        chains={"pressure high" if side is Side.UPPER else "pressure low": rank},
        per_reading=True, reminder_us=PRESSURE_REMINDER_US,
    )  # fmt: skip


_UP, _DOWN = Side.UPPER, Side.LOWER
_PRESSURE_ROWS = (
    _extreme_pressure("NIBP_S_XHIGH", "nibp_systolic", "SYS", "pressure high", _UP),
    _extreme_pressure("NIBP_D_XHIGH", "nibp_diastolic", "DIA", "pressure high", _UP),
    _extreme_pressure("NIBP_S_XLOW", "nibp_systolic", "SYS", "pressure low", _DOWN),
    _pressure("NIBP_S_HIGH", "nibp_systolic", "SYS {value} > {limit}", "The systolic pressure is high.", 1, _UP, _MEDIUM),
    _pressure("NIBP_D_HIGH", "nibp_diastolic", "DIA {value} > {limit}", "The diastolic pressure is high.", 2, _UP, _MEDIUM),
    _pressure("NIBP_M_HIGH", "nibp_mean", "MAP {value} > {limit}", "The mean pressure is high.", 3, _UP, _MEDIUM),
    AlarmRow(
        "NIBP_RISE", _PATIENT, Group.PRESSURE, _HEART, _ALWAYS_LOW, bodily.pressure_risen, "{label} +{value} ABOVE BASELINE",
        means="The blood pressure is far above the patient's own.", check="Know of it; look at the next reading.",
        parameter="nibp_systolic", chains={"pressure high": 4}, per_reading=True,
        rule="Systolic 40 or diastolic 25 mmHg above the baseline, or more, in two readings in a row; ends with two that "
        "are not",
    ),
    _pressure(
        "NIBP_S_LOW", "nibp_systolic", "SYS {value} < {limit}{origin}", "The systolic pressure is low.", 1, _DOWN, _MEDIUM
    ),
    _pressure("NIBP_M_LOW", "nibp_mean", "MAP {value} < {limit}", "The mean pressure is low.", 2, _DOWN, _MEDIUM),
    _pressure("NIBP_D_LOW", "nibp_diastolic", "DIA {value} < {limit}", "The diastolic pressure is low.", 3, _DOWN, _LOW),
)  # fmt: skip

_BREATH_ROWS = (
    AlarmRow(
        "APNEA", _PATIENT, Group.BREATH, _AIR, _ALWAYS_MEDIUM, bodily.no_breath, "APNEA {seconds} s",
        means="The device finds no breath.", check="Look at the patient's breathing, open the airway.",
        parameter="resp_rate", delay_us=seconds(20), clear_us=seconds(10), latching=Latching.IF_HIGH, may_be_off=False,
        chains={"breath": 0},
        rule="A respiration rate of 0. From the impedance MEDIUM, HIGH while SpO2 is below its limit; HIGH from airflow or "
        "CO2; ends with a rate above 0",
    ),
    AlarmRow(
        "RR_LOW", _PATIENT, Group.BREATH, _AIR, _ALWAYS_MEDIUM, bodily.slow_breath, "RR {value} < {limit}",
        means="The patient breathes slowly.", check="Look at the patient's breathing.",
        parameter="resp_rate", side=_DOWN, delay_us=seconds(15), clear_us=seconds(10), hysteresis=1,
        chains={"breath": 1}, rule="Not raised by a rate of 0, which is APNEA's",
    ),
    AlarmRow(
        "RR_HIGH", _PATIENT, Group.BREATH, _AIR, _ALWAYS_MEDIUM, test.beyond_limit, "RR {value} > {limit}",
        means="The patient breathes fast.", check="Look at the patient's breathing.",
        parameter="resp_rate", side=_UP, delay_us=seconds(15), clear_us=seconds(10), hysteresis=1,
    ),
)  # fmt: skip

_TEMPERATURE_ROWS = (
    AlarmRow(
        "TEMP_HIGH", _PATIENT, Group.TEMPERATURE, _WARMTH, _ALWAYS_LOW, test.beyond_limit, "TEMP {value} > {limit}",
        means="The patient is warm.", check="Measure again; look for the cause.",
        parameter="temperature", side=_UP, delay_us=seconds(60), clear_us=seconds(60), hysteresis=0.2,
    ),
    AlarmRow(
        "TEMP_LOW", _PATIENT, Group.TEMPERATURE, _WARMTH, _ALWAYS_LOW, test.beyond_limit, "TEMP {value} < {limit}",
        means="The patient is cold.", check="Check the sensor; cover the patient.",
        parameter="temperature", side=_DOWN, delay_us=seconds(60), clear_us=seconds(60), hysteresis=0.2,
    ),
)  # fmt: skip


_CHAIR_ROWS = (
    AlarmRow(
        "DEVICE_MISMATCH", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_HIGH, test.wrong_device, "WRONG DEVICE, CONFIRM",
        means="What speaks at this chair is not known to be its device: its numbers may be another patient's.",
        check="Look at the patient. Compare the device with the Link tab, then confirm it there, or plug in the right one.",
        per_link=True, may_be_off=False, latching=Latching.YES, chains={"link": 0}, explains=(*RATE, "spo2", "resp_rate"),
        rule="Ends when a person has confirmed the device, or it is gone",
    ),
    AlarmRow(
        "LINK_LOST", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.link_lost, "LINK LOST {clock}",
        means="The device at this chair no longer speaks.", check="Look at the patient, check power and cable.",
        per_link=True, clear_us=seconds(2), may_be_off=False, bursts=TECHNICAL_LOW_BURSTS, chains={"link": 1},
        rule="At once when the port fails, after 5 s of silence else",
        explains=(*RATE, "spo2", "resp_rate"), escalates=(Escalation(seconds(30), _HIGH, _TREATING),),
    ),
    AlarmRow(
        "DEVICE_FAULT", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_MEDIUM, equipment.device_fault, "MODULE FAULT: {words}",
        means="A device reports that a part of it is broken, or refuses to speak with the station.",
        check="Look at the patient and at the device; use another one.",
        may_be_off=False, chains={"link": 2},
    ),
    AlarmRow(
        "SPO2_UNPLUGGED", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.flagged, "SpO2 PROBE {words}",
        means="The SpO2 probe is unplugged or faulty.", check="Look at the patient, plug in the probe.",
        parameter="spo2", flags=("spo2_sensor_unplugged", "spo2_sensor_fault"), delay_us=seconds(3), clear_us=seconds(5),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=OXIMETER,
        escalates=(Escalation(seconds(60), _HIGH, frozenset({LimitPhase.INF})),),
    ),
    AlarmRow(
        "SPO2_SENSOR_OFF", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.flagged, "SpO2 PROBE OFF {clock}",
        means="The SpO2 probe is off the patient.", check="Look at the patient, put the probe back on.",
        parameter="spo2", flags=("spo2_probe_off",), delay_us=seconds(10), clear_us=seconds(5),
        cuff_hold=_LOST_PULSE, rule=_CUFF_RULE,
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=OXIMETER,
        escalates=(Escalation(seconds(60), _HIGH, frozenset({LimitPhase.INF})),),
    ),
    AlarmRow(
        "ECG_LEADS_OFF", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.flagged, "ECG LEADS OFF",
        means="An ECG electrode or cable is off.", check="Look at the patient, check electrodes and cable.",
        parameter="hr", flags=("ecg_lead_off",), delay_us=seconds(3), clear_us=seconds(5),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=("hr",),
    ),
    AlarmRow(
        "ECG_NOISY", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.flagged, "ECG NOISY, NO HEART RATE",
        means="The ECG is too disturbed to find the heart rate.", check="Look at the patient, check electrodes and cable.",
        parameter="hr", flags=("ecg_noisy",), delay_us=seconds(10), clear_us=seconds(10),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=("hr",), escalates=(Escalation(seconds(60), _MEDIUM),),
    ),
    AlarmRow(
        "CHECK_ECG", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.rhythm_found, "CHECK ECG, PULSE PRESENT {words}",
        means="The ECG claims a dangerous rhythm, but the pulse goes on as before.",
        check="Look at the patient, check electrodes and cable.",
        parameter="hr", clear_us=seconds(10), may_be_off=False, bursts=TECHNICAL_LOW_BURSTS,
        escalates=(Escalation(seconds(15), _MEDIUM),),
    ),
    AlarmRow(
        "VALUE_EXPIRED", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.value_expired, "{label} NO DATA",
        means="The device is there, but this number has not been renewed.", check="Look at the patient and the sensor.",
        subjects=("hr", "spo2", "pulse_rate"), may_be_off=False, bursts=TECHNICAL_LOW_BURSTS,
        chains={"link": 3, "standstill": 1},
        rule="No new number for 5 s while the device is there; ends with the second new one",
    ),
    AlarmRow(
        "DATA_FROZEN", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_MEDIUM, equipment.wave_frozen, "{words} FROZEN",
        means="A device sends the same samples again and again, as if they were new.",
        check="Look at the patient; switch the device off and on, or use another one.",
        subjects=("ecg", "pleth", "resp"), delay_us=seconds(30), clear_us=seconds(5), may_be_off=False, chains={"link": 3},
        rule="The pleth flat, or any wave repeating itself within 3 s to the last bit, while its number is there",
    ),
    AlarmRow(
        "SPO2_LOW_PERFUSION", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, equipment.low_perfusion, "SpO2 LOW PERFUSION",
        means="The pulse at the probe is weak: SpO2 may be wrong.",
        check="Warm the hand, move the probe, loosen what is tight.",
        parameter="spo2", flags=("spo2_low_perfusion",), delay_us=seconds(20), clear_us=seconds(10),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, cuff_hold=_LOST_PULSE,
        rule=f"The device says so, or its perfusion index is below 0.3 %; ends at 0.4 %. {_CUFF_RULE}",
    ),
    AlarmRow(
        "LINK_ERRORS", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, equipment.line_errors, "SIGNAL ERRORS",
        means="Much of what the device sends arrives damaged.", check="Check the cable and its plugs.",
        per_link=True, delay_us=seconds(10), clear_us=seconds(10), bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3},
        rule="More than 20 % of the frames bad over the delay; ends below 5 %",
    ),
    AlarmRow(
        "DEVICE_BATTERY", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, equipment.device_battery, "DEVICE BATTERY LOW",
        means="The battery of a device runs low.", check="Plug the device in, or change its battery.",
        bursts=TECHNICAL_LOW_BURSTS,
    ),
    AlarmRow(
        "DEVICE_SAYS", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, equipment.device_says, "DEVICE ALARM: {words}, CHECK",
        means="A device has raised an alarm of its own, and the station knows of none.",
        check="Look at the patient, read the device's screen.",
        delay_us=seconds(10), bursts=TECHNICAL_LOW_BURSTS,
        rule="An alarm that the device calls high, or does not grade; ends with an alarm of ours about the patient, or 60 s "
        "after the device said it, because devices do not say when theirs end",
    ),
    AlarmRow(
        "NO_ECG", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.no_ecg, "NO ECG, RHYTHM NOT MONITORED",
        means="No ECG is attached: heart rate comes from the pulse and rhythm is not watched.",
        check="Attach the ECG if rhythm is to be watched.",
        parameter="hr", delay_us=seconds(10), visual_only=True,
    ),
    AlarmRow(
        "NO_ECG_WAVE", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.no_ecg_wave,
        "NO ECG WAVE, RHYTHM NOT MONITORED",
        means="The device gives a heart rate and no ECG wave: standstill and rhythm are not watched here.",
        check="Rely on the bedside monitor for the rhythm, or let the device send its ECG wave.",
        delay_us=seconds(10), visual_only=True,
    ),
    AlarmRow(
        "MONITORING_INCOMPLETE", _EQUIPMENT, Group.CHAIR, _DEVICE, (None, _MEDIUM, _MEDIUM), test.monitoring_incomplete,
        "{label} NOT MONITORED",
        means="The profile requires this vital sign, and it has not been watched yet.", check="Attach the sensor.",
        subjects=("hr", "spo2", "pulse_rate", "resp_rate", "temperature", "perfusion_index"),
        delay_us=test.MONITORING_US,
    ),
    AlarmRow(
        "CUFF_NOT_DEFLATED", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_HIGH, test.cuff_not_deflated,
        "CUFF NOT DEFLATED",
        means="The cuff has been at work for more than three minutes.", check="Take the cuff off the arm.",
        delay_us=seconds(180), clear_us=seconds(5), latching=Latching.YES, may_be_off=False, chains={"cuff": 0},
    ),
    AlarmRow(
        "NIBP_FAIL", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_MEDIUM, test.cuff_failed,
        "BP FAILED {value} TIMES{reason}",
        means="The blood pressure could not be measured, nor in both retries.", check="Check cuff, hose and arm.",
        chains={"cuff": 1}, explains=("nibp_systolic", "nibp_diastolic", "nibp_mean"),
        rule="Three determinations in a row without a reading; ends with a valid one",
    ),
    AlarmRow(
        "NIBP_OVERDUE", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.cuff_overdue, "BP OVERDUE{last}",
        means="No valid blood pressure has come when it was due.", check="Take a blood pressure.",
        bursts=TECHNICAL_LOW_BURSTS, chains={"cuff": 2}, explains=("nibp_systolic", "nibp_diastolic", "nibp_mean"),
        rule="After the due time and the profile's grace (3 min); MEDIUM when the last one is older than two intervals",
    ),
    AlarmRow(
        "CHECK_OVERDUE", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, equipment.check_overdue, "{words} DUE{since}",
        means="Something the profile asks a nurse to look at has not been noted when it was due.",
        check="Look at the patient and note it, or say why it is not done.",
        bursts=TECHNICAL_LOW_BURSTS, rule="After the due time and the check's own grace (5 min); ends when it is noted",
    ),
    AlarmRow(
        "STANDBY_ENDED", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, equipment.absence_over,
        "STANDBY OVER, CHAIR {chair}",
        means="The patient was away for a moment, that time is over, and nobody has said that the patient is back.",
        check="Look whether the patient sits there again, and say so (key C).",
        bursts=TECHNICAL_LOW_BURSTS, may_be_off=False,
        rule="With the end of an absence by time or by new numbers; ends when a person says that the patient is back",
    ),
    AlarmRow(
        "INFUSION_TIME_PASSED", _EQUIPMENT, Group.CHAIR, _DEVICE, (None, _LOW, None), equipment.infusion_time_passed,
        "INFUSION TIME PASSED{passed}, still running?",
        means="The planned end of the infusion has passed, and nobody has said that it ended.",
        check="Look at the pump; tell the station what happened.",
        bursts=TECHNICAL_LOW_BURSTS, rule="10 min after the planned end; ends with the end, a pause or a stop",
    ),
    AlarmRow(
        "NO_BASELINE", _EQUIPMENT, Group.CHAIR, _DEVICE, (_LOW, None, None), equipment.no_baseline,
        "NO CONFIRMED BASELINE, fixed limits in use",
        means="The patient's own values are not confirmed: limits that would follow them stand where the profile puts them.",
        check="Take the baseline readings and confirm them.",
        bursts=TECHNICAL_LOW_BURSTS, rule="10 min after the baseline began; ends when it is confirmed",
    ),
    AlarmRow(
        "NOT_MONITORED", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.not_monitored,
        "CHAIR {chair}: DATA BUT NO SESSION",
        means="Somebody is on the sensors of a chair without a session: nothing is watched.", check="Admit the patient.",
        delay_us=seconds(10), bursts=TECHNICAL_LOW_BURSTS,
    ),
)  # fmt: skip

_STATION_ROWS = (
    AlarmRow(
        "STN_SOUND", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.no_sound, "STATION HAS NO SOUND",
        means="The station cannot prove that it sounds.", check="Stay in sight of the screen; check the loudspeakers.",
        clear_us=seconds(10), may_be_off=False,
        rule="HIGH while anybody is in infusion or recovery",
    ),
    AlarmRow(
        "STN_RECORDING", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.not_recording,
        "RECORDING HELD IN MEMORY {clock}",
        means="The record cannot be written and is held in memory.", check="Check the disk; do not switch off.",
        latching=Latching.IF_HIGH, may_be_off=False,
        rule="HIGH when the memory lasts for less than 30 min",
    ),
    AlarmRow(
        "STN_NO_DISPLAY", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.no_display, "NO WINDOW SHOWS THE ROOM",
        means="Patients are in our care and no window shows them.", check="Open the window again.",
        delay_us=seconds(5), may_be_off=False,
    ),
    AlarmRow(
        "STN_SUPERVISOR", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.no_supervisor, "SUPERVISOR LOST",
        means="Nobody watches over the alarm system itself.", check="Restart Chairside when no patient is treated.",
        may_be_off=False,
    ),
    AlarmRow(
        "STN_SUSPENDED", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.was_suspended,
        "COMPUTER WAS ASLEEP {words}",
        means="The computer slept: nobody was watched.", check="Look at every patient; switch off the sleep setting.",
        latching=Latching.YES, may_be_off=False,
        rule="HIGH while anybody is in our care",
    ),
    AlarmRow(
        "STN_CONFIG", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.settings_refused,
        "PROFILE NOT LOADED, {words} IN USE",
        means="A settings or profile file was refused.", check="Read the details and correct the file.",
        latching=Latching.YES, may_be_off=False,
        rule="The last good one holds; the defaults where there is none, or after two crashes while resuming",
    ),
    AlarmRow(
        "STN_OVERLOAD", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.overloaded, "STATION OVERLOADED",
        means="Alarms were judged more than a second late.", check="Close other programs on this computer.",
        clear_us=seconds(10), may_be_off=False,
    ),
    AlarmRow(
        "STN_INTERNAL", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.internal_fault,
        "INTERNAL FAULT: {words}",
        means="A part of the station broke; the others go on.", check="Watch this patient at the chair; report the fault.",
        latching=Latching.YES, may_be_off=False,
        rule="HIGH when an alarm that can be HIGH is affected; ends with a restart",
    ),
    AlarmRow(
        "STN_CLOCK", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.clock_stepped, "CLOCK CHANGED BY {words}",
        means="The computer's clock was set. Alarms do not depend on it.", check="Check date and time of the computer.",
        may_be_off=False, bursts=TECHNICAL_LOW_BURSTS,
    ),
    AlarmRow(
        "STN_DISK", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.disk_low, "DISK SPACE FOR {words}",
        means="The disk of the record is nearly full.", check="Make room on the disk.",
        may_be_off=False, bursts=TECHNICAL_LOW_BURSTS,
        rule="Less than 1 GB, or than 24 h of recording with every chair in care; ends with a twentieth more",
    ),
    AlarmRow(
        "STN_BACKUP", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.backup_overdue,
        "BACKUP OVERDUE, last {words} ago",
        means="The newest verified backup is older than twice the wanted period.",
        check="Connect the medium of the backup and run `chairside backup`.",
        may_be_off=False, visual_only=True,
        rule="Only where a period was named (`chairside backup DIR --every HOURS`); ends with a verified backup",
    ),
    AlarmRow(
        "STN_LEDGER", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.not_announced, "{words}",
        means="An alarm did not reach people, or the record is not the one that was written.",
        check="Watch the patients at the chairs; look at window and loudspeaker; run `chairside verify`; report it.",
        clear_us=seconds(60), latching=Latching.YES, may_be_off=False,
        rule="HIGH or MEDIUM not painted by an attached window within 2 s, or not sounded within 3 s of becoming the voice; "
        "or the journal does not hold its last written-down head",
    ),
    AlarmRow(
        "STN_SOUND_UNTESTED", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.sound_untested,
        "SOUND NOT TESTED TODAY",
        means="Nobody has confirmed today that the alarms are heard.", check="Key Y: play the sound check and confirm it.",
        may_be_off=False, visual_only=True,
    ),
    AlarmRow(
        "STN_REMINDER", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, reminding.alarms_off, "REMINDER: {words}",
        means="An alarm is switched off at a chair.", check="Switch it on again as soon as its reason is gone.",
        may_be_off=False, bursts=1,
        rule="Every 5 min while any alarm is off, for 1 min, with one burst",
    ),
)  # fmt: skip

CATALOGUE: tuple[AlarmRow, ...] = (
    *_RHYTHM_ROWS,
    *_OXYGEN_ROWS,
    *_AGREEMENT_ROWS,
    *_PRESSURE_ROWS,
    *_BREATH_ROWS,
    *_TEMPERATURE_ROWS,
    *_CHAIR_ROWS,
    *_STATION_ROWS,
)
