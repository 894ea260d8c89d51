"""Compositions as registers, catalogues and labels write them."""

from __future__ import annotations

import polars as pl
import pytest

from sehatmu.standardise.pharma import parse_composition, read_substances, strength_key
from tests.standardising_pharma import books, composition, keys, told, told_all

TOLD = dict(  # noqa: C406 - pairs read as before and after
    [
        ("PARASETAMOL 500 mg", [("PARACETAMOL", None, "500 mg")]),
        ("Paracetamol 120 mg/5 mL", [("PARACETAMOL", None, "120 mg/5 mL")]),
        ("KALSITRIOL 4 ug/0,5 mL", [("KALSITRIOL", None, "4 ug/0.5 mL")]),
        ("BENZATHINE BENZYLPENICILLIN 1.200.000 IU", [("BENZATHINE BENZYLPENICILLIN", None, "1200000 [IU]")]),
        ("NISTATIN 100.000 IU/mL", [("NYSTATIN", None, "100000 [IU]/mL")]),
        ("GENTAMISIN SULFAT 0,1 %", [("GENTAMISIN", "SULFATE", "0.1 %")]),
        ("Asam Mefenamat 500mg", [("MEFENAMIC ACID", None, "500 mg")]),
        ("CTM 4 mg; GG 100 mg", [("CHLORPHENAMINE", None, "4 mg"), ("GUAIFENESIN", None, "100 mg")]),
        ("PARASETAMOL 500,5 mg, KAFEIN 65 mg", [("PARACETAMOL", None, "500.5 mg"), ("CAFFEINE", None, "65 mg")]),
        (
            "rifampicin 75mg/ isoniazid 50 mg/ pyrazinamide 150 mg",
            [("RIFAMPICIN", None, "75 mg"), ("ISONIAZID", None, "50 mg"), ("PYRAZINAMIDE", None, "150 mg")],
        ),
        (
            "Tiap 5 mL mengandung: Paracetamol 120 mg + CTM 1 mg",
            [("PARACETAMOL", None, "120 mg/5 mL"), ("CHLORPHENAMINE", None, "1 mg/5 mL")],
        ),
        ("Tiap tablet salut selaput mengandung Ibuprofen 400 mg", [("IBUPROFEN", None, "400 mg/{tablet}")]),
        ("FENTANIL 12 mcg/jam", [("FENTANIL", None, "12 ug/h")]),
        ("DESONIDE 0,5 mg/g", [("DESONIDE", None, "0.5 mg/g")]),
        ("TRIFLURIDIN 20 mg / TIPIRASIL 8.19 mg", [("TRIFLURIDIN", None, "20 mg"), ("TIPIRASIL", None, "8.19 mg")]),
    ],
)


def test_substances_and_strengths() -> None:
    assert told_all(list(TOLD)) == TOLD


@pytest.mark.parametrize(
    "text",
    [
        "AMLODIPINE BESILATE 6.94 mg setara dengan AMLODIPINE 5 mg",
        "Amlodipin besilat 6,94 mg (setara dengan amlodipin 5 mg)",
        "AMLODIPINE BESYLATE 6.94 MG EQUIVALENT TO AMLODIPINE 5 MG",
        "AMLODIPINE BESILATE ~ AMLODIPINE 5 mg",
        "amlodipin besilat setara amlodipin 0,005 g",
    ],
)
def test_an_equivalent_is_the_strength_and_the_salt_stays_known(text: str) -> None:
    row = composition(text).row(0, named=True)
    assert (row["salt"], row["value"], row["value_unit"], row["residue"]) == ("BESILATE", 5.0, "mg", None)
    assert row["named_amount"] in ("6.94", None)
    assert keys([text]) == ["AMLODIPIN 5 mg"]


def test_each_of_two_substances_has_its_own_equivalent() -> None:
    text = "cefoperazone sodium dan sulbactam sodium ~ cefoperazone 500 mg dan sulbactam 250 mg"
    assert told(composition(text)) == [("CEFOPERAZONE", "SODIUM", "500 mg"), ("SULBACTAM", "SODIUM", "250 mg")]


