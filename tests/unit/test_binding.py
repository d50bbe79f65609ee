"""One patient's numbers never stand under another patient's chair (PROTOCOLS section 4, RELIABILITY H4)."""

from __future__ import annotations

import pytest

from drivers.driver import AskIdentity
from drivers.samples import DeviceStatus, Flag, Handshake, Identity, NibpReading, Parameter, Sample
from monitor_app.core import events as ev
from monitor_app.core.binding import RARELY, Marks, Match, Place, compare
from monitor_app.core.commands import ConfirmDevice, Reply
from monitor_app.core.phases import Step
from monitor_app.core.second import LinkChanged
from monitor_app.rerun import differences, relived
from monitor_app.station import Reopen
from monitor_app.station.bindings import IDENTITY_US
from tests.rerun_example import remembered
from tests.station_example import NURSE, Room, S, block, monitor, numeric, pressure, status, vitals

A, B = Identity(0, "Test", "Bedside", "A1"), Identity(0, "Test", "Bedside", "B2")
SOCKET_1, SOCKET_2 = (Place(f"/dev/ttyUSB{n}", f"usb-location:1-{n}:1.0", "usb:1a86:7523:") for n in (1, 2))


def adapter(serial: str, socket: int = 1, tty: int = 0, shared: bool = False) -> Place:
    return Place(f"/dev/ttyUSB{tty}", f"usb-location:1-{socket}:1.0", f"usb:0403:6001:{serial}", shared)


class Bench(Room):
    """A room whose devices are plugged in by the test."""

    def plug(self, place: Place, who: Identity | None = None, chair: int = 1, *said: Sample) -> None:
        """A port opens, and a device speaks there."""
        self.now += S
        self._keep(self.station.link_lost(chair, 0, "the cable was pulled", True, self.now))
        self._keep(self.station.link_opened(chair, 0, self.now, place))
        self.hear([*([who] if who is not None else []), *(said or vitals())], chair)

    def confirm(self, chair: int = 1, seen: str | None = None, id: str = "") -> Reply:
        seen = self.view(chair).links[0].seen if seen is None else seen
        return self.ask(ConfirmDevice(id or self.id, chair, 0, seen, NURSE))

    def state(self, chair: int = 1) -> str:
        return self.view(chair).links[0].state

    def hr(self, chair: int = 1) -> float | None:
        value = self.station._chairs[chair].values.current.get(Parameter.HR)
        return value.value if value is not None else None

    def causes(self) -> list[str]:
        return [bound.cause for bound in self.payloads(ev.DeviceBound)]


@pytest.fixture
def room() -> Bench:
    return Bench(chairs=2, spec=monitor(identity="serial"))


# ------------------------------------------------------------------------------------------------- the law of comparison

FULL = Marks("usb:0403:6001:X", "usb-location:1-1", "M", "S", "F")


