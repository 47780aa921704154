"""The fonts, cut once and complete."""

from pathlib import Path

import pytest
from django.core.management import call_command
from fontTools.ttLib import TTFont

from core import fonts

NEEDED = "\u00a0\u202f’«»œŒ€ᵉʳàéÀÉ—–…"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("polices")
    assert fonts.cut_all(made) == [cut.name for cut in fonts.CUTS]
    return made


@pytest.mark.parametrize("cut", fonts.CUTS, ids=lambda cut: cut.name)
def test_a_font_draws_every_sign_of_french(folder: Path, cut: fonts.Cut):
    drawn = TTFont(folder / cut.name).getBestCmap()
    assert [sign for sign in NEEDED if ord(sign) not in drawn] == []


def test_arrows_come_from_the_display_font(folder: Path):
    assert 0x2192 in TTFont(folder / "bricolage.woff2").getBestCmap()


def test_the_web_fonts_stay_light(folder: Path):
    assert sum(path.stat().st_size for path in folder.glob("*.woff2")) <= 115_000


def test_the_web_font_keeps_weight_and_width(folder: Path):
    axes = {axis.axisTag: (axis.minValue, axis.maxValue) for axis in TTFont(folder / "bricolage.woff2")["fvar"].axes}
    assert axes == {"wght": (600, 800), "wdth": (75, 100)}


def test_the_print_font_is_one_cut(folder: Path):
    assert "fvar" not in TTFont(folder / "bricolage-print.ttf")


def test_figures_are_bricolage_s_and_as_wide_as_each_other(folder: Path):
    font = TTFont(folder / "atkinson-400.woff2")
    assert len({font["hmtx"][name][0] for name in ("zero", "one", "seven")}) == 1
    assert font["glyf"]["zero"].numberOfContours == 2  # Atkinson's slashed zero has three


def test_the_licences_go_with_the_files(folder: Path):
    texts = [(folder / name).read_text(encoding="utf-8").lower() for name in fonts.LICENSES]
    assert ["sil open font license" in text for text in texts] == [True, True]


def test_a_second_run_does_nothing(folder: Path, capsys: pytest.CaptureFixture[str]):
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    call_command("fonts", folder=folder)
    assert capsys.readouterr().out == "Les polices sont déjà là.\n"
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_missing_file_is_made_again(folder: Path):
    (folder / "atkinson-700.woff2").unlink()
    assert fonts.cut_all(folder) == ["atkinson-700.woff2"]
