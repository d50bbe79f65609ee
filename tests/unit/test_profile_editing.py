"""Limits of a profile that people change: guards for everybody, a name and a reason, nothing for running sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.alarms import LIMIT_ROWS, effective_limits
from monitor_app.alarms.editing import ROWS
from monitor_app.alarms.limits import LimitRow
from monitor_app.alarms.profile_limits import bounds, profile_edit_refusal, profile_fault
from monitor_app.assets import resources
from monitor_app.config.profile_shelf import ProfileShelf
from monitor_app.config.profiles import Profiles, load, read_profile
from monitor_app.config.toml import ConfigError
from monitor_app.core.events import CommandRefused
from monitor_app.core.limits import Side
from monitor_app.core.phases import LimitPhase
from monitor_app.core.profile_editing import (
    LookAtProfile,
    ProfileLimitSet,
    RestoreProfileLimits,
    SetProfileLimit,
)
from monitor_app.core.session import Session
from monitor_app.engine import profiles as said
from monitor_app.engine.profiles import SHOWN_US, Done, ProfileDesk
from tests.station_example import Room

SHIPPED_FOLDER = resources() / "profiles"
SHIPPED = load(SHIPPED_FOLDER).by_id["iv_40"]
DOCTOR = "clinician:Dr. A"


class House:
    """A station's profiles and their folder; work is done at once."""

    def __init__(self, folder: Path) -> None:
        self.site, self.good = folder / "site", folder / "good"
        self.shelf = ProfileShelf(SHIPPED_FOLDER, self.site, (), self.good)
        self.desk = ProfileDesk(self.loaded().by_id, self.shelf, lambda work: work())
        self.count = 0

    def loaded(self) -> Profiles:
        """As the next start finds them."""
        return load(SHIPPED_FOLDER, self.site, self.good)

    @property
    def file(self) -> Path:
        return self.site / "iv_40.toml"

    def set(
        self,
        row: str,
        column: str,
        value: float | None,
        *,
        revision: int = 1,
        reason: str = "agreed",
        actor: str = DOCTOR,
    ) -> Done:
        self.count += 1
        self.desk.ask(SetProfileLimit(f"c{self.count}", "iv_40", revision, row, column, value, reason, actor), 0)
        [done] = self.desk.take()
        return done

    def back(self, revision: int, actor: str = DOCTOR) -> Done:
        self.count += 1
        self.desk.ask(RestoreProfileLimits(f"c{self.count}", "iv_40", revision, "", actor), 0)
        [done] = self.desk.take()
        return done


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def beyond(row: LimitRow, by: float = 1) -> float:
    return row.guard + by if row.side is Side.UPPER else row.guard - by


# ---------------------------------------------------------------- a change


def test_a_change_is_told_with_old_new_shipped_reason_and_actor_and_is_in_the_sites_file(house: House) -> None:
    done = house.set("HR_HIGH", "inf", 125)
    assert done.reply.done
    assert done.actor == DOCTOR
    assert list(done.payloads) == [ProfileLimitSet("iv_40", "HR_HIGH", "inf", 125, 130, 130, 2, "agreed")]
    again = house.set("HR_HIGH", "inf", 120, revision=2)
    assert list(again.payloads) == [ProfileLimitSet("iv_40", "HR_HIGH", "inf", 120, 125, 130, 3, "agreed")]
    assert house.loaded().by_id["iv_40"] == again.profile
    assert read_profile(house.file).limits == {"HR_HIGH": {"inf": 120}}


def test_what_was_shipped_is_never_written(house: House) -> None:
    before = {path.name: path.read_bytes() for path in SHIPPED_FOLDER.glob("*")}
    house.set("HR_HIGH", "inf", 125)
    house.back(2)
    assert {path.name: path.read_bytes() for path in SHIPPED_FOLDER.glob("*")} == before


def test_comments_and_everything_else_of_the_file_stay(house: House) -> None:
    house.site.mkdir()
    text = (SHIPPED_FOLDER / "iv_40.toml").read_text("utf-8").replace("planned_min = 40", "planned_min = 45  # ours")
    house.file.write_text(text, "utf-8")
    house.desk = ProfileDesk(house.loaded().by_id, house.shelf, lambda work: work())
    house.set("SPO2_LOW", "rec", 91)
    now = house.file.read_text("utf-8")
    assert "planned_min = 45  # ours" in now
    assert [line for line in text.splitlines() if line not in now] == ["revision = 1"]
    assert read_profile(house.file) == replace(read_profile(house.file), planned_min=45, revision=2)


