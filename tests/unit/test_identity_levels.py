"""Levels of one index: every record has a part in several identities, each with ids for life."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sehatmu.contracts.mistakes import ContractError
from sehatmu.errors import SehatmuError
from sehatmu.identity.config import IdentityConfig, load_identity
from sehatmu.identity.identify import Identified, identify
from sehatmu.identity.state import State, empty_state

SERIES = "{{prefix: '{0}', digits: 6, first: 500000, last: 999999, multiplier: 309017, official: '^{0}[0-9]{{6}}$'}}"
FILE = f"""
identity:
  index: kfa
  series:
    substance: {SERIES.format("91")}
    template: {SERIES.format("92")}
    product: {SERIES.format("93")}
    pack: {SERIES.format("94")}
  levels:
    substance: {{each: things}}
    generic: {{series: product, by: [template_key]}}
    template: {{by: [template_key]}}
    product: {{cluster: true}}
    pack: {{within: product, by: [pack_key]}}
"""
NIGHTS = [date(2026, 3, day) for day in (1, 2, 3)]
Row = tuple[str, str, str, str | None, str | None]  # key, cluster, substance, template, pack


def configure(folder: Path, text: str = FILE) -> IdentityConfig:
    (folder / "linkage").mkdir(exist_ok=True)
    path = folder / "linkage/product.yaml"
    path.write_text(text)
    return load_identity(path)


def night(
    rows: list[Row],
    state: State,
    config: IdentityConfig,
    day: date,
    official: dict[str, str] | None = None,
    **more: object,
) -> Identified:
    keys = [f"bpom|obat|{row[0]}" for row in rows]
    records = pl.DataFrame(
        {
            "record_key": keys,
            "source": ["bpom"] * len(rows),
            "extract": ["obat"] * len(rows),
            "source_key": [row[0] for row in rows],
            "official_id": [(official or {}).get(row[0]) for row in rows],
            "series": ["product"] * len(rows),
            "delivery_date": [NIGHTS[0]] * len(rows),
            "is_subject": [not row[0].startswith("item") for row in rows],
            "things": [[row[2].split(" ")[0]] for row in rows],
            "template_key": [row[3] for row in rows],
            "pack_key": [row[4] for row in rows],
        },
        schema_overrides={"official_id": pl.String, "template_key": pl.String, "pack_key": pl.String},
    )
    clusters = pl.DataFrame({"record_key": keys, "cluster_key": [row[1] for row in rows]})
    return identify(clusters, records.sort("record_key"), state, config, build_date=day, **more)  # type: ignore[arg-type]


def ids(told: Identified, level: str) -> dict[str, str | None]:
    rows = told.levels.filter(pl.col("level") == level)
    return dict(zip(rows["record_key"].str.split("|").list.last(), rows["master_id"], strict=True))


ROWS: list[Row] = [
    ("a10", "a", "AMLODIPIN BESILAT", "amlo 5", "dus 10"),
    ("a30", "a", "AMLODIPIN", "amlo 5", "dus 30"),
    ("b10", "b", "AMLODIPIN", "amlo 5", "dus 10"),
    ("c", "c", "RAMIPRIL", "rami 5", None),
    ("item1", "a", "AMLODIPIN", "amlo 5", "dus 30"),
    ("item2", "item2", "AMLODIPIN", "amlo 5", "dus 10"),
]


def test_every_level_has_its_own_numbers_and_a_record_points_to_its_finest(tmp_path: Path) -> None:
    config = configure(tmp_path)
    told = night(ROWS, empty_state("kfa"), config, NIGHTS[0])
    assert told.broken.is_empty()
    substance, template, product, pack = (ids(told, level) for level in ("substance", "template", "product", "pack"))
    assert substance["a10"] == substance["b10"] != substance["c"]
    assert template["a10"] == template["b10"] == template["item2"] != template["c"]
    assert product["a10"] == product["a30"] == product["item1"] != product["b10"]
    assert len({pack["a10"], pack["a30"], pack["b10"]}) == 3
    for found, prefix in ((substance, "91"), (template, "92"), (product, "93"), (pack, "94")):
        assert {str(i)[:2] for i in found.values() if i} == {prefix}
    links = dict(zip(told.links["source_key"], told.links["master_id"], strict=True))
    assert links == {**{k: pack[k] for k in ("a10", "a30", "b10", "item1")}, "c": product["c"], "item2": None}


def test_the_unbranded_variant_is_a_product_of_the_template_and_no_real_one(tmp_path: Path) -> None:
    told = night(ROWS, empty_state("kfa"), configure(tmp_path), NIGHTS[0])
    generic, product = ids(told, "generic"), ids(told, "product")
    assert generic["a10"] == generic["b10"] != generic["c"]
    assert str(generic["a10"]).startswith("93")
    assert not set(generic.values()) & set(product.values())


def test_official_numbers_go_to_the_level_that_they_are_shaped_for(tmp_path: Path) -> None:
    config, official = configure(tmp_path), {"a10": "93000001", "a30": "94000030", "b10": "92000007", "c": "77000001"}
    told = night(ROWS, empty_state("kfa"), config, NIGHTS[0], official)
    assert ids(told, "product")["a30"] == "93000001"
    assert ids(told, "pack")["a30"] == "94000030"
    assert ids(told, "template")["a10"] == "92000007"
    assert ids(told, "generic")["a10"] not in official.values()
    malformed = told.assigned.findings.filter(pl.col("finding") == "official-number-malformed")
    assert malformed["master_id"].to_list() == [ids(told, "product")["c"]]
    # It is official from the second night on: the minted one leads to it for ever.
    first = night(ROWS, empty_state("kfa"), config, NIGHTS[0])
    second = night(ROWS, first.assigned.state, config, NIGHTS[1], official)
    moved = {(r["retired_id"], r["current_id"]) for r in second.assigned.redirects.iter_rows(named=True)}
    assert (ids(first, "product")["a10"], "93000001") in moved
    assert (ids(first, "template")["a10"], "92000007") in moved


def test_an_equal_night_changes_nothing_and_a_respelled_key_keeps_every_id(tmp_path: Path) -> None:
    config = configure(tmp_path)
    first = night(ROWS, empty_state("kfa"), config, NIGHTS[0])
    again = night(ROWS, first.assigned.state, config, NIGHTS[1])
    assert again.assigned.events.is_empty()
    assert again.assigned.changed_links.is_empty()
    assert again.links.equals(first.links)
    respelled: list[Row] = [
        (k, c, s, t and t.replace("amlo", "amlodipine"), p and f"{p} tablet") for k, c, s, t, p in ROWS
    ]
    third = night(respelled, again.assigned.state, config, NIGHTS[2])
    assert third.assigned.events.is_empty()
    assert all(ids(third, level) == ids(first, level) for level in ("template", "generic", "pack", "product"))


def test_products_that_turn_out_to_be_one_redirect_and_their_packs_do_too(tmp_path: Path) -> None:
    config = configure(tmp_path)
    first = night(ROWS, empty_state("kfa"), config, NIGHTS[0])
    merged: list[Row] = [(k, "a" if c == "b" else c, s, t, p) for k, c, s, t, p in ROWS]
    second = night(merged, first.assigned.state, config, NIGHTS[1])
    gone = second.assigned.redirects["retired_id"].str.head(2).sort().to_list()
    assert gone == ["93", "94"]  # product b, and its pack of ten beside that of a
    assert ids(second, "product")["b10"] == ids(second, "product")["a10"]
    assert second.broken.is_empty()


def test_a_record_under_another_key_keeps_its_product_and_its_pack(tmp_path: Path) -> None:
    config = configure(tmp_path)
    first = night(ROWS, empty_state("kfa"), config, NIGHTS[0])
    renamed: list[Row] = [("b10new" if k == "b10" else k, c, s, t, p) for k, c, s, t, p in ROWS]
    ghosts = pl.DataFrame({"ghost_key": ["bpom|obat|b10"], "new_key": ["bpom|obat|b10new"]})
    second = night(renamed, first.assigned.state, config, NIGHTS[1], ghosts=ghosts)
    assert ids(second, "product")["b10new"] == ids(first, "product")["b10"]
    assert ids(second, "pack")["b10new"] == ids(first, "pack")["b10"]
    assert second.assigned.events.is_empty()


def test_a_column_that_the_records_lack_is_named(tmp_path: Path) -> None:
    config = configure(tmp_path, FILE.replace("pack_key", "parcel_key"))
    with pytest.raises(SehatmuError, match="parcel_key"):
        night(ROWS, empty_state("kfa"), config, NIGHTS[0])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("{cluster: true, by: [x]}", "in several ways"),
        ("{within: product}", "or in none"),
        ("{each: [x]}", "a text"),
        ("{series: nothing, by: [x]}", "found 'nothing'"),
        ("{within: later, by: [x]}", "found 'later'"),
    ],
)
def test_mistakes_in_levels_are_told(tmp_path: Path, wrong: str, told: str) -> None:
    with pytest.raises(ContractError, match=told):
        configure(tmp_path, FILE + f"    strange: {wrong}\n")
