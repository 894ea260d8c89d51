"""Forms, packs, product names and registration numbers as registers and shops write them."""

from __future__ import annotations

import polars as pl

from sehatmu.standardise.pharma import parse_form, parse_nie, parse_pack, parse_product_name
from tests.standardising_pharma import books, forms_all, numbers_all, packs_all, products_all

FORMS = [
    ("tab sal selaput", "BS077"),
    ("TABLET SALUT SELAPUT", "BS077"),
    ("Tablet Salut Selaput; 500 mg", "BS077"),
    ("film-coated tablet", "BS077"),
    ("tab", "BS066"),
    ("kaplet", "BS022"),
    ("kaps", "BS019"),
    ("injeksi", "BS034"),
    ("inj.", "BS034"),
    ("sirup kering", "BS056"),
    ("Dry Syrup", "BS056"),
    ("susp", "BS060"),
    ("tetes mata; 5,10 mg", "BS084"),
    ("drops", "BS087"),
    ("larutan infus", "BS035"),
    ("serbuk inj", "BS049"),
    ("serbuk injeksi + pelarut", "BS049"),
    ("cream", "BS030"),
    ("tablet lepas lambat", "BS071"),
    ("tab salut enterik", "BS076"),
    ("larutan inhalasi", "BS033"),
    ("suppositoria", "BS059"),
    ("<i>sirup</i>", "BS055"),
    ("intra uterine system &amp;#40;ius&amp;#41;; 52 mg", "BS017"),
]


def test_forms_by_any_of_their_names() -> None:
    expected = {text: (code, None) for text, code in FORMS}
    assert forms_all(list(expected)) == expected


def test_an_unknown_form_is_its_own_residue_and_what_stands_beside_one_is_told() -> None:
    expected = {
        "minyak gosok ajaib": (None, "MINYAK GOSOK AJAIB"),
        "kaplet salut selaput dan kapsul": ("BS023", "DAN KAPSUL"),
        "tablet salkut selaput": (None, "TABLET SALKUT SELAPUT"),
        None: (None, None),
        "; 5 mg": (None, None),
    }
    assert forms_all(list(expected)) == expected


def test_a_form_tells_its_route() -> None:
    parsed = parse_form(pl.Series(["salep mata", "injeksi", "sirup"]), books())
    assert parsed["route"].to_list() == ["ophthalmic", "parenteral", "oral"]
    assert set(parsed["route"]) <= set(books()["routes"]["route"])