@pytest.mark.parametrize(
    ("bound", "seen", "outcome"),
    [
        (FULL, FULL, Match.SAME),
        (FULL, Marks("usb:0403:6001:X", "usb-location:9-9", "M", "S", "F"), Match.MOVED),
        (FULL, Marks("usb:0403:6001:Y", "usb-location:1-1", "M", "S", "F"), Match.MOVED),
        (FULL, Marks("usb:0403:6001:X", "usb-location:1-1", "M", "T", "F"), Match.DIFFERENT),
        (FULL, Marks("usb:0403:6001:X", "usb-location:1-1", "N", "S", "F"), Match.DIFFERENT),
        (FULL, Marks("usb:0403:6001:X", "usb-location:1-1", "M", "S", "G"), Match.SAME),  # an update of its firmware
        (FULL, Marks("usb:0403:6001:X", "usb-location:1-1"), Match.UNKNOWN),
        (Marks("", "a", "M", "", "F"), Marks("", "a", "M", "", "G"), Match.DIFFERENT),
        (Marks("", "a", "M", "", "F"), Marks("", "b", "M", "", "F"), Match.UNKNOWN),
        (Marks("", "a"), Marks("", "a"), Match.SAME),
        (Marks("", "a"), Marks("", "b"), Match.UNKNOWN),
        (Marks("", "a"), Marks("", "a", "M"), Match.DIFFERENT),
        (Marks("usb:0403:6001:X", "a"), Marks("usb:0403:6001:X", "a", "M", "S"), Match.DIFFERENT),
        (Marks("usb:0403:6001:X", "a"), Marks("usb:0403:6001:Y", "a"), Match.DIFFERENT),
        (Marks("usb:0403:6001:X", "a"), Marks("usb:1a86:7523:", "a"), Match.DIFFERENT),
        (Marks("usb:1a86:7523:", "a"), Marks("usb:1a86:7523:", "b"), Match.UNKNOWN),
        (
            Marks("usb:10c4:ea60:0001", "a"),
            Marks("usb:10c4:ea60:0001", "b"),
            Match.UNKNOWN,
        ),  # a number that says nothing
    ],
)
def test_all_stored_parts_are_compared(bound: Marks, seen: Marks, outcome: Match) -> None:
    assert compare(bound, seen, waited=True) is outcome


def test_a_shared_number_proves_nothing_away_from_its_socket() -> None:
    usb, wire = Marks("usb:0403:6001:X", "a"), Marks("", "a", "M", "S")
    assert compare(usb, Marks("usb:0403:6001:X", "b"), usb_shared=True, waited=True) is Match.UNKNOWN
    assert compare(usb, Marks("usb:0403:6001:X", "a"), usb_shared=True, waited=True) is Match.SAME
    assert compare(wire, Marks("", "b", "M", "S"), serial_shared=True, waited=True) is Match.UNKNOWN


def test_what_a_device_may_still_say_is_waited_for_and_a_contradiction_is_not() -> None:
    assert compare(FULL, Marks("usb:0403:6001:X", "usb-location:1-1", "M")) is None
    assert compare(FULL, Marks("usb:0403:6001:X", "usb-location:1-1", "M", "T")) is Match.DIFFERENT


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (Marks("", "a"), Match.SAME),
        (Marks("", "a", "M", "", "F"), Match.SAME),
        (Marks("", "a", "N", "", "F"), Match.DIFFERENT),
        (Marks("", "a", "M", "", "G"), Match.DIFFERENT),
        (Marks("", "b"), Match.UNKNOWN),
    ],
)
def test_a_device_that_rarely_says_who_it_is_passes_by_its_socket_until_it_contradicts(
    seen: Marks, outcome: Match
) -> None:
    assert compare(Marks("", "a", "M", "", "F"), seen, strength=RARELY) is outcome
    assert compare(Marks("", "a"), Marks("", "a", "M", "", "F"), strength=RARELY) is Match.SAME


# ------------------------------------------------------------------------------------------------- same, moved, different


def test_the_device_first_found_at_the_port_of_the_room_file_is_bound(room: Bench) -> None:
    room.plug(adapter("X"), A)
    (bound,) = room.payloads(ev.DeviceBound)
    assert bound.marks == Marks("usb:0403:6001:X", "usb-location:1-1:1.0", "Bedside", "A1")
    assert (bound.cause, bound.url, room.state(), room.hr()) == ("first", "/dev/ttyUSB0", "live", 72)


