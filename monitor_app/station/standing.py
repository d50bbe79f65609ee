"""Where does a re-execution begin? A chair as it stood at an admission, taken down and set up again.

And where does it go on after a discharge that was undone: nobody watched in between, and nothing of it was kept.
"""

from __future__ import annotations

from drivers.driver import Driver, DriverSpec, StartNibp
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.standing import ChairFitted, ChairStanding, FlagsStanding, LinkFitted
from monitor_app.station.chair_state import ChairState


def fitted_of(chair: ChairState) -> ChairFitted:
    """The chair with what the station knows of its devices."""
    links = tuple(
        LinkFitted(
            link.spec.device,
            link.spec.origin,
            dict(link.driver.numerics),
            dict(link.driver.waves),
            link.driver.nibp,
            StartNibp in link.driver.commands,
            link.driver.use,
        )
        for link in chair.links
    )
    return ChairFitted(chair.number, links, chair.spec.cuff_same_arm)


def standing_of(chair: ChairState, looked_us: int) -> ChairStanding:
    """The chair before anybody is admitted, or taken back. looked_us: when its alarms were judged last."""
    return ChairStanding(
        fitted=fitted_of(chair),
        looked_us=looked_us,
        links=tuple(link.standing() for link in chair.links),
        values=chair.values.standing(),
        values_live=chair.values.live,
        flags=tuple(FlagsStanding(of, link, words) for (of, link), words in chair.flags.items()),
        flags_since=dict(chair.flags_since),
        rhythm_since=dict(chair.rhythm_since),
        qualities={p: wave.quality for p, wave in chair.waves.items() if wave.quality is not None},
        cuff=chair.cuff.standing(),
        beat_us=chair.beat_us,
        rhythm_values=dict(chair.rhythm_values),
        valid_since=chair.values.valid_since,
    )


def stand(chair: ChairState, standing: ChairStanding) -> None:
    """Make a chair what that chair was, of all that its devices have said."""
    for link, before in zip(chair.links, standing.links, strict=True):
        link.stand(before)
    chair.values.stand(standing.values, standing.values_live)
    chair.values.stand_since(standing.valid_since)
    chair.flags = {(flags.of, flags.link): flags.words for flags in standing.flags}
    chair.flags_since = dict(standing.flags_since)
    chair.rhythm_since = dict(standing.rhythm_since)
    for parameter, quality in standing.qualities.items():
        if parameter in chair.waves:
            chair.waves[parameter].quality = quality
    chair.cuff.stand(standing.cuff)
    chair.beat_us = standing.beat_us
    chair.rhythm_values = dict(standing.rhythm_values)
    chair.link_facts, chair.dirty = None, True


def chair_spec(fitted: ChairFitted, profile: str) -> ChairSpec:
    """The chair as the room's file would name it; its devices are in the record, not on a port."""
    links = tuple(LinkSpec(link.device, "", link.origin) for link in fitted.links)
    return ChairSpec(fitted.number, "", links, profile, fitted.cuff_same_arm)


def device_specs(fitted: ChairFitted) -> dict[str, DriverSpec]:
    """Rows for the devices of a recorded chair: what the record says of them, whatever the catalog says today."""
    return {link.device: _row(link) for link in fitted.links}


def _row(link: LinkFitted) -> DriverSpec:
    return DriverSpec(
        id=link.device,
        maker="",
        model="",
        make=_never_made,
        numerics=dict(link.numerics),
        waves=dict(link.waves),
        mode="streams",
        lines=(),
        frame_bytes_max=0,
        first_value_us=0,
        evidence="",
        tests="",
        use=link.use,
        nibp=link.nibp,
        commands=(StartNibp,) if link.starts_cuff else (),
    )


def _never_made() -> Driver:
    raise RuntimeError("a recorded device has no bytes to read")