SAME = [
    ("PARACETAMOL 500 mg", "ACETAMINOPHEN 0,5 g"),
    ("NATRIUM DIKLOFENAK 50 mg", "DICLOFENAC SODIUM 50.00 mg"),
    ("KALIUM KLAVULANAT 125 mg", "CLAVULANATE POTASSIUM 125 mg"),
    ("ASAM KLAVULANAT 125 mg", "CLAVULANIC ACID 125 mg"),
    ("PARACETAMOL 120 mg/5 mL", "PARASETAMOL 24 mg/mL"),
    ("VITAMIN B12 500 mcg", "SIANOKOBALAMIN 0,5 mg"),
    ("GLUKOSA 5 %", "DEXTROSE MONOHYDRATE 50 mg/mL"),
    ("KRIM MIKONAZOL 2%", "KRIM MIKONAZOL 20 mg/g"),
    ("VALSARTAN 80 mg + AMLODIPINE BESILATE 5 mg", "AMLODIPIN BESILAT 5 mg, VALSARTAN 80 mg"),
    ("ZINC SULFATE MONOHYDRATE 20 mg", "ZINK SULFAT MONOHIDRAT 20 mg"),
    ("ONDANSETRON HCL 4 mg", "ONDANSETRON HIDROKLORIDA DIHIDRAT 4 mg"),
    ("ADRENALIN 1 mg/mL", "EPINEPHRINE 0,1 %"),
    ("HEPARIN 5.000 IU/mL", "HEPARIN SODIUM 5000 UI/ml"),
    ("BENZYLPENICILLIN 1.500.000 IU", "BENZYLPENICILLIN 1,5 MIU"),
]


def test_equal_strengths_have_one_key() -> None:
    ones, others = (keys([pair[n] for pair in SAME]) for n in (0, 1))
    assert ones == others
    assert None not in ones


DIFFERENT = [
    ("AMLODIPINE 5 mg", "AMLODIPINE 10 mg"),
    ("FERROUS FUMARATE 60 mg", "FERROUS GLUCONATE 60 mg"),
    ("INSULIN 100 IU", "INSULIN 100 U"),
    ("CEFTRIAXONE 1 g", "CEFTRIAXONE 1 g/10 mL"),
    ("POTASSIUM CHLORIDE 1 g", "SODIUM CHLORIDE 1 g"),
    ("DIGOXIN 0,25 mg", "DIGOXIN 25 mg"),
    ("TENOFOVIR ALAFENAMIDE FUMARATE 25 mg", "TENOFOVIR DISOPROXIL FUMARATE 25 mg"),
]


def test_other_strengths_and_substances_have_other_keys() -> None:
    ones, others = (keys([pair[n] for pair in DIFFERENT]) for n in (0, 1))
    assert None not in (*ones, *others)
    assert not [pair for pair, one, other in zip(DIFFERENT, ones, others, strict=True) if one == other]