PACKS = [
    ("dus, 5 strip @ 6 kaplet", ["medicine: 30 KAPLET"]),
    ("Dus, 10 Strip @ 10 Tablet Salut Selaput", ["medicine: 100 TABLET"]),
    ("dus 10 blister @ 10 tablet", ["medicine: 100 TABLET"]),
    ("dus, 3 amplop @ 1 strip @ 10 tablet", ["medicine: 30 TABLET"]),
    ("dus, 1 botol plastik @ 60 ml", ["medicine: 1 BOTOL 60 mL"]),
    ("dus, botol 60 mL", ["medicine: 1 BOTOL 60 mL"]),
    ("1 tube @ 10 gram", ["medicine: 1 TUBE 10 g"]),
    ("dus, 4x5 ampul plastik (nebules) @ 2,5 ml", ["medicine: 20 AMPUL 2.5 mL"]),
    ("blister pack, 10 x 10 x 10 tablet", ["medicine: 1000 TABLET"]),
    ("pail @ 80.000 tablet", ["medicine: 80000 TABLET"]),
    ("dus, 10 vial @ 10 dosis (5,0 ml)", ["medicine: 10 VIAL 5 mL"]),
    ("dus, 50 vial @ 2 ml (20 dosis)", ["medicine: 50 VIAL 2 mL"]),
    ("dus, 1 vial @ 1.000.000 iu", ["medicine: 1 VIAL 1000000 [IU]"]),
    ("dus, 1 inhaler @ 120 doses", ["medicine: 1 INHALER 120 {dose}"]),
    ("drum, maksimum @ 25 kg", ["medicine: 1 DRUM 25 kg"]),
    ("dus, 1 vial @ 1 g + 1 ampul pelarut @ 5 ml", ["medicine: 1 VIAL 1 g", "solvent: 1 AMPUL 5 mL"]),
    (
        "dus, 1 prefilled syringe @ 0,5 ml + 1 sterile needle",
        ["medicine: 1 PREFILLED SYRINGE 0.5 mL", "accessory: 1 NEEDLE"],
    ),
    ("dus, 1 vial @ 125 mg + 1 ampul @ 2 ml pelarut", ["medicine: 1 VIAL 125 mg", "solvent: 1 AMPUL 2 mL"]),
    ("dus, 1 pen (1 cartridge (serbuk 5,3 mg + pelarut 1 ml) + pen)", ["medicine: 1 PREFILLED PEN"]),
    ("dus, 10 strip @ 10 tablet; botol @ 100 tablet", ["medicine: 100 TABLET", "medicine: 100 TABLET"]),
    ("dus, 10 strip @ 10 tablet, botol @ 100 tablet", ["medicine: 100 TABLET", "medicine: 100 TABLET"]),
    ("dus, 1 botol @ 60 ml, dus, 2 botol @ 100 ml", ["medicine: 1 BOTOL 60 mL", "medicine: 2 BOTOL 100 mL"]),
    ("dus, 1 botol @ 60 ml, 1 sendok takar", ["medicine: 1 BOTOL 60 mL", "accessory: 1 SPOON"]),
    ("dus, 1 blister @ 21 tablet, terdiri dari: 11 tablet putih, 10 tablet coklat", ["medicine: 21 TABLET"]),
    ("<p>dus, 7 sachet</p>", ["medicine: 7 SACHET"]),
    (None, []),
    ("-", []),
]


def test_packs_as_smallest_units() -> None:
    expected = dict(PACKS)
    assert packs_all(list(expected)) == expected


def test_levels_of_a_pack_and_of_several() -> None:
    parsed = parse_pack(pl.Series(["dus, 5 strip @ 6 kaplet; botol @ 100 kaplet"]), books())
    levels = parsed.select("pack", "level", "count", "container", "unit").rows()
    assert levels == [
        (1, 1, 1, "DUS", None), (1, 2, 5, "STRIP", None), (1, 3, 6, None, "KAPLET"),
        (2, 1, 1, "BOTOL", None), (2, 2, 100, None, "KAPLET"),
    ]  # fmt: skip


def test_a_range_of_counts_is_no_count_and_unknown_words_are_residue() -> None:
    parsed = parse_pack(pl.Series(["karton, 1-1100 vial @ 100 mg", "dus, 5 kotakajaib @ 10 tablet"]), books())
    assert parsed.filter(pl.col("container") == "VIAL").select("count", "residue").row(0) == (None, "1-1100")
    assert parsed.filter(pl.col("row") == 1)["residue"].drop_nulls().to_list() == ["KOTAKAJAIB"]