def test_one_press_goes_back_to_what_was_shipped_and_tells_each_limit(house: House) -> None:
    house.set("HR_HIGH", "inf", 125)
    house.set("SPO2_LOW", "base", 93, revision=2)
    house.set("NIBP_M_HIGH", "rec", 120, revision=3)
    done = house.back(4)
    told = [(p.row, p.column, p.value, p.old) for p in done.payloads if isinstance(p, ProfileLimitSet)]
    assert told == [("HR_HIGH", "inf", 130, 125), ("SPO2_LOW", "base", 92, 93), ("NIBP_M_HIGH", "rec", None, 120)]
    assert house.loaded().by_id["iv_40"] == replace(SHIPPED, revision=5)


def test_one_limit_goes_back_without_the_others(house: House) -> None:
    house.set("HR_HIGH", "inf", 125)
    house.set("HR_HIGH", "rec", 115, revision=2)
    done = house.set("HR_HIGH", "inf", None, revision=3)
    assert done.profile is not None
    assert done.profile.limits == {"HR_HIGH": {"rec": 115}}


def test_an_approval_ends_with_a_change_and_the_journal_says_so(house: House) -> None:
    house.site.mkdir()
    text = (SHIPPED_FOLDER / "iv_40.toml").read_text("utf-8").replace('approved_by = ""', 'approved_by = "Dr. B"')
    house.file.write_text(text, "utf-8")
    house.desk = ProfileDesk(house.loaded().by_id, house.shelf, lambda work: work())
    done = house.set("HR_HIGH", "inf", 125)
    [payload] = done.payloads
    assert isinstance(payload, ProfileLimitSet)
    assert payload.unapproved
    assert house.loaded().by_id["iv_40"].approved_by == ""