#: How Indonesian and English spell the same; the pairs are those a pharmacist would name first.
PAIRS = (
    """
AMOKSISILIN AMOXICILLIN,SEFADROKSIL CEFADROXIL,SEFIKSIM CEFIXIME,SEFTRIAKSON CEFTRIAXONE,SEFOTAKSIM CEFOTAXIME
SIPROFLOKSASIN CIPROFLOXACIN,LEVOFLOKSASIN LEVOFLOXACIN,AZITROMISIN AZITHROMYCIN,ERITROMISIN ERYTHROMYCIN
KLINDAMISIN CLINDAMYCIN,METRONIDAZOL METRONIDAZOLE,DOKSISIKLIN DOXYCYCLINE,KLORAMFENIKOL CHLORAMPHENICOL
GENTAMISIN GENTAMICIN,RIFAMPISIN RIFAMPICIN,ETAMBUTOL ETHAMBUTOL,PIRAZINAMID PYRAZINAMIDE,ASIKLOVIR ACICLOVIR
FLUKONAZOL FLUCONAZOLE,KETOKONAZOL KETOCONAZOLE,MIKONAZOL MICONAZOLE,AMLODIPIN AMLODIPINE,NIFEDIPIN NIFEDIPINE
KAPTOPRIL CAPTOPRIL,KANDESARTAN CANDESARTAN,SPIRONOLAKTON SPIRONOLACTONE,HIDROKLOROTIAZID HYDROCHLOROTHIAZIDE
KLOPIDOGREL CLOPIDOGREL,GLIBENKLAMID GLIBENCLAMIDE,GLIMEPIRID GLIMEPIRIDE,AKARBOSA ACARBOSE,OMEPRAZOL OMEPRAZOLE
LANSOPRAZOL LANSOPRAZOLE,RANITIDIN RANITIDINE,SUKRALFAT SUCRALFATE,DOMPERIDON DOMPERIDONE,LOPERAMID LOPERAMIDE
ATTAPULGIT ATTAPULGITE,SETIRIZIN CETIRIZINE,LORATADIN LORATADINE,AMBROKSOL AMBROXOL,ASETILSISTEIN ACETYLCYSTEINE
DEKSAMETASON DEXAMETHASONE,METILPREDNISOLON METHYLPREDNISOLONE,PREDNISON PREDNISONE,HIDROKORTISON HYDROCORTISONE
BETAMETASON BETAMETHASONE,SERTRALIN SERTRALINE,FENITOIN PHENYTOIN,MORFIN MORPHINE,LIDOKAIN LIDOCAINE
PIRIDOKSIN PYRIDOXINE,ALOPURINOL ALLOPURINOL,OKSITOSIN OXYTOCIN,TIMOLOL TIMOLOL,TRIMETOPRIM TRIMETHOPRIM
SULFAMETOKSAZOL SULFAMETHOXAZOLE,KETOROLAK KETOROLAC,MELOKSIKAM MELOXICAM,TEOFILIN THEOPHYLLINE,KODEIN CODEINE
PARASETAMOL PARACETAMOL,KAFEIN CAFFEINE,EFEDRIN EPHEDRINE,FENILEFRIN PHENYLEPHRINE,DEKSTROMETORFAN DEXTROMETHORPHAN
""".replace("\n", ",")
    .strip(",")
    .split(",")
)


def test_both_languages_name_one_substance_and_no_two_substances_share_a_key() -> None:
    indonesian, english = (
        read_substances(pl.Series([pair.split()[n] for pair in PAIRS]), books())["substance_key"] for n in (0, 1)
    )
    assert indonesian.to_list() == english.to_list()
    assert english.is_unique().all()


def test_salts_are_told_from_bases() -> None:
    expected = {
        "ATORVASTATIN CALCIUM TRIHYDRATE": ("ATORVASTATIN", "CALCIUM TRIHYDRATE"),
        "SODIUM CHLORIDE": ("SODIUM CHLORIDE", None),
        "CALCIUM CHLORIDE DIHYDRATE": ("CALCIUM CHLORIDE", "DIHYDRATE"),
        "SODIUM CITRATE DIHYDRATE": ("SODIUM CITRATE", "DIHYDRATE"),
        "METHYLPREDNISOLONE SODIUM SUCCINATE": ("METHYLPREDNISOLONE", "SODIUM SUCCINATE"),
        "KETOTIFEN HYDROGEN FUMARATE": ("KETOTIFEN", "HYDROGEN FUMARATE"),
        "MACROGOL 3350": ("MACROGOL 3350", None),
        "KOMBINASI-OMEPRAZOLE PELLET 8.5": ("OMEPRAZOLE", None),
        "DRIED ALUMINIUM HYDROXIDE GEL": ("ALUMINIUM HYDROXIDE", None),
        "LIVE VARICELLA VIRUS (OKA STRAIN)": ("LIVE VARICELLA VIRUS (OKA STRAIN)", None),
    }
    read = read_substances(pl.Series(list(expected)), books())
    assert dict(zip(expected, read.select("base", "salt").rows(), strict=True)) == expected


