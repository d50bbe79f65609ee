"""Profiles: the defaults of CLINICAL 2.5, the site's own before them, and a broken file costs that file only."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from monitor_app.assets import resources
from monitor_app.config.profiles import load, read_profile
from monitor_app.config.toml import ConfigError
from monitor_app.core.profile import AlarmPlan, Profile, profile_of

DEFAULTS = resources() / "profiles"


def site(tmp_path: Path, name: str, **changes: object) -> Path:
    folder = tmp_path / "site"
    folder.mkdir(exist_ok=True)
    text = (DEFAULTS / "iv_40.toml").read_text("utf-8")
    for key, value in changes.items():
        lines = [f"{key} = {value}" if line.startswith(f"{key} =") else line for line in text.splitlines()]
        text = "\n".join(lines)
    (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder


def test_the_default_profile_is_the_one_the_core_describes() -> None:
    read = read_profile(DEFAULTS / "iv_40.toml")
    lists = {
        "checkin": (),
        "checks": (),
        "scores": (),
        "drugs": (),
        "ask_dose": False,
        "discharge": None,
        "expected": None,
    }
    assert replace(read, **lists) == replace(Profile("iv_40", "Infusion 40 min"), scores=())


def test_what_every_default_asks_is_named_once_and_leaves_no_lock_in() -> None:
    for name, profile in load(DEFAULTS).by_id.items():
        if name == "demo":
            continue
        assert profile.discharge is not None, name
        assert [item.id for item in profile.discharge.items if item.named] == ["escort"]
        assert {"consent", "fasting"} <= {item.id for item in profile.checkin if item.required}
        assert not profile.nibp.quiet_cuff, name
        assert profile_of(json.loads(json.dumps(asdict(profile)))) == profile


def test_the_spray_counts_from_its_last_device_and_reads_at_forty_minutes() -> None:
    spray = load(DEFAULTS).by_id["nasal_esketamine"]
    assert spray.doses_min == (0, 5, 10)
    assert spray.discharge is not None
    assert spray.discharge.observation_min == 120
    assert spray.nibp.fixed_min == (40,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[checks]]\nid = "x"\ntext = "x"\ndone_by = []\nphase = "bath"\n', "none of infusion, recovery"),
        ('[[checks]]\nid = "x"\ntext = "x"\ndone_by = []\nat = [1]\n', "unknown key 'checks.at'"),
        ('[[checks]]\nid = "x"\ntext = "x"\ndone_by = []\ngrace_min = -1\n', "outside 0 to 480 min"),
        ('[discharge]\nscore = "apgar"\n', "no scale 'apgar'"),
        ('[discharge]\nitems = [{ id = "a", text = "a" }, { id = "a", text = "b" }]\n', "more than once"),
    ],
)
def test_a_mistake_in_a_list_is_explained_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'id = "own"\ntitle = "Own"\n{text}', "utf-8")
    with pytest.raises(ConfigError, match=says):
        read_profile(path)


@pytest.mark.parametrize(
    ("name", "planned", "recovery", "infusion_s", "recovery_s"),
    [
        ("iv_40", 40, 30, 600, 900),
        ("iv_60", 60, 30, 600, 900),
        ("iv_pain", 120, 60, 900, 900),
        ("nasal_esketamine", 40, 80, 1200, 1800),
        ("demo", 3, 2, 60, 60),
    ],
)
def test_every_default_has_its_durations(
    name: str, planned: float, recovery: float, infusion_s: int, recovery_s: int
) -> None:
    profile = load(DEFAULTS).by_id[name]
    assert (profile.planned_min, profile.recovery_min) == (planned, recovery)
    assert (profile.nibp.infusion_s, profile.nibp.recovery_s) == (infusion_s, recovery_s)


def test_no_default_claims_to_be_approved() -> None:
    assert {profile.approved_by for profile in load(DEFAULTS).by_id.values()} == {""}


def test_a_site_profile_replaces_the_default_of_its_name(tmp_path: Path) -> None:
    found = load(DEFAULTS, site(tmp_path, "iv_40", planned_min=45, approved_by='"Dr. A"'))
    assert (found.by_id["iv_40"].planned_min, found.by_id["iv_40"].approved_by) == (45, "Dr. A")
    assert found.problems == ()


def test_a_broken_site_profile_leaves_the_default_and_a_sentence(tmp_path: Path) -> None:
    found = load(DEFAULTS, site(tmp_path, "iv_40", planned_min=0))
    assert found.by_id["iv_40"].planned_min == 40
    (sentence,) = found.problems
    assert "planned_min = 0 is outside 1 to 480 min" in sentence
    assert sentence.endswith("The default is in use.")
    assert found.defaults


def test_a_broken_site_profile_falls_back_to_its_last_good_text(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    load(DEFAULTS, site(tmp_path, "iv_40", planned_min=45), kept)
    found = load(DEFAULTS, site(tmp_path, "iv_40", planned_min='"long"'), kept)
    assert found.by_id["iv_40"].planned_min == 45
    assert found.problems[0].endswith("The last good one is in use.")
    assert not found.defaults


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": '"other"'}, "id = 'other' must be the name of the file"),
        ({"rest_s": 5}, "nibp.rest_s = 5 is outside 15 to 600 s"),
        ({"rest_s": '"x"'}, "nibp.rest_s: expected `int`, got `str`"),
        ({"[limits]": "{}"}, "is not valid TOML"),
        ({"spo2_fall": 9}, "alarms.spo2_fall = 9 must be 8 or 10"),
        ({"spo2_dose": 30}, "alarms.spo2_dose = 30 must be 0 or 25 or 50 or 100"),
        ({"pause_s": 301}, "alarms.pause_s = 301 is outside 120 to 300 s"),
        ({"pause_s": "true"}, "alarms.pause_s: expected `int`, got `bool`"),
    ],
)
def test_a_mistake_is_explained_in_one_sentence(tmp_path: Path, change: dict[str, object], says: str) -> None:
    if "[limits]" in change:
        path = site(tmp_path, "iv_40") / "iv_40.toml"
        path.write_text(path.read_text("utf-8").replace("[limits]", "[limits"), "utf-8")
    else:
        path = site(tmp_path, "iv_40", **change) / "iv_40.toml"
    with pytest.raises(ConfigError, match=says.replace("(", r"\(")):
        read_profile(path)


@pytest.mark.parametrize("part", ["nibp", "discharge", "expected", "alarms", "limits"])
def test_a_part_that_is_no_table_is_explained_in_one_sentence(tmp_path: Path, part: str) -> None:
    path = tmp_path / "other.toml"
    path.write_text(f'id = "other"\ntitle = "Other"\n{part} = 3\n', "utf-8")
    with pytest.raises(ConfigError, match=f"{part}: expected"):
        read_profile(path)


def test_a_site_may_choose_rules_of_its_alarms(tmp_path: Path) -> None:
    path = site(tmp_path, "iv_40", spo2_fall=8, spo2_dose=0, pause_s=300) / "iv_40.toml"
    profile = read_profile(path)
    assert profile.alarms == AlarmPlan(spo2_fall=8, spo2_dose=0, pause_s=300)
    assert profile_of(asdict(profile)) == profile
    assert profile_of({"id": "older", "title": "Older"}).alarms == AlarmPlan()


def test_limits_are_named_by_rows_and_columns_that_exist(tmp_path: Path) -> None:
    path = site(tmp_path, "iv_40") / "iv_40.toml"
    good = path.read_text("utf-8")
    path.write_text(good + "\n[limits.SPO2_LOW]\ninf = 91\n", "utf-8")
    assert read_profile(path).limits == {"SPO2_LOW": {"inf": 91}}
    path.write_text(good + "\n[limits.SPO2_LOW]\ninfusion = 91\n", "utf-8")
    with pytest.raises(ConfigError, match=r"unknown key 'limits.SPO2_LOW.infusion'; allowed here: base, inf, rec"):
        read_profile(path)
    path.write_text(good + "\n[limits.SPO_LOW]\ninf = 91\n", "utf-8")
    with pytest.raises(ConfigError, match=r"unknown key 'limits.SPO_LOW'"):
        read_profile(path)