def test_the_same_command_twice_acts_once(house: House) -> None:
    first = house.set("HR_HIGH", "inf", 125)
    house.count -= 1
    again = house.set("HR_HIGH", "inf", 125)
    assert (again.reply, list(again.payloads)) == (first.reply, [])


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda h: h.set("HR_HIGH", "inf", 125, actor="nurse:K"), said.NAMELESS),
        (lambda h: h.set("HR_HIGH", "inf", 125, actor="clinician: "), said.NAMELESS),
        (lambda h: h.set("HR_HIGH", "inf", 125, reason=" "), said.NO_REASON),
        (lambda h: h.set("HR_HIGH", "inf", 125, revision=7), said.SEEN_BEFORE),
        (lambda h: h.back(1, "nurse:K"), said.NAMELESS),
        (lambda h: h.set("HR_HIGH", "inf", float("nan")), "HR_HIGH (inf): a limit is a number"),
        (lambda h: h.set("HR_HIGH", "inf", 10), "HR_HIGH (inf) = 10 is outside of 15 to 140"),
        (lambda h: h.set("HR_SUSTAINED", "rec", 120), "HR_SUSTAINED has no limit in the column rec"),
        (lambda h: h.set("HR_HIGH", "later", 120),
         "There is no part of the treatment called later: known are base, inf, rec"),
        (lambda h: h.set("HEART", "inf", 120), "There is no limit called HEART"),
        (lambda h: h.set("NIBP_S_HIGH", "inf", 90),
         "NIBP_S_LOW (90) must lie below NIBP_S_HIGH (90): change the other one first"),
        (lambda h: h.set("HR_HIGH", "inf", 138), "EXTREME_TACHY (140) must lie at least 5 outside of HR_HIGH (138): "
                                                 "change the other one first"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_clear_sentence_and_changes_nothing(
    house: House, change: Callable[[House], Done], sentence: str
) -> None:
    done = change(house)
    assert (done.reply.done, done.reply.sentence, done.profile) == (False, sentence, None)
    assert [type(payload) for payload in done.payloads] == [CommandRefused]
    assert not house.file.exists()


@pytest.mark.parametrize("row", LIMIT_ROWS, ids=lambda row: row.id)
def test_nobody_sets_a_profile_beyond_a_guard(house: House, row: LimitRow) -> None:
    phase = next(phase for phase in LimitPhase if row.recommended(phase) is not None)
    for by in (0.1, 1, 1_000, float("inf")):
        done = house.set(row.id, phase.value, beyond(row, by))
        assert not done.reply.done
    assert "by nobody" in house.set(row.id, phase.value, beyond(row)).reply.sentence
    assert not house.file.exists()


@pytest.mark.parametrize("row", LIMIT_ROWS, ids=lambda row: row.id)
def test_a_file_beyond_a_guard_is_refused_and_the_shipped_profile_stays(house: House, row: LimitRow) -> None:
    house.site.mkdir()
    text = (SHIPPED_FOLDER / "iv_40.toml").read_text("utf-8")
    for value in (f"{beyond(row):g}", "nan", "inf" if row.side is Side.UPPER else "-inf"):
        house.file.write_text(f"{text}\n[limits.{row.id}]\ninf = {value}\n", "utf-8")
        found = house.loaded()
        assert found.by_id["iv_40"] == SHIPPED
        [problem] = found.problems
        assert f"limits.{row.id} (inf)" in problem
        assert problem.endswith("The default is in use.")


@pytest.mark.parametrize("row", LIMIT_ROWS, ids=lambda row: row.id)
def test_every_value_that_a_profile_may_hold_is_inside_the_guard_when_it_is_in_force(row: LimitRow) -> None:
    low, high = bounds(row)
    assert row.guard in (low, high)
    for value in (low, high):
        of = replace(SHIPPED, limits={row.id: {"inf": value}})
        assert profile_fault(of) == ""
        found = effective_limits(of, LimitPhase.INF, None)[row.id].value
        assert found <= row.guard if row.side is Side.UPPER else found >= row.guard
    for value in (low - 1, high + 1):
        assert profile_fault(replace(SHIPPED, limits={row.id: {"inf": value}}))


def test_the_tables_own_numbers_pass_their_own_rules() -> None:
    for row in LIMIT_ROWS:
        for phase in LimitPhase:
            number = row.recommended(phase)
            if number is not None:
                of = replace(SHIPPED, limits={row.id: {phase.value: number}})
                assert profile_edit_refusal(of, row.id, phase.value) == "", row.id
    assert set(ROWS) == {row.id for row in LIMIT_ROWS}


def test_a_broken_file_of_the_site_is_refused_in_one_sentence_and_left_alone(house: House) -> None:
    house.site.mkdir()
    house.file.write_text("id = ", "utf-8")
    done = house.set("HR_HIGH", "inf", 125)
    assert not done.reply.done
    assert done.reply.sentence.startswith(f"Not changed: {house.file} is not valid TOML")
    assert "\n" not in done.reply.sentence
    assert house.file.read_text("utf-8") == "id = "
    assert house.loaded().by_id["iv_40"] == SHIPPED


def test_a_file_that_was_changed_by_hand_is_read_again_and_never_overwritten_unseen(house: House) -> None:
    house.set("HR_HIGH", "inf", 125)
    house.file.write_text(house.file.read_text("utf-8").replace("inf = 125", "inf = 118"), "utf-8")
    done = house.set("HR_LOW", "inf", 55, revision=2)
    assert not done.reply.done
    assert "changed by hand" in done.reply.sentence
    assert done.profile is not None
    assert done.profile.limits == {"HR_HIGH": {"inf": 118}}
    assert house.set("HR_LOW", "inf", 55, revision=2).reply.done
    assert read_profile(house.file).limits == {"HR_HIGH": {"inf": 118}, "HR_LOW": {"inf": 55}}


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_used(house: House) -> None:
    house.site.write_text("a file stands where the folder should be", "utf-8")
    done = house.set("HR_HIGH", "inf", 125)
    assert not done.reply.done
    assert "cannot be written" in done.reply.sentence
    assert done.profile is None


def test_a_write_that_breaks_off_leaves_the_old_file_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.set("HR_HIGH", "inf", 125)
    before = house.file.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("monitor_app.config.profile_shelf.os.fsync", full)
    done = house.set("HR_HIGH", "inf", 120, revision=2)
    assert "No space left on device" in done.reply.sentence
    assert house.file.read_bytes() == before
    assert house.loaded().by_id["iv_40"].limits == {"HR_HIGH": {"inf": 125}}


def test_a_station_without_a_shelf_says_that_nothing_can_be_changed() -> None:
    desk = ProfileDesk({"iv_40": SHIPPED}, None, lambda work: work())
    desk.ask(SetProfileLimit("c", "iv_40", 1, "HR_HIGH", "inf", 125, "why", DOCTOR), 0)
    assert desk.take()[0].reply.sentence == said.NO_SHELF


def test_a_fault_of_ours_is_answered_and_is_no_end_of_the_desk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.shelf, "keep", lambda present, limits: 1 / 0)
    assert house.set("HR_HIGH", "inf", 125).reply.sentence == said.FAULT
    monkeypatch.undo()
    assert house.set("HR_HIGH", "inf", 125).reply.done


# ---------------------------------------------------------------- who it holds for


def session_of(room: Room) -> Session:
    session = room.station._chairs[1].session
    assert session is not None
    return session


