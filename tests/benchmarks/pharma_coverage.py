"""How much of the real drug list is understood, and how much of that is right: by hand or in CI.

    python tests/benchmarks/pharma_coverage.py [--real DIR] [--half seen|unseen] [--show N]

Coverage counts all rows of BPOM's public list. What is right is judged by 300 rows chosen by the hash of their number
and labelled by reading them before there was a parser (`pharma_labels.csv`, our expected parse only): form, strengths
in the order of the substances, what of a substance's name is salt, packs as smallest units, strengths in the name. `*`
stands for what was not labelled. The halves are told apart: all rules were made with `seen` rows only, then `unseen`
was judged once (2026-11-25: forms, strengths, salts and names all right, packs 147 of 149), and the two were mended.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from sehatmu.standardise import Codebooks, load_codebooks
from sehatmu.standardise.pharma import (
    PHARMA_NAMES,
    parse_composition,
    parse_form,
    parse_pack,
    parse_product_name,
    smallest_units,
    split_form,
)
from sehatmu.standardise.pharma_units import canonical, value_text

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "data_contracts"
LIST = ROOT.parent / "shared" / "data" / "real" / "bpom_obat_2025.json.gz"
LABELS = Path(__file__).with_name("pharma_labels.csv")
_LABEL = r"^([\d.]+) ([^/]+)(?:/(.+))?$"


def read_list(path: Path = LIST) -> pl.DataFrame:
    """The public list under the columns of `bpom/obat`, with its own `id`."""
    rows = json.loads(gzip.decompress(path.read_bytes()))
    texts = dict.fromkeys(("product_name", "product_package", "product_form", "manufacturer_name"), pl.String)
    frame = pl.DataFrame(rows, schema={"id": pl.Int64, **texts, "ingredients": pl.List(pl.String)}).select(
        id=pl.col("id").cast(pl.String),
        nama_produk="product_name",
        bentuk_sediaan="product_form",
        komposisi=pl.col("ingredients").list.join("; "),
        kemasan="product_package",
        nama_produsen="manufacturer_name",
    )
    return frame.with_row_index("row")


def parse_list(rows: pl.DataFrame, books: Codebooks) -> Mapping[str, pl.DataFrame]:
    """What the parsers make of every column of the list."""
    texts = rows.with_columns(kekuatan=split_form(pl.col("bentuk_sediaan"))[1])
    return {
        "form": parse_form(rows["bentuk_sediaan"], books).with_row_index("row"),
        "composition": parse_composition(texts.select("row", "komposisi", "kekuatan"), books),
        "pack": parse_pack(rows["kemasan"], books),
        "name": parse_product_name(rows["nama_produk"], books).with_row_index("row"),
        "strength_text": texts.select("row", "kekuatan"),
    }


def coverage(rows: pl.DataFrame, parsed: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """measure, rows it can be told of, how many of them were understood: whole, and without any residue."""
    told = parsed["strength_text"].filter(pl.col("kekuatan").str.contains(r"\d"))["row"]
    composition, packs = parsed["composition"], parsed["pack"]
    strengths = composition.filter(pl.col("row").is_in(told.implode()))
    by_row = strengths.group_by("row").agg(
        known=pl.col("value").is_not_null().any(),
        clean=pl.col("value").is_not_null().all() & pl.col("residue").is_null().all(),
    )
    smallest = (
        smallest_units(packs)
        .group_by("row")
        .agg(known=pl.col("total").is_not_null().all() & pl.col("unit").is_not_null().all())
    )
    clean = packs.group_by("row").agg(clean=pl.col("residue").is_null().all())
    form = parsed["form"]
    names = (
        composition.filter(pl.col("substance").is_not_null())
        .group_by("row")
        .agg(clean=pl.col("residue").is_null().all())
    )
    lines = [
        (
            "form",
            len(rows),
            form["form_code"].count(),
            form.filter(pl.col("form_code").is_not_null())["residue"].null_count(),
        ),
        ("strength told beside the form", len(told), by_row["known"].sum(), by_row["clean"].sum()),
        ("substances", rows["komposisi"].count() - (rows["komposisi"] == "").sum(), len(names), names["clean"].sum()),
        ("pack", rows["kemasan"].count(), smallest["known"].sum(), clean["clean"].sum()),
    ]
    return pl.DataFrame(lines, schema=["measure", "rows", "understood", "without_residue"], orient="row")


def found_labels(rows: pl.DataFrame, parsed: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per row of the list in the shape of the labels: form_code, strengths, salts, packs, name_says."""
    composition = parsed["composition"].sort("row", "position")
    strength = pl.when(pl.col("value").is_not_null()).then(value_text(pl.col("value"), pl.col("value_unit")))
    by_row = composition.group_by("row").agg(
        strengths=strength.drop_nulls().str.join(" + "),
        salts=pl.when(pl.col("substance").is_not_null())
        .then(pl.col("salt").fill_null("."))
        .drop_nulls()
        .str.join(" + "),
    )
    units = smallest_units(parsed["pack"]).filter(pl.col("role") != "accessory").sort("row", "pack", "component")
    packs = units.group_by("row", maintain_order=True).agg(
        packs=pl.concat_str(
            pl.col("total").cast(pl.String), "unit", "volume", "volume_unit", separator=" ", ignore_nulls=True
        ).str.join(" + ")
    )
    name = parsed["name"].select(
        "row", name_says=pl.coalesce(pl.col("strengths").list.join(" + "), "#" + pl.col("number"))
    )
    joined = rows.select("row", "id").join(parsed["form"].select("row", "form_code"), on="row")
    for frame in (by_row, packs, name):
        joined = joined.join(frame, on="row", how="left")
    return joined.with_columns(pl.col(pl.String).fill_null(""))