NAMES = [
    ("Amlodipin 10 mg tablet", ("AMLODIPIN", None, "10 mg", "BS066")),
    ("TABLET SALUT SELAPUT Metformin 500 mg", ("METFORMIN", None, "500 mg", "BS077")),
    ("Sanmolin sirup 120 mg/5 mL", ("SANMOLIN", None, "24 mg/mL", "BS055")),
    ("xanturic 300", ("XANTURIC", "300", None, None)),
    ("vardipin 10/160", ("VARDIPIN", "10/160", None, None)),
    ("midanest - 15", ("MIDANEST", "15", None, None)),
    ("meflam 7,5", ("MEFLAM", "7.5", None, None)),
    ("lonsurf 20 mg / 8.19 mg", ("LONSURF", None, "20 mg + 8.19 mg", None)),
    ("PARASETAMOL / KAFEIN 500 mg / 50 mg tab", ("PARASETAMOL / KAFEIN", None, "50 mg + 500 mg", "BS066")),
    ("genta 0,3% tetes mata", ("GENTA", None, "3 mg/mL", "BS084")),
    ("<p>Paracetamol 500 mg</p>", ("PARACETAMOL", None, "500 mg", None)),
    ("bodrex flu &amp; batuk", ("BODREX FLU & BATUK", None, None, None)),
    ("obat anak sumang cap pedang", ("OBAT ANAK SUMANG CAP PEDANG", None, None, None)),
    ("water for injection", ("WATER FOR INJECTION", None, None, None)),
    ("nekebudex tablet salkut selaput 10 mg", ("NEKEBUDEX SALKUT SELAPUT", None, "10 mg", None)),
    ("grabudex tablet lepas lamabt 30 mg", ("GRABUDEX LAMABT", None, "30 mg", None)),
    ("prafelasil 5 kg tablet", ("PRAFELASIL 5 KG", None, None, "BS066")),
    ("requip 24 hour", ("REQUIP 24 HOUR", None, None, None)),
    (None, (None, None, None, None)),
]


def test_names_of_products() -> None:
    expected = dict(NAMES)
    assert products_all(list(expected)) == expected


def test_the_pack_in_a_name_is_left_to_the_parser_of_packs() -> None:
    name = "Sanmolin 500 mg tablet, dus, 10 strip @ 10 tablet"
    row = parse_product_name(pl.Series([name]), books()).row(0, named=True)
    assert (row["brand"], row["strength"], row["form_code"]) == ("SANMOLIN", "500 mg", "BS066")
    assert packs_all([row["pack"]])[row["pack"]] == ["medicine: 100 TABLET"]


NUMBERS = [
    ("DKL2012345678A1", ("drug", "DKL2012345678A1", [])),
    ("dkl 2012345678 a1", ("drug", "DKL2012345678A1", [])),
    ("NIE: GKL2012345678A1", ("drug", "GKL2012345678A1", [])),
    ("DKL2012345678A1*)", ("drug", "DKL2012345678A1", ["remark"])),
    ("DKL2012345678A11)", ("drug", "DKL2012345678A1", ["remark"])),
    ("DKL2012345678A1 (dalam proses)", ("drug", "DKL2012345678A1", ["remark"])),
    ("DKL2012345678A1 / GTL2012345678A1", ("drug", "DKL2012345678A1", ["two-numbers"])),
    ("DKL2012345678A1 DKL2012345678A1", ("drug", "DKL2012345678A1", [])),
    ("DKL201234567", (None, None, ["unreadable"])),
    ("XKL2012345678A1", (None, None, ["unreadable"])),
    ("KEMENKES RI AKL 20205310017", ("device", "AKL20205310017", [])),
    ("akd 10903-9.00002", ("device", "AKD10903900002", [])),
    ("PKD20205310017", ("household", "PKD20205310017", [])),
    ("NA18171234567", ("cosmetic", "NA18171234567", [])),
    ("<p>DKL2012345678A1</p>", ("drug", "DKL2012345678A1", [])),
    ("-", (None, None, [])),
    (None, (None, None, None)),
]


def test_registration_numbers() -> None:
    expected = dict(NUMBERS)
    assert numbers_all(list(expected)) == expected


def test_parts_of_registration_numbers() -> None:
    drug, device = parse_nie(pl.Series(["GTI1998765412B2", "AKL 20205310017"]), books()).to_dicts()
    parts = ("name_type", "class", "origin", "year", "factory", "serial", "form_code", "strength_letter", "pack_digit")
    assert [drug[part] for part in parts] == ["G", "T", "I", "19", "987", "654", "12", "B", "2"]
    # Official sample: imported, risk class 2, of 2013 (the year stands reversed).
    assert [device[part] for part in ("class", "origin", "year")] == ["B", "I", "13"]


def test_two_numbers_are_both_kept() -> None:
    row = parse_nie(pl.Series(["DKL2012345678A1 / GTL2012345678A1"]), books()).row(0, named=True)
    assert row["others"] == ["GTL2012345678A1"]