def test_a_change_holds_for_the_next_admission_and_never_for_a_running_session(house: House) -> None:
    room = Room()
    room.to_infusion()
    room.run(5)
    before = {view.row: view.value for view in room.view().limits}
    changed = replace(room.station._profiles["iv_40"], limits={"HR_HIGH": {"inf": 120.0}}, revision=2)
    room.station.use_profile(changed)
    room.run(30)
    assert {view.row: view.value for view in room.view().limits} == before
    assert session_of(room).profile["revision"] == 1

    fresh = Room()
    fresh.station.use_profile(changed)
    fresh.to_infusion()
    fresh.run(5)
    assert next(view.value for view in fresh.view().limits if view.row == "HR_HIGH") == "120"
    assert session_of(fresh).profile["revision"] == 2


def test_a_session_that_is_resumed_keeps_the_profile_with_which_it_began() -> None:
    room = Room()
    room.to_infusion()
    room.run(5)
    before = {view.row: view.value for view in room.view().limits}
    after = Room()
    after.station.use_profile(replace(after.station._profiles["iv_40"], limits={"HR_HIGH": {"inf": 120.0}}, revision=2))
    after.station.resume(room.events, room.now)
    after.now = room.now
    after.run(5)
    assert {view.row: view.value for view in after.view().limits} == before


# ---------------------------------------------------------------- what is shown


def test_a_profile_is_shown_for_some_seconds_after_it_was_asked_for(house: House) -> None:
    assert house.desk.shown(0) is None
    assert house.desk.ask(LookAtProfile("l", "iv_40"), 0) is False
    view = house.desk.shown(SHOWN_US)
    assert view is not None
    assert (view.id, view.revision, view.own) == ("iv_40", 1, False)
    assert house.desk.shown(SHOWN_US + 1) is None
    house.set("HR_HIGH", "inf", 125)
    house.desk.ask(LookAtProfile("l", "iv_40"), 0)
    view = house.desk.shown(0)
    assert view is not None
    row = next(row for row in view.rows if row.row == "HR_HIGH")
    assert (view.own, view.revision, row.values, row.shipped) == (True, 2, ("110", "125", "120"), ("110", "130", "120"))
    house.desk.ask(LookAtProfile("l", "nobody"), 0)
    assert house.desk.shown(0) is None


def test_changes_at_simulated_chairs_lie_over_the_sites_file_and_never_touch_it(tmp_path: Path) -> None:
    real = House(tmp_path / "real")
    real.set("HR_HIGH", "inf", 125)
    text = real.file.read_bytes()
    own = tmp_path / "data"
    shelf = ProfileShelf(SHIPPED_FOLDER, own, (real.site,))
    present = load(SHIPPED_FOLDER, real.site, None, own).by_id["iv_40"]
    kept = shelf.keep(present, {"HR_HIGH": {"inf": 115.0}})
    assert real.file.read_bytes() == text
    assert load(SHIPPED_FOLDER, real.site, None, own).by_id["iv_40"] == kept
    assert real.loaded().by_id["iv_40"] == present


def test_a_profile_that_only_the_site_has_is_measured_by_the_tables_own_numbers(house: House) -> None:
    house.site.mkdir()
    text = (SHIPPED_FOLDER / "iv_40.toml").read_text("utf-8").replace('id = "iv_40"', 'id = "ours"')
    (house.site / "ours.toml").write_text(f"{text}\n[limits.HR_HIGH]\ninf = 125\n", "utf-8")
    desk = ProfileDesk(house.loaded().by_id, house.shelf, lambda work: work())
    desk.ask(LookAtProfile("l", "ours"), 0)
    view = desk.shown(0)
    assert view is not None
    assert next(row.shipped for row in view.rows if row.row == "HR_HIGH") == ("110", "130", "120")
    desk.ask(RestoreProfileLimits("b", "ours", 1, "", DOCTOR), 0)
    [done] = desk.take()
    assert done.profile is not None
    assert done.profile.limits == {}


def test_a_file_that_cannot_be_changed_by_our_hand_is_left_to_a_persons(house: House) -> None:
    house.site.mkdir()
    text = (SHIPPED_FOLDER / "iv_40.toml").read_text("utf-8").replace("[limits]", "")
    house.file.write_text("limits.HR_HIGH.inf = 125\n" + text, "utf-8")
    present = house.loaded().by_id["iv_40"]
    with pytest.raises(ConfigError, match="change it by hand"):
        house.shelf.keep(present, {"HR_HIGH": {"inf": 120.0}, "HR_LOW": {"rec": 52.0}})
    assert read_profile(house.file) == present