@pytest.mark.parametrize(
    ("names", "apart", "expected"),
    [
        ("tramadol hydrochloride. paracetamol", "37,5 mg /325 mg", ["37.5 mg", "325 mg"]),
        ("insulin glargine; lixisenatide", "100 iu/ml /50  mcg/ml", ["100 [IU]/mL", "50 ug/mL"]),
        ("azithromycin", "200 mg/5 ml", ["200 mg/5 mL"]),
        ("hydrotalcite; magnesium hydroxide; simethicone", "300  mg /- mg /42 mg", ["300 mg", None, "42 mg"]),
        ("lidocaine. epinephrine", "21,32 mg /0,0227* mg", ["21.32 mg", "0.0227 mg"]),
        ("metoclopramide hydrochloride", "- mg", [None]),
        ("omeprazole pellet 8.5%", "233,000 mg", ["233 mg"]),
        ("live attenuated rotavirus", "10^5 ffu/serotype", ["1E5 [FFU]/{dose}"]),
        ("adenovirus vector", "5 x 10^10 vp", ["5E10 {vp}"]),
    ],
)
def test_strengths_told_beside_the_form_are_paired_by_order(names: str, apart: str, expected: list[str | None]) -> None:
    assert [strength for _, _, strength in told(composition(names, apart))] == expected


def test_fewer_strengths_than_names_are_given_to_none_and_more_stay_nameless() -> None:
    few = composition("cefoperazone sodium. sulbactam sodium", "1,185 g")
    assert few["amount"].to_list() == [None, None]
    assert few["residue"].to_list() == ["strengths: 1, names: 2"] * 2
    many = composition("valsartan", "80 mg /5 mg")
    assert many.select("base", "amount").rows() == [("VALSARTAN", "80"), (None, "5")]
    assert strength_key(many)["strength_key"].to_list() == [None]


def test_a_cut_list_keeps_the_places_of_what_it_still_tells() -> None:
    rows = composition("leucine; valine; threonine; serine", "2 g /1,5 g /0,")
    assert rows["amount"].to_list() == ["2", "1.5", None, None]
    assert rows["residue"].null_count() == 0


def test_html_is_no_part_of_a_composition() -> None:
    paracetamol, caffeine = ("PARACETAMOL", None, "500 mg"), ("CAFFEINE", None, "50 mg")
    expected = {
        "<p>PARASETAMOL&nbsp;500 mg</p><br/>": [paracetamol],
        "<ul><li>PARASETAMOL 500 mg</li><li>KAFEIN 50 mg</li></ul>": [paracetamol, caffeine],
        "&amp;lt;b&amp;gt;IBUPROFEN&amp;lt;/b&amp;gt; 200 mg": [("IBUPROFEN", None, "200 mg")],
        "KALSITRIOL 0,25 µg": [("KALSITRIOL", None, "0.25 ug")],
    }
    assert told_all(list(expected)) == expected


@pytest.mark.parametrize("text", [None, "", "  ", "-", "<br/>", "; ;"])
def test_a_missing_composition_has_no_rows(text: str | None) -> None:
    assert composition(text).height == 0


def test_a_product_with_40_substances_is_read_whole() -> None:
    names = [f"ZAT {chr(65 + n // 26)}{chr(65 + n % 26)}KOL" for n in range(40)]
    rows = told(composition("; ".join(f"{name} {n + 1} mg" for n, name in enumerate(names))))
    assert rows == [(name, None, f"{n + 1} mg") for n, name in enumerate(names)]


def test_an_unknown_unit_is_residue_and_no_strength() -> None:
    rows = composition("PARASETAMOL 500 mg, ZINC 5 wakwak")
    assert rows["amount"].to_list() == ["500", None]
    assert rows.select("base", "residue").rows() == [("PARACETAMOL", None), ("ZINC", "5 WAKWAK")]
    assert strength_key(rows)["strength_key"].to_list() == [None]


def test_a_range_is_no_strength() -> None:
    row = composition("meropenem", "1280,6 - 1500,45 mg").row(0, named=True)
    assert row["amount"] is None
    assert row["residue"] == "1280,6 - 1500,45 MG"


def test_rows_keep_their_keys_and_their_order() -> None:
    texts = ["KAFEIN 50 mg, PARASETAMOL 500 mg", None, "KAFEIN 50 mg, PARASETAMOL 500 mg", "IBUPROFEN 200 mg"]
    frame = pl.DataFrame({"row": ["d", "c", "b", "a"], "komposisi": texts})
    rows = parse_composition(frame, books())
    assert rows.select("row", "position", "base").rows() == [
        ("a", 1, "IBUPROFEN"),
        *((row, n, base) for row in "bd" for n, base in ((1, "CAFFEINE"), (2, "PARACETAMOL"))),
    ]
    assert strength_key(rows)["row"].to_list() == ["a", "b", "d"]
