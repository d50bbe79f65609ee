"""Which alarms are there? One row each, in the order of evaluation: higher members of a chain come first (ALARMS 10).

The numbers are engineering defaults; a site's medical director approves them. To add an alarm, add a row here, and a pure
predicate in conditions.py if none fits.
"""

from __future__ import annotations

from monitor_app.alarms import conditions as test
from monitor_app.alarms.rows import (
    OXIMETER,
    RATE,
    AlarmRow,
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
_HEART, _OXYGEN, _AIR, _DEVICE = "cardiovascular", "oxygenation", "ventilation", "equipment"
PRESSURE_REMINDER_US = seconds(15 * 60)
"""Each reading shows its age anyway: one burst in 15 min is enough once somebody has seen a pressure alarm."""

TECHNICAL_LOW_BURSTS = 2


def _lethal(row: str, words: str, chains: dict[str, int], means: str, check: str) -> AlarmRow:
    return AlarmRow(
        row, _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.rhythm_found, words, means=means, check=check,
        parameter="hr", latching=Latching.YES, may_be_off=False, chains=chains,
    )  # fmt: skip


def _rhythm(
    row: str, words: str, priority: PriorityByPhase, chains: dict[str, int], clear_s: float, means: str
) -> AlarmRow:
    return AlarmRow(
        row, _PATIENT, Group.RHYTHM, _HEART, priority, test.rhythm_found, words,
        means=means, check="Look at the patient and the ECG.",
        parameter="hr", clear_us=seconds(clear_s), chains=chains,
    )  # fmt: skip


_RHYTHM_ROWS = (
    AlarmRow(
        "ASYSTOLE", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.standstill, "ASYSTOLE {seconds} s",
        means="The ECG shows no beat although the electrodes are attached and usable.",
        check="Look at the patient and feel the pulse; start emergency care if there is none.",
        parameter="hr", latching=Latching.YES, may_be_off=False,
        chains={"rhythm": 0, "rate": 0, "pulse": 0, "pause": 0, "irregular": 0},
    ),
    _lethal(
        "VFIB", "V-FIB", {"rhythm": 0, "rate": 0, "pulse": 0, "irregular": 0},
        "The ECG shows the waves of ventricular fibrillation or flutter.",
        "Look at the patient and feel the pulse; defibrillate and start resuscitation if there is none.",
    ),
    _lethal(
        "VTACH", "V-TACH", {"rhythm": 1, "rate": 0, "irregular": 0},
        "Five or more ventricular beats in a row at 100 a minute or more.",
        "Look at the patient and feel the pulse; fetch the defibrillator.",
    ),
    _lethal(
        "VBRADY", "V-BRADY", {"rhythm": 2},
        "Only ventricular beats, fewer than 40 a minute.", "Look at the patient and feel the pulse.",
    ),
    AlarmRow(
        "EXTREME_TACHY", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.rate_extreme,
        "EXTREME TACHY {value} > {limit}",
        means="The heart is extremely fast.", check="Look at the patient and the ECG.",
        parameter="hr", side=Side.UPPER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=5, worsens_by=20,
        latching=Latching.YES, may_be_off=False, chains={"rhythm": 3, "rate": 0},
    ),
    AlarmRow(
        "EXTREME_BRADY", _PATIENT, Group.RHYTHM, _HEART, _ALWAYS_HIGH, test.rate_extreme,
        "EXTREME BRADY {value} < {limit}",
        means="The heart is extremely slow.", check="Look at the patient and the ECG.",
        parameter="hr", side=Side.LOWER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=3, worsens_by=5,
        latching=Latching.YES, may_be_off=False, chains={"rhythm": 3, "rate": 0},
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
    _rhythm(
        "PAUSE", "PAUSE", _ALWAYS_MEDIUM, {"pause": 1}, 0,
        "More than three seconds passed between two beats.",
    ),
    _rhythm("VRUN", "V-RUN", _ALWAYS_MEDIUM, {"rhythm": 4}, 10, "Three or four fast ventricular beats in a row."),
    _rhythm("VRUN_SLOW", "V-RUN SLOW", _ALWAYS_MEDIUM, {"rhythm": 5}, 10, "Three or four slow ventricular beats in a row."),
    _rhythm(
        "VRHYTHM", "VENTRICULAR RHYTHM", _ALWAYS_MEDIUM, {"rhythm": 6}, 10,
        "Ventricular beats alone, 40 to 100 a minute.",
    ),
    _rhythm(
        "AFIB", "IRREGULAR, POSSIBLE AF", _ALWAYS_MEDIUM, {"irregular": 1}, 0,
        "The heart beats irregularly without a pattern, as in atrial fibrillation.",
    ),
    _rhythm("R_ON_T", "R-ON-T PVC", _ALWAYS_LOW, {"rhythm": 7}, 30, "A ventricular beat fell on a T wave."),
    _rhythm("BIGEMINY", "BIGEMINY", _ALWAYS_LOW, {"rhythm": 8}, 30, "Every second beat is ventricular."),
    _rhythm("PVC_RATE", "MANY PVCS", _ALWAYS_LOW, {"rhythm": 9}, 0, "More than ten ventricular beats a minute."),
    _rhythm(
        "IRREGULAR", "IRREGULAR RHYTHM", _ALWAYS_LOW, {"irregular": 2}, 0,
        "The heart beats irregularly; ectopic beats forbid to say more.",
    ),
)  # fmt: skip

_OXYGEN_ROWS = (
    AlarmRow(
        "SPO2_DESAT", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_HIGH, test.beyond_limit, "DESAT {value} < {limit}",
        means="The oxygen saturation is dangerously low.", check="Wake the patient, open the airway, give oxygen.",
        parameter="spo2", side=Side.LOWER, delay_us=seconds(3), clear_us=seconds(5), hysteresis=2, worsens_by=3,
        latching=Latching.YES, may_be_off=False, chains={"oxygen": 0},
    ),
    AlarmRow(
        "SPO2_FALL", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_HIGH, test.oxygen_falling, "SpO2 FALLING {words}",
        means="The oxygen saturation has fallen by ten points within a minute.", check="Look at the patient's breathing.",
        parameter="spo2", side=Side.LOWER, clear_us=seconds(10), hysteresis=4, worsens_by=3,
        latching=Latching.YES, may_be_off=False, chains={"oxygen": 0},
    ),
    AlarmRow(
        "SPO2_LOW", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_MEDIUM, test.oxygen_low, "SpO2 {value} < {limit}",
        means="The oxygen saturation is below its limit.", check="Look at the patient's breathing, check the probe.",
        parameter="spo2", side=Side.LOWER, delay_us=seconds(15), clear_us=seconds(5), hysteresis=1, worsens_by=3,
        latching=Latching.IF_HIGH, chains={"oxygen": 1},
    ),
    AlarmRow(
        "SPO2_NO_PULSE", _PATIENT, Group.OXYGEN, _OXYGEN, _ALWAYS_MEDIUM, test.no_pulse, "NO PULSE AT PROBE {clock}",
        means="The probe is on the finger and finds no pulse.", check="Feel the pulse, warm the hand, move the probe.",
        parameter="spo2", flag="spo2_searching", delay_us=seconds(10), clear_us=seconds(5),
        latching=Latching.IF_HIGH, may_be_off=False, chains={"pulse": 1},
        escalates=(Escalation(seconds(30), _HIGH, _TREATING),),
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
    _pressure(
        "NIBP_S_LOW", "nibp_systolic", "SYS {value} < {limit}{origin}", "The systolic pressure is low.", 1, _DOWN, _MEDIUM
    ),
    _pressure("NIBP_M_LOW", "nibp_mean", "MAP {value} < {limit}", "The mean pressure is low.", 2, _DOWN, _MEDIUM),
    _pressure("NIBP_D_LOW", "nibp_diastolic", "DIA {value} < {limit}", "The diastolic pressure is low.", 3, _DOWN, _LOW),
)  # fmt: skip

_BREATH_ROWS = (
    AlarmRow(
        "RR_LOW", _PATIENT, Group.BREATH, _AIR, _ALWAYS_MEDIUM, test.beyond_limit, "RR {value} < {limit}",
        means="The patient breathes slowly.", check="Look at the patient's breathing.",
        parameter="resp_rate", side=_DOWN, delay_us=seconds(15), clear_us=seconds(10), hysteresis=1,
    ),
    AlarmRow(
        "RR_HIGH", _PATIENT, Group.BREATH, _AIR, _ALWAYS_MEDIUM, test.beyond_limit, "RR {value} > {limit}",
        means="The patient breathes fast.", check="Look at the patient's breathing.",
        parameter="resp_rate", side=_UP, delay_us=seconds(15), clear_us=seconds(10), hysteresis=1,
    ),
)  # fmt: skip


_CHAIR_ROWS = (
    AlarmRow(
        "DEVICE_MISMATCH", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_HIGH, test.wrong_device, "WRONG DEVICE, CONFIRM",
        means="What speaks at this chair is not known to be its device: its numbers may be another patient's.",
        check="Look at the patient. Compare the device with the Link tab, then confirm it there, or plug in the right one.",
        per_link=True, may_be_off=False, latching=Latching.YES, chains={"link": 0}, explains=(*RATE, "spo2", "resp_rate"),
    ),
    AlarmRow(
        "LINK_LOST", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.link_lost, "LINK LOST {clock}",
        means="The device at this chair no longer speaks.", check="Look at the patient, check power and cable.",
        per_link=True, clear_us=seconds(2), may_be_off=False, bursts=TECHNICAL_LOW_BURSTS, chains={"link": 1},
        explains=(*RATE, "spo2", "resp_rate"), escalates=(Escalation(seconds(30), _HIGH, _TREATING),),
    ),
    AlarmRow(
        "SPO2_UNPLUGGED", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.flagged, "SpO2 PROBE UNPLUGGED",
        means="The SpO2 probe is unplugged or faulty.", check="Look at the patient, plug in the probe.",
        parameter="spo2", flag="spo2_sensor_unplugged", delay_us=seconds(3), clear_us=seconds(5),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=OXIMETER,
        escalates=(Escalation(seconds(60), _HIGH, frozenset({LimitPhase.INF})),),
    ),
    AlarmRow(
        "SPO2_SENSOR_OFF", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.flagged, "SpO2 PROBE OFF {clock}",
        means="The SpO2 probe is off the patient.", check="Look at the patient, put the probe back on.",
        parameter="spo2", flag="spo2_probe_off", delay_us=seconds(10), clear_us=seconds(5),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=OXIMETER,
        escalates=(Escalation(seconds(60), _HIGH, frozenset({LimitPhase.INF})),),
    ),
    AlarmRow(
        "ECG_LEADS_OFF", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.flagged, "ECG LEADS OFF",
        means="An ECG electrode or cable is off.", check="Look at the patient, check electrodes and cable.",
        parameter="hr", flag="ecg_lead_off", delay_us=seconds(3), clear_us=seconds(5),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=("hr",),
    ),
    AlarmRow(
        "ECG_NOISY", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.flagged, "ECG NOISY, NO HEART RATE",
        means="The ECG is too disturbed to find the heart rate.", check="Look at the patient, check electrodes and cable.",
        parameter="hr", flag="ecg_noisy", delay_us=seconds(10), clear_us=seconds(10),
        bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3}, explains=("hr",), escalates=(Escalation(seconds(60), _MEDIUM),),
    ),
    AlarmRow(
        "CHECK_ECG", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.rhythm_found, "CHECK ECG, PULSE PRESENT",
        means="The ECG claims a dangerous rhythm, but the pulse goes on as before.",
        check="Look at the patient, check electrodes and cable.",
        parameter="hr", clear_us=seconds(10), may_be_off=False, bursts=TECHNICAL_LOW_BURSTS,
        escalates=(Escalation(seconds(15), _MEDIUM),),
    ),
    AlarmRow(
        "VALUE_EXPIRED", _EQUIPMENT, Group.CHAIR, _DEVICE, _LOUDER, test.value_expired, "{label} NO DATA",
        means="The device is there, but this number has not been renewed.", check="Look at the patient and the sensor.",
        subjects=("hr", "spo2", "pulse_rate"), may_be_off=False, bursts=TECHNICAL_LOW_BURSTS, chains={"link": 3},
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
    ),
    AlarmRow(
        "NIBP_OVERDUE", _EQUIPMENT, Group.CHAIR, _DEVICE, _ALWAYS_LOW, test.cuff_overdue, "BP OVERDUE{last}",
        means="No valid blood pressure has come when it was due.", check="Take a blood pressure.",
        bursts=TECHNICAL_LOW_BURSTS, chains={"cuff": 2}, explains=("nibp_systolic", "nibp_diastolic", "nibp_mean"),
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
    ),
    AlarmRow(
        "STN_RECORDING", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.not_recording,
        "RECORDING HELD IN MEMORY {clock}",
        means="The record cannot be written and is held in memory.", check="Check the disk; do not switch off.",
        latching=Latching.IF_HIGH, may_be_off=False,
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
    ),
    AlarmRow(
        "STN_CONFIG", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_MEDIUM, test.settings_refused,
        "PROFILE NOT LOADED, LAST ONE IN USE",
        means="A settings or profile file was refused.", check="Read the details and correct the file.",
        latching=Latching.YES, may_be_off=False,
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
    ),
    AlarmRow(
        "STN_CLOCK", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.clock_stepped, "CLOCK CHANGED BY {words}",
        means="The computer's clock was set. Alarms do not depend on it.", check="Check date and time of the computer.",
        may_be_off=False, bursts=TECHNICAL_LOW_BURSTS,
    ),
    AlarmRow(
        "STN_DISK", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.disk_low, "DISK SPACE LOW",
        means="The disk of the record is nearly full.", check="Make room on the disk.",
        may_be_off=False, bursts=TECHNICAL_LOW_BURSTS,
    ),
    AlarmRow(
        "STN_SOUND_UNTESTED", _EQUIPMENT, Group.STATION, _DEVICE, _ALWAYS_LOW, test.sound_untested,
        "SOUND NOT TESTED TODAY",
        means="Nobody has confirmed today that the alarms are heard.", check="Key Y: play the sound check and confirm it.",
        may_be_off=False, visual_only=True,
    ),
)  # fmt: skip

CATALOGUE: tuple[AlarmRow, ...] = (
    *_RHYTHM_ROWS,
    *_OXYGEN_ROWS,
    *_PRESSURE_ROWS,
    *_BREATH_ROWS,
    *_CHAIR_ROWS,
    *_STATION_ROWS,
)