def test_the_same_device_in_another_socket_is_followed_and_journalled(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.plug(adapter("X", socket=2, tty=3), A, 1, *vitals(80))
    assert (room.causes(), room.state(), room.hr()) == (["first", "moved"], "live", 80)
    assert "found at /dev/ttyUSB3" in room.view().links[0].note


def test_a_renumbered_port_is_followed_and_journalled(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.plug(adapter("X", tty=7), A)
    assert (room.causes(), room.state()) == (["first", "renumbered"], "live")
    assert "found under another port name, and followed" in room.view().log[1].text


def test_nothing_of_a_different_device_is_attributed_until_a_person_confirms(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.plug(adapter("X"), B, 1, *vitals(33))
    link = room.view().links[0]
    assert (link.state, room.hr()) == ("WRONG DEVICE", 72)  # the right device's number ages out
    assert "serial A1" in link.expected and "serial B2" in link.seen
    assert "Expected: Bedside, serial A1" in link.sentence and "Found: Bedside, serial B2" in link.sentence
    (refused,) = room.payloads(ev.DeviceRefused)
    assert (refused.match, refused.seen) == ("different", link.seen)
    for _ in range(6):
        room.run(1, hr=33)
    assert room.hr() is None
    assert room.confirm().done
    room.run(1, hr=33)
    assert (room.state(), room.hr(), room.causes()) == ("live", 33, ["first", "confirmed"])
    assert next(e.actor for e in room.events if getattr(e.payload, "cause", "") == "confirmed") == NURSE


def test_a_wrong_device_is_a_high_technical_alarm_until_confirmed(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.admit()
    room.step(Step.START_BASELINE)
    room.plug(adapter("X"), B)
    raised = [p for p in room.payloads(ev.AlarmRaised) if p.row == "DEVICE_MISMATCH"]
    assert [(p.priority, p.kind) for p in raised] == [(3, "technical")]
    assert room.view().alarms[0].message == "!!! WRONG DEVICE, CONFIRM"
    room.run(60)
    assert room.view().alarms[0].ended_us is None
    room.confirm()
    assert [p.reason for p in room.payloads(ev.AlarmEnded) if p.row == "DEVICE_MISMATCH"] == ["cleared"]


def test_a_wrong_device_blanks_at_once_what_a_live_line_had_said(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.admit()
    room.hear([*vitals(33), B])  # the identity decides, wherever it stands among the samples
    assert room.hr() is None
    hr = next(n for n in room.view().numbers if n.parameter is Parameter.HR)
    assert (hr.text, hr.why) == ("---", "wrong device, confirm")


def test_a_device_without_identity_in_another_socket_is_unknown(room: Bench) -> None:
    room = Bench(chairs=1)
    room.plug(SOCKET_1)
    assert room.view().links[0].note.startswith("identity not confirmed by the device")
    room.plug(SOCKET_2, None, 1, *vitals(33))
    assert (room.state(), room.hr()) == ("WRONG DEVICE", 72)
    assert room.payloads(ev.DeviceRefused)[-1].match == "unknown"
    room.plug(SOCKET_1, None, 1, *vitals(74))
    assert (room.state(), room.hr()) == ("live", 74)


def test_a_right_device_plugged_back_needs_no_person(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.plug(adapter("X"), B)
    room.plug(adapter("X"), A, 1, *vitals(75))
    assert (room.state(), room.hr()) == ("live", 75)


# ------------------------------------------------------------------------------------------------- identity after the data


def test_levels_before_the_identity_are_not_attributed_and_facts_told_once_wait_for_it(room: Bench) -> None:
    room.admit()
    off = DeviceStatus(0, "spo2", frozenset({Flag.PROBE_OFF}), Handshake.STREAMING)
    room.plug(adapter("X"), None, 1, *vitals(50), block(0), pressure(1), off)
    assert (room.state(), room.hr(), room.station.take_waves()) == ("connecting", None, [])
    assert not room.payloads(ev.NibpMeasured)
    room.now += S
    room.hear([A])
    assert (room.hr(), room.state()) == (None, "live")
    assert [p.systolic for p in room.payloads(ev.NibpMeasured)] == [118]
    assert room.payloads(ev.DeviceStatusChanged)[-1].flags == ("probe_off",)
    room.run(1, hr=72)
    assert room.hr() == 72


def test_a_device_that_does_not_say_again_who_it_is_within_three_seconds_is_unknown(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.plug(adapter("X"), None, 1, *vitals(33))
    assert room.state() == "connecting"
    room.run(IDENTITY_US / S - 1, hr=33)
    room.wait(0.999)
    assert room.state() == "connecting"
    room.wait(0.001)
    assert (room.state(), room.hr()) == ("WRONG DEVICE", 72)
    assert room.payloads(ev.DeviceRefused)[-1].match == "unknown"
    room.hear([A, *vitals(73)])  # late, and still the proof
    assert (room.state(), room.hr()) == ("live", 73)


def test_a_device_that_falls_silent_before_its_time_is_over_has_all_of_it_again(room: Bench) -> None:
    room.plug(adapter("X"), None, 1, *vitals(33), pressure(1))
    room.wait(4)
    assert not room.payloads(ev.DeviceBound)
    room.run(2)
    assert room.state() == "connecting"
    room.run(2)
    assert room.state() == "live"
    assert not room.payloads(ev.NibpMeasured)  # what was said before the silence may be another's


def test_a_device_that_never_says_who_it_is_is_bound_by_its_line_after_three_seconds(room: Bench) -> None:
    room.plug(adapter("X"))
    for _ in range(3):
        assert room.hr() is None
        room.run(1)
    assert (room.state(), room.hr()) == ("live", 72)
    assert room.view().links[0].note == "identity not confirmed by the device; found at /dev/ttyUSB0"
    room.plug(adapter("X"), B, 1, *vitals(33))
    assert (room.state(), room.hr()) == ("WRONG DEVICE", 72)


def test_a_line_that_was_silent_is_opened_anew_so_that_the_device_says_again_who_it_is(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.wait(6)
    assert [type(r.command) for r in room.station.take_requests()] == [Reopen]
    room.hear(vitals(33))
    assert room.hr() is None
    room.hear([B])
    assert room.state() == "WRONG DEVICE"


def test_a_device_that_was_asked_before_it_was_awake_is_asked_again_with_its_first_word() -> None:
    """Switched off and on behind its adapter: the port was open and the question gone before anybody could hear it."""
    room = Bench(chairs=1, spec=monitor(identity="serial", commands=(AskIdentity,)))
    room.plug(adapter("X"), A)
    room.wait(6)
    room.station.take_requests()
    room.plug(adapter("X"))
    assert [type(r.command) for r in room.station.take_requests()] == [AskIdentity]
    room.run(1)
    room.hear([A])
    room.run(1)
    assert room.state() == "live"


# ------------------------------------------------------------------------------------------------- confirming


def test_a_confirmation_is_idempotent_and_refused_when_another_device_is_there_by_now(room: Bench) -> None:
    room.plug(adapter("X"), A)
    assert not room.confirm(seen="anything").done
    room.plug(adapter("X"), B)
    seen = room.view().links[0].seen
    room.plug(adapter("X"), Identity(0, "Test", "Bedside", "C3"))
    late = room.confirm(seen=seen)
    assert not late.done and "serial C3" in late.sentence
    assert room.payloads(ev.CommandRefused)[-1].action == "ConfirmDevice"
    room.plug(adapter("X"), B)
    assert room.confirm(seen=seen, id="once").done
    assert room.confirm(seen=seen, id="once").done
    assert room.confirm(seen=seen).sentence == "This device is confirmed already"
    assert room.causes().count("confirmed") == 1


def test_swapped_cables_are_said_and_a_confirmed_device_leaves_its_chair(room: Bench) -> None:
    room.plug(adapter("X", 1), A, 1)
    room.plug(adapter("Y", 2), B, 2)
    room.plug(adapter("X", 1), B, 1)
    room.plug(adapter("Y", 2), A, 2)
    assert "device of chair 2: are cables swapped?" in room.view(1).links[0].sentence
    assert "device of chair 1: are cables swapped?" in room.view(2).links[0].sentence
    assert room.confirm(1).done
    (unbound,) = room.payloads(ev.DeviceUnbound)
    assert (unbound.reason, unbound.marks.serial) == ("taken", "B2")
    room.plug(adapter("Y", 2), B, 2)  # it has gone back: but a person said that it is chair 1's
    assert room.state(2) == "WRONG DEVICE"


def test_a_device_bound_elsewhere_is_not_taken_by_a_chair_without_one(room: Bench) -> None:
    room.plug(adapter("X", 1), A, 1)
    room._keep(room.station.link_lost(1, 0, "pulled", True, room.now))
    room.plug(adapter("X", 2), A, 2)
    assert (room.state(2), room.hr(2)) == ("WRONG DEVICE", None)


# ------------------------------------------------------------------------------------------------- duplicate serial numbers


def test_adapters_with_one_serial_number_are_demoted_to_their_sockets_and_it_is_said() -> None:
    room = Bench(chairs=2)
    room.plug(adapter("0042", 1), None, 1)
    room.plug(adapter("0042", 2, shared=True), None, 2)
    for chair in (1, 2):
        assert "another adapter here has the same serial number: bound by its socket" in room.view(chair).links[0].note
        assert room.state(chair) == "live"
    assert room.causes() == ["first", "shared", "first"]
    room.plug(adapter("0042", 3), None, 1)  # alone now, and no proof any more
    assert room.state(1) == "WRONG DEVICE"


def test_devices_that_say_one_serial_number_are_demoted_to_their_lines(room: Bench) -> None:
    room.plug(Place("/dev/pts/1", "/dev/pts/1"), A, 1)
    room.plug(Place("/dev/pts/2", "/dev/pts/2"), A, 2)
    assert (room.state(1), room.state(2)) == ("live", "live")
    assert all("another device here says the same serial number" in room.view(n).links[0].note for n in (1, 2))
    room.plug(Place("/dev/pts/3", "/dev/pts/3"), A, 1)
    assert room.state(1) == "WRONG DEVICE"


def test_a_device_that_was_followed_by_a_number_is_doubted_when_the_number_proves_nothing(room: Bench) -> None:
    room.plug(Place("/dev/pts/1", "/dev/pts/1"), A, 1)
    room.plug(Place("/dev/pts/9", "/dev/pts/9"), A, 1)  # another one that says A1, and nobody could know
    assert room.state(1) == "live"
    room.plug(Place("/dev/pts/2", "/dev/pts/2"), A, 2)
    room.run(1, chair=1)
    assert (room.state(1), room.hr(1)) == ("WRONG DEVICE", None)
    assert [p.reason for p in room.payloads(ev.DeviceUnbound)] == ["followed"]
    again = Bench(chairs=2, spec=monitor(identity="serial"))
    again.station.restore_bindings(room.events, 0)
    again.plug(Place("/dev/pts/9", "/dev/pts/9"), A, 1)
    assert again.state(1) == "WRONG DEVICE"
    assert again.confirm(1).done


# ------------------------------------------------------------------------------------------------- remembered


def test_bindings_are_remembered_in_the_journal(room: Bench) -> None:
    room.plug(adapter("X"), A)
    again = Bench(chairs=2, spec=monitor(identity="serial"))
    again._keep(again.station.restore_bindings(room.events, 0))
    again.plug(adapter("X"), B)
    assert again.state() == "WRONG DEVICE"
    again.confirm()
    third = Bench(chairs=2, spec=monitor(identity="serial"))
    third.station.restore_bindings([*room.events, *again.events], 0)
    third.plug(adapter("X"), B)
    assert third.state() == "live"


def test_a_revoked_binding_and_a_shared_number_are_remembered_too(room: Bench) -> None:
    room.plug(adapter("X", 1), A, 1)
    room.plug(adapter("Y", 2), B, 2)
    room.plug(adapter("X", 1), B, 1)
    room._keep(room.station.link_lost(2, 0, "pulled", True, room.now))
    room.confirm(1)
    again = Bench(chairs=2, spec=monitor(identity="serial"))
    again.station.restore_bindings(room.events, 0)
    again.plug(adapter("Y", 2), B, 2)
    assert again.state(2) == "WRONG DEVICE"


def test_a_binding_ends_when_the_room_file_names_another_port(room: Bench) -> None:
    room.plug(adapter("X"), A)
    (event,) = [e for e in room.events if isinstance(e.payload, ev.DeviceBound)]
    elsewhere = ev.DeviceBound("bedside", 0, "/dev/ttyS9", "/dev/ttyS9", event.payload.marks, "first")
    again = Bench(chairs=2, spec=monitor(identity="serial"))
    told = again.station.restore_bindings([ev.Event(0, elsewhere, 1)], 0)
    assert [(e.payload.reason, e.chair) for e in told] == [("port", 1)]
    again.plug(adapter("Z"), B)
    assert again.state() == "live"


# ------------------------------------------------------------------------------------------------- the station's inputs


def test_what_the_station_was_told_gives_the_same_again_without_what_was_refused(room: Bench) -> None:
    room.admit()
    room.plug(adapter("X"), A)
    room.run(2)
    room.plug(adapter("X"), B, 1, *vitals(33))
    room.run(2, hr=33)
    room.plug(adapter("X"), None, 1, *vitals(34), pressure(7))
    room.run(3, hr=34)
    observed = [o for second in room.station.take_seconds(room.now) for o in second.observations]
    observed += room.station._chairs[1].observations
    assert [o.what.state for o in observed if isinstance(o.what, LinkChanged)].count("spoke") >= 3
    numbers = {o.what.value for o in observed if o.what is not None and getattr(o.what, "parameter", "") == "hr"}
    assert numbers == {72}
    assert not [o for o in observed if isinstance(o.what, NibpReading)]
    again = Bench(chairs=2, spec=monitor(identity="serial"))
    again.admit()
    for o in observed:
        again.now = o.now_us
        again._keep(again.station.advance(o.now_us))
        if isinstance(o.what, LinkChanged):
            what = o.what
            if what.state in ("refused", "admitted"):
                continue  # what the judgement came to: here it is made anew
            again._keep(
                again.station.link_opened(1, what.link, o.now_us, what.place)
                if what.state == "opened"
                else again.station.link_spoke(1, what.link, o.now_us)
                if what.state == "spoke"
                else again.station.link_lost(1, what.link, what.sentence, what.hard, o.now_us)
            )
        elif o.link is not None:
            again.hear([o.what])  # type: ignore[list-item]
    kinds = (ev.DeviceBound, ev.DeviceRefused, ev.AlarmRaised, ev.LinkFound, ev.LinkLost)
    assert [e for e in again.events if isinstance(e.payload, kinds)] == [
        e for e in room.events if isinstance(e.payload, kinds)
    ]


def test_status_and_numbers_of_no_device_are_needed_for_a_room_without_ports() -> None:
    room = Bench(chairs=1)
    room.hear([status("ecg"), numeric(Parameter.HR, 60)])
    assert (room.state(), room.hr()) == ("live", 60)


def test_a_session_in_which_a_device_was_refused_and_confirmed_gives_its_alarms_again(room: Bench) -> None:
    room.plug(adapter("X"), A)
    room.run(2)
    room.to_infusion()
    room.run(20)
    room.plug(adapter("X"), B, 1, *vitals(33))
    room.run(20, hr=33)  # somebody else's, and never this patient's: no alarm of the rate, one of the device
    assert room.confirm().done
    room.run(40)
    of = remembered(room)
    assert [d.sentence for d in differences(of, relived(of))] == []
    raised = {e.payload.row for e in of.events if isinstance(e.payload, ev.AlarmRaised)}
    assert "DEVICE_MISMATCH" in raised
    assert not raised & {"HR_LOW", "EXTREME_BRADY"}
