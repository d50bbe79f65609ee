"""Which line settings a port is opened with: the device's usual ones, or those the technician wrote."""

from __future__ import annotations

import pytest

from drivers.catalog import specs
from drivers.driver import LineSettings
from drivers.samples import Origin
from drivers.transport import PortLost
from monitor_app.app.wires import line_of
from monitor_app.core.chair import LinkSpec

CHOICE = [spec for spec in specs().values() if len(spec.lines) > 1]


def test_line_settings_are_written_as_a_technician_writes_them() -> None:
    assert LineSettings(9600).words == "9600 8N1"
    assert LineSettings(115_200, parity="E").words == "115200 8E1"
    assert LineSettings(19_200, 7, "O", 1.5, rtscts=True).words == "19200 7O1.5"


def test_device_is_opened_with_its_usual_line_unless_the_binding_names_another() -> None:
    for spec in CHOICE:
        assert line_of(LinkSpec(spec.id, "a", Origin.TEST)) is spec.lines[0]
        assert [line_of(LinkSpec(spec.id, "a", Origin.TEST, s.words)) for s in spec.lines] == list(spec.lines)


def test_line_the_device_cannot_have_is_said_with_those_it_can() -> None:
    spec = CHOICE[0]
    with pytest.raises(PortLost) as lost:
        line_of(LinkSpec(spec.id, "COM7", Origin.TEST, "300 7E2"))
    assert str(lost.value).startswith(f"COM7: {spec.id} never speaks at '300 7E2'; choose one of {spec.lines[0].words}")
