"""What a person's press means: it names the chair and the moment, and leaves the deciding to the station."""

from __future__ import annotations

from monitor_app.core.phases import Step
from monitor_app.core.reasons import UNDO_ACK_US
from monitor_app.core.snapshot import ChairView
from monitor_app.display import words
from monitor_app.display.answer_bar import Answerable
from monitor_app.display.care_acts import Wanted, WantedStep
from monitor_app.display.course_panel import MINUTE_US
from monitor_app.display.known_panel import Beside
from monitor_app.display.language import phrase
from monitor_app.display.quicklog import MARKER, STRIP
from monitor_app.display.setting import Setting


class Nursing(Setting):
    """The window's hands: alarms and sound, cuff and infusion, notes, limits, devices, admission."""

    def press_acknowledge(self) -> None:
        """What the button says."""
        self._acknowledge(None)

    def _acknowledge_chair(self, chair: int) -> None:
        self._acknowledge(chair)

    def _acknowledge(self, chair: int | None) -> None:
        if self._stopped:
            return
        press = self.target.press(self._now(), chair)
        if press is None:
            return
        if press.occurrences:
            asked = self.acts.acknowledge(press.chair, press.occurrences, press.words)
            if asked is not None:
                # counted from the press: the offer never stands longer than the station takes it back
                undo_until_us = self._now() + UNDO_ACK_US if press.undoable else 0
                self._acknowledging[asked] = Answerable(press.chair, press.occurrences, press.words, undo_until_us)
        else:
            self.say(press.words)

    def _answered_by_station(self, command: str, done: bool) -> None:
        """An acknowledgement holds: what it was may be tapped now."""
        of = self._acknowledging.pop(command, None)
        if of is not None and done:
            self.answer_bar.offer(of, self._now())

    def press_undo_acknowledge(self) -> None:
        """The acknowledgement just given was a slip."""
        of = self.answer_bar.undoable(self._now())
        if of is None:
            self.say(phrase("There is no acknowledgement to undo: it can be undone for 5 seconds."), True)
        elif not self._stopped:
            self._undo_acknowledge(of)

    def _undo_acknowledge(self, of: Answerable) -> None:
        if self.acts.undo_acknowledge(of.chair, of.occurrences) is not None:
            self.answer_bar.close_bar()

    def _answer_alarm(self, of: Answerable, why: str, attending: str) -> None:
        self.acts.answer(of.chair, of.occurrences, why, attending)

    def press_pause_alarms(self) -> None:
        """Pause the alarms of the selected chair, or end that."""
        chair = self._acting()
        if chair is not None:
            self.acts.pause_alarms(chair)

    def _switch_off(self, row: str, label: str, reason: str) -> None:
        chair = self._looked_at()
        if chair is not None:
            self.acts.switch_off(chair, row, label, reason)

    def _switch_on(self, row: str, label: str) -> None:
        chair = self._looked_at()
        if chair is not None:
            self.acts.switch_on(chair, row, label)

    def _pause_looked_at(self) -> None:
        chair = self._looked_at()
        if chair is not None:
            self.acts.pause_alarms(chair)

    def _looked_at(self) -> ChairView | None:
        """The chair of the alarms page, while the same patient sits there."""
        chair = self._chair(self.alarms_page.number)
        if chair is None or chair.session != self.alarms_page.session or self._stopped:
            self.say(phrase("Not done: another patient sits there by now. Look again."), True)
            return None
        return chair

    def press_sound(self) -> None:
        """The sound button: pause, or end the pause."""
        if self._snapshot is not None and self._snapshot.sound.state == "paused":
            self.press_resume()
        else:
            self.press_pause()

    def press_pause(self) -> None:
        """Rest the tone; with nothing sounding there is nothing to rest."""
        if self._snapshot is None or self._stopped:
            return
        if self._snapshot.sound.voice is None:
            self.say(phrase("Nothing is sounding: a pause cannot be prepared in advance."), True)
        else:
            self.acts.pause_sound()

    def press_resume(self) -> None:
        """End the pause."""
        if self._snapshot is not None and self._snapshot.sound.state == "paused" and not self._stopped:
            self.acts.resume_sound()

    def press_heart(self) -> None:
        """Hear the heart of the selected chair; pressed again there, nobody's."""
        chair = self._acting()
        if chair is not None and self._snapshot is not None:
            heard_now = self._snapshot.sound.beep == chair.number
            self.acts.hear_heart(0 if heard_now else chair.number)

    def _hear_heart(self, number: int) -> None:
        if not self._stopped:
            self.acts.hear_heart(number)

    def press_cuff(self) -> None:
        """Blood pressure now, or stop the cuff; on the schedule's page at the chair that is shown there."""
        if self.pages.currentWidget() is self.cuff_page:
            self._cuff_looked_at(None)
            return
        chair = self._acting()
        if chair is not None:
            self.acts.cuff(chair)

    def _cuff_looked_at(self, stop: bool | None) -> None:
        """stop: as the button said when it was pressed, so that a late press of stop starts nothing."""
        page = self.cuff_page
        chair = self._chair(page.number)
        if chair is None or chair.session != page.session or self._stopped:
            self.say(phrase("Not done: another patient sits there by now. Look again."), True)
        else:
            self.acts.cuff(chair, stop)

    def press_pause_infusion(self) -> None:
        """Pause the infusion, or resume it."""
        chair = self._acting()
        if chair is not None:
            resume = chair.phase.paused
            self._step_of(chair, Step.RESUME_INFUSION if resume else Step.PAUSE_INFUSION)

    def press_abort(self) -> None:
        """Stop the treatment; monitoring goes on."""
        chair = self._acting()
        if chair is not None:
            self._step_of(chair, Step.ABORT)

    def _step_of(self, chair: ChairView, step: Step) -> None:
        view = next((one for one in chair.phase.steps if one.step is step), None)
        if view is not None and view.soft and view.sentence:
            self._show_chair(chair.number)
            self.chair_page.show_chair(chair, self._snapshot, self._raw.station_us, self.history)  # type: ignore[arg-type, union-attr]
            self.chair_page.override.open(view)
        else:
            self.acts.step(chair, step)

    def _take_step(self, step: Step, reason: str, override: bool, by: str = "") -> None:
        chair = self._acting()
        if chair is not None:
            self.acts.step(chair, step, reason, override=override, by=by)

    def press_undo(self) -> None:
        """Take back the last step of the selected chair."""
        chair = self._acting()
        if chair is not None:
            self.acts.undo(chair)

    def take_back(self) -> None:
        """Take back the newest note of the selected chair."""
        chair = self._acting()
        if chair is not None:
            self.acts.take_back(chair)

    def _take_back_entry(self, entry: str) -> None:
        chair = self._acting()
        if chair is not None:
            self.acts.take_back_entry(chair, entry)

    def _want(self, wanted: object) -> None:
        """What the session's page asks for, of the session that it shows."""
        page = self.session_page
        chair = self._chair(page.number)
        if chair is None or chair.session != page.session or self._stopped:
            self.say(phrase("Not done: another patient sits there by now. Look again."), True)
        elif isinstance(wanted, WantedStep):
            now_us = self._station_us(self._feed.age_us(self._now()))
            at_us = now_us - wanted.ago_min * MINUTE_US if wanted.ago_min else None
            self.acts.step(chair, wanted.step, at_us=at_us)
        elif isinstance(wanted, Wanted):
            self.acts.want(chair, wanted)

    def open_controls(self) -> None:
        """Go to the next step of the selected chair."""
        chair = self._acting()
        if chair is None:
            return
        if chair.session is None and not chair.phase.steps:
            self.open_admit()
            return
        self._show_chair(chair.number)
        if self._snapshot is not None:
            self.chair_page.show_chair(chair, self._snapshot, self._snapshot.station_us, self.history)
        self.chair_page.focus_controls()

    def open_log(self) -> None:
        """Begin a log entry: the moment of this press is its time."""
        chair = self._acting()
        if chair is None or self._raw is None:
            return
        if chair.session is None:
            self.say(phrase("CHAIR {} has no session: admit somebody first.").format(chair.number), True)
            return
        self._show_chair(chair.number)
        self._log_at = (self._station_us(self._feed.age_us(self._now())), self._now())
        self.chair_page.open_log()

    def _note(self, code: str, text: str) -> None:
        chair = self._acting()
        if chair is not None:
            at_us = self._log_at[0] if self._log_at is not None else None
            self.acts.note(chair, code, at_us, text)

    def open_device(self) -> None:
        """Show the Link tab of the chair; where a device must be confirmed, its button waits for Enter."""
        chair = self._acting()
        if chair is None or self._snapshot is None:
            return
        self._show_chair(chair.number)
        self.chair_page.show_list("links")
        self.chair_page.device_panel.show_links(chair.links)
        self.chair_page.device_panel.focus()

    def _confirm_device(self, link: int, seen: str) -> None:
        chair = self.chair_page.chair
        if chair is not None:
            self.acts.confirm_device(chair, link, seen)

    def _confirm_device_at(self, number: int, link: int, seen: str) -> None:
        chair = self._chair(number)
        if chair is not None and not self._stopped:
            self.acts.confirm_device(chair, link, seen)

    def press_marker(self) -> None:
        """A mark without words."""
        chair = self._acting()
        if chair is not None:
            self.acts.note(chair, MARKER, self._station_us(self._feed.age_us(self._now())))

    def press_strip(self) -> None:
        """Keep the waves around this moment as an event; in the chair view they are shown at once."""
        chair = self._acting()
        if chair is None:
            return
        at_us = self._station_us(self._feed.age_us(self._now()))
        if self.pages.currentWidget() is self.chair_page:
            self.chair_page.open_strip(at_us)
        if chair.session is None:
            self.say(phrase("Not kept: CHAIR {} has no session.").format(chair.number), True)
        else:
            self.acts.note(chair, STRIP, at_us)

    def freeze(self) -> None:
        """Let the waves of the chair view stand still, or run again."""
        if self.pages.currentWidget() is self.chair_page and not self._stopped:
            self.chair_page.toggle_freeze()

    def next_speed(self) -> None:
        """Another paper speed in the chair view."""
        if self.pages.currentWidget() is self.chair_page:
            self.chair_page.waves.next_speed()

    def next_gain(self) -> None:
        """Another gain of the ECG in the chair view."""
        if self.pages.currentWidget() is self.chair_page:
            self.chair_page.waves.next_gain()

    def toggle_grid(self) -> None:
        """Millimetre paper in the chair view, or none."""
        if self.pages.currentWidget() is self.chair_page:
            self.chair_page.waves.toggle_grid()

    def press_export(self) -> None:
        """Write the session's log as a file."""
        chair = self._acting()
        if chair is not None and self.acts.export(chair) is not None:
            self.say(phrase("Exporting the session of CHAIR {} ...").format(chair.number))

    def _edit_limit(self, row: str, label: str, value: object, reason: str, clinician: str) -> None:
        chair = self._chair(self.limits_page.number)
        if chair is not None and chair.session == self.limits_page.session and not self._stopped:
            number = value if isinstance(value, float) else None
            self.acts.edit_limit(chair, row, label, number, reason, clinician)
        else:
            self.say(phrase("Not saved: another patient sits there by now. Look again."), True)

    def _set_profile_limit(
        self, profile: str, revision: int, row: str, column: str, value: object, label: str, reason: str, clinician: str
    ) -> None:  # fmt: skip
        number = value if isinstance(value, float) else None
        self.acts.set_profile_limit(profile, revision, row, column, number, label, reason, clinician)

    def _admit(
        self,
        chair: int,
        pseudonym: str,
        profile: str,
        weight_kg: float | None,
        session_number: int | None,
        ticked: tuple[str, ...] = (),
        beside: Beside = Beside(),  # noqa: B008 - frozen
    ) -> None:
        raw = self._raw
        clock_us = raw.utc_us + raw.utc_offset_s * 1_000_000 - raw.station_us if raw is not None else None
        sent = self.acts.admit(chair, pseudonym, profile, weight_kg, session_number, ticked, clock_us, beside)
        if sent is not None:
            self._admitting = sent

    def _accept_notice(self, name: str) -> None:
        self._accepting = self.acts.accept_notice(words.NOTICE_VERSION, name)
