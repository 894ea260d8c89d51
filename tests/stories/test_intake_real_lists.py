"""The real public lists pass through intake as they are; skipped where they are not at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sehatmu.contracts import load_contracts
from sehatmu.intake import intake, land
from tests.intake_files import DAY, NEXT, balanced, new_home

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "real"
LISTS = {
    "sisdmk_fasilitas_2019.xlsx": ("sisdmk", "fasilitas", 10_284, {"medis_grp"}),
    "sirs_rumah_sakit_2021.json": ("sirs", "rumah_sakit", 2_925, set()),
    "komdat_puskesmas_2022.csv": ("komdat", "puskesmas", 10_292, set()),
    "wilayah_administratif_2022.csv": ("referensi", "wilayah", 7_778, set()),
}

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real lists are not beside this checkout")


@pytest.mark.parametrize("name", LISTS)
def test_a_real_list_is_accepted_as_it_is(name, tmp_path):
    source, extract, rows, ignored = LISTS[name]
    home = new_home(tmp_path)
    terms = load_contracts(ROOT / "data_contracts").source(source, extract)
    land(home, source, extract, [REAL / name], day=DAY)
    taken = intake(home, terms, day=DAY, previous=None)
    assert taken.source_file["row_count"].to_list() == [rows]
    assert set(taken.source_file["ignored_columns"][0]) == ignored
    assert balanced(taken)
    assert taken.accepted.height >= rows * 0.995
    assert taken.accepted["record_key"].is_unique().all()
    again = intake(home, terms, day=NEXT, previous=taken)
    assert again.accepted.equals(taken.accepted)


def test_the_hospital_code_with_a_letter_and_the_bed_count_with_a_comma(tmp_path):
    home = new_home(tmp_path)
    terms = load_contracts(ROOT / "data_contracts").source("sirs", "rumah_sakit")
    land(home, "sirs", "rumah_sakit", [REAL / "sirs_rumah_sakit_2021.json"], day=DAY)
    accepted = intake(home, terms, day=DAY, previous=None).accepted
    assert accepted.filter(kode_rs="3578797S").height == 1
    flagged = accepted.filter(accepted["flags"].list.len() > 0)
    assert set(flagged["flags"].explode()) == {"total_tt:cast-integer"}
    assert flagged.height == 2