def label_values(texts: pl.Series, books: Codebooks) -> pl.Series:
    """Labels such as `0.5 g + 2 mL` in the one unit per kind of quantity that parses are compared in."""
    items = (
        texts.to_frame("text").with_row_index("row").with_columns(item=pl.col("text").str.split(" + ")).explode("item")
    )
    groups = pl.col("item").str.extract_groups(_LABEL)
    items = items.with_columns(
        amount=groups.struct.field("1"),
        unit=groups.struct.field("2"),
        per_amount=pl.lit(None, pl.String),
        per_unit=groups.struct.field("3"),
    )
    items = canonical(items, books)
    text = pl.coalesce(value_text(pl.col("value"), pl.col("value_unit")), "item")
    return items.group_by("row", maintain_order=True).agg(text=text.str.join(" + "))["text"]


def judge(labels: pl.DataFrame, found: pl.DataFrame, books: Codebooks) -> pl.DataFrame:
    """id, half, measure, expected, got, right: one row per label that says something."""
    labels = labels.with_columns(pl.col(pl.String).fill_null(""))
    labels = labels.with_columns(label_values(labels[c], books).alias(c) for c in ("strengths", "name_says"))
    both = labels.join(found, on="id", suffix="_got")
    judged = []
    for measure in ("form_code", "strengths", "salts", "packs", "name_says"):
        got = pl.col(f"{measure}_got")
        one = both.select("id", "half", pl.lit(measure).alias("measure"), expected=measure, got=got)
        judged.append(
            one.filter(pl.col("expected") != "", pl.col("expected") != "*", ~pl.col("expected").str.contains(r"\*"))
        )
    silent = both.filter(pl.col("strengths") == "").select(
        "id", "half", pl.lit("strength none told").alias("measure"), expected="strengths", got="strengths_got"
    )
    return pl.concat([*judged, silent]).with_columns(right=pl.col("expected") == pl.col("got"))


def main() -> None:
    """Prints coverage of the list and, per half of the labels, how many rows are parsed right."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--real", type=Path, default=LIST.parent, help="folder of the public lists")
    options.add_argument("--half", choices=("seen", "unseen"), help="judge only this half of the labels")
    options.add_argument("--show", type=int, default=0, help="print so many wrong parses")
    chosen = options.parse_args()
    books = load_codebooks(CONTRACTS, PHARMA_NAMES)
    rows = read_list(chosen.real / LIST.name)
    before = resource.getrusage(resource.RUSAGE_SELF)
    parsed = parse_list(rows, books)
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{len(rows)} rows, {seconds:.1f} CPU s\n")
    for measure, told, understood, clean in coverage(rows, parsed).iter_rows():
        print(f"{measure:32} {told:6} rows  understood {understood / told:6.1%}  without residue {clean / told:6.1%}")
    judged = judge(pl.read_csv(LABELS, infer_schema=False), found_labels(rows, parsed), books)
    if chosen.half:
        judged = judged.filter(pl.col("half") == chosen.half)
    print()
    for half, measure, right, count in (
        judged.group_by("half", "measure")
        .agg(pl.col("right").sum(), pl.len().alias("n"))
        .sort("half", "measure")
        .iter_rows()
    ):
        print(f"{half:8} {measure:20} {right:4} of {count:4} right  {right / count:6.1%}")
    for line in judged.filter(~pl.col("right")).sort("measure", "id").head(chosen.show).iter_rows():
        print(line)


if __name__ == "__main__":
    main()
