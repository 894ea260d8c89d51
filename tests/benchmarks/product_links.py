"""How well drugs, devices and items of the catalogue are linked, against a truth that the code does not see; and how
the real list of registrations is grouped.

    python tests/benchmarks/product_links.py                  # the sample, the noise that the rules were written with
    python tests/benchmarks/product_links.py --noise unseen   # a hand that no rule was written for
    python tests/benchmarks/product_links.py --real DIR       # the public list of 2025, which has no truth

Precision: of the items that were linked, how many to the product that they are about. Recall: of the items about a
registered product, how many were linked to it. An item is linked where its cluster holds a registration.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from sehatmu.contracts import load_contracts
from sehatmu.golden.config import load_survivorship
from sehatmu.golden.levels import build_level
from sehatmu.golden.product import product_tables
from sehatmu.home import Home
from sehatmu.identity.config import load_identity
from sehatmu.identity.identify import Identified, identify
from sehatmu.identity.state import empty_state
from sehatmu.intake.run import intake
from sehatmu.landing import land
from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.engine import Linked, link
from sehatmu.sample import ProductNoise, write_products
from sehatmu.standardise.codebooks import PRODUCTS, load_codebooks
from sehatmu.standardise.products import standardise_products

AUTHORED = Path(__file__).parents[2] / "data_contracts"
DAY = date(2026, 3, 1)
NOISES: Mapping[str, Callable[[], ProductNoise]] = {"usual": ProductNoise, "unseen": ProductNoise.unseen}
REAL = "bpom_obat_2025.json.gz"


def accept(folder: Path, extracts: list[str]) -> dict[str, pl.DataFrame]:
    """The accepted rows of extracts that stand below `folder` as a sample writes them."""
    home, contracts = Home(folder / "home").create(), load_contracts(AUTHORED)
    accepted = {}
    for extract in extracts:
        source, _, name = extract.partition("/")
        files = sorted((folder / source / name).rglob("*.*"))
        land(home, source, name, files, day=DAY, tell=lambda _line: None)
        accepted[f"{source}_{name}"] = intake(home, contracts.source(source, name), day=DAY, previous=None).accepted
    return accepted


def run_layer(accepted: Mapping[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], Linked, Identified]:
    """The layer under measurement: standardise, link, identify."""
    rules = load_linkage(AUTHORED / "linkage/product.yaml")
    standard = standardise_products(accepted, load_codebooks(AUTHORED, PRODUCTS), as_of=DAY, hashed=rules.columns)
    linked = link(standard["record"], rules)
    config = load_identity(AUTHORED / "linkage/product.yaml")
    told = identify(linked.clusters, standard["record"], empty_state("kfa"), config, build_date=DAY)
    return standard, linked, told


def build_tables(standard: dict[str, pl.DataFrame], told: Identified) -> dict[str, pl.DataFrame]:
    """The rest of the layer: golden records of every level, and the tables beside them."""
    contracts, survivorship = load_contracts(AUTHORED), load_survivorship(AUTHORED / "linkage/product.yaml")
    tables = {}
    for rules in survivorship.levels.values():
        columns = [column.name for column in contracts.index("kfa", rules.table).columns]
        masters = told.assigned.state.masters
        made = build_level(
            rules.table, standard, told.levels, masters, survivorship, index="kfa", build_date=DAY, columns=columns
        )
        tables[rules.table] = made.golden
    beside = product_tables(
        {**standard, "level": told.levels},
        told.links,
        told.assigned.findings,
        told.assigned.state,
        tables["product"],
        AUTHORED,
        lambda _table: None,
    )
    return tables | beside


def judge_items(truth: pl.DataFrame, accepted: Mapping[str, pl.DataFrame], told: Identified) -> dict[str, float]:
    """Precision and recall of items, and of registrations among themselves (pairs)."""
    keys = pl.concat(
        [frame.select("record_key", "source", "extract", "file_name", "row_number") for frame in accepted.values()]
    )
    known = truth.join(keys, on=["source", "extract", "file_name", "row_number"], how="inner")
    things = told.levels.filter(pl.col("level").is_in(["product", "device"])).select("record_key", "master_id")
    rows = known.join(things, on="record_key", how="left")
    registered = rows.filter(pl.col("source") != "lkpp")
    # A master is about the product that most of its registrations are about.
    about = registered.group_by("master_id", "entity").len().sort("master_id", -pl.col("len").cast(pl.Int64), "entity")
    about = about.unique("master_id", keep="first", maintain_order=True).select("master_id", about="entity")
    items = rows.filter(pl.col("source") == "lkpp").join(about, on="master_id", how="left")
    linked, real = items.filter(pl.col("master_id").is_not_null()), items.filter(pl.col("entity").is_not_null())
    right = linked.filter(pl.col("about") == pl.col("entity")).height
    together, same, both = (
        _pairs(registered, columns) for columns in (["master_id"], ["entity"], ["master_id", "entity"])
    )
    return {
        "items": items.height,
        "link precision": right / max(1, linked.height),
        "link recall": right / max(1, real.height),
        "register precision": both / max(1, together),
        "register recall": both / max(1, same),
    }


def count_across(standard: Mapping[str, pl.DataFrame], told: Identified) -> int:
    """Products whose records tell two strengths, two forms or two sets of substances."""
    products = told.levels.filter((pl.col("level") == "product") & pl.col("master_id").is_not_null())
    rows = standard["record"].join(products.select("record_key", "master_id"), on="record_key")
    told_apart = rows.group_by("master_id").agg(
        pl.col("substance_key", "strength_key", "form_code").drop_nulls().n_unique()
    )
    return told_apart.filter(pl.any_horizontal(pl.col("substance_key", "strength_key", "form_code") > 1)).height


def _pairs(rows: pl.DataFrame, columns: list[str]) -> int:
    sizes = rows.drop_nulls(columns).group_by(columns).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def share(holds: pl.Series) -> float:
    """How often it holds, from 0 to 1."""
    return int(holds.sum()) / max(1, len(holds))


def spent() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(*, drugs: int, items: int, devices: int, noise: str, seed: int = 1) -> dict[str, float]:
    """One run over the sample: accuracy, what crossed a strength or form, CPU seconds from accepted rows to tables."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        told = write_products(
            folder, drugs=drugs, items=items, devices=devices, day=DAY, noise=NOISES[noise](), seed=seed
        )
        extracts = ["bpom/obat", "regalkes/alkes", "lkpp/katalog"]
        extracts += [f"referensi/{name}" for name in ("zat_aktif", "atc", "fornas", "harga_jkn")]
        accepted, truth = accept(folder, extracts), pl.read_csv(told)
    truth = truth.with_columns(pl.col("row_number").cast(pl.Int64))
    accepted = {name: frame.with_columns(pl.col("row_number").cast(pl.Int64)) for name, frame in accepted.items()}
    before = spent()
    standard, _, identified = run_layer(accepted)
    build_tables(standard, identified)
    seconds = spent() - before
    figures = judge_items(truth, accepted, identified)
    return figures | {"across strength or form": count_across(standard, identified), "CPU seconds": seconds}


def group_real(folder: Path) -> dict[str, float]:
    """The public list, grouped: how many rows became how many products, and how many have more than one pack."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary) / "bpom/obat"
        place.mkdir(parents=True)
        (place / REAL).write_bytes((folder / REAL).read_bytes())
        accepted = accept(Path(temporary), ["bpom/obat"])
    before = spent()
    standard, _, told = run_layer(accepted)
    seconds = spent() - before
    record = standard["record"]
    levels = told.levels.filter(pl.col("master_id").is_not_null())
    count = {
        name: levels.filter(pl.col("level") == name)["master_id"].n_unique()
        for name in ("substance", "template", "product", "pack")
    }
    # Rows of one name, maker and form are packs of one product, as far as the list tells.
    written = record.join(
        levels.filter(pl.col("level") == "product").select("record_key", "master_id"), on="record_key"
    )
    alike = written.group_by("name", "maker_key", "form_code", "substance_key", "strength_key").agg(
        pl.col("master_id").n_unique()
    )
    return {
        "rows": record.height,
        **{f"{name}s": number for name, number in count.items()},
        "with a form": share(record["form_code"].is_not_null()),
        "with a template": share(record["template_key"].is_not_null()),
        "equal rows in one product": share(alike["master_id"] == 1),
        "across strength or form": count_across(standard, told),
        "CPU seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", choices=tuple(NOISES), default="usual")
    parser.add_argument("--drugs", type=int, default=50_000)
    parser.add_argument("--items", type=int, default=30_000)
    parser.add_argument("--devices", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=Path, metavar="DIR", help=f"where {REAL} is")
    asked = parser.parse_args()
    if asked.real:
        figures = group_real(asked.real)
    else:
        figures = measure(
            drugs=asked.drugs, items=asked.items, devices=asked.devices, noise=asked.noise, seed=asked.seed
        )
    for name, value in figures.items():
        print(f"{name:28} {value:12,.4f}" if isinstance(value, float) else f"{name:28} {value:12,}")


if __name__ == "__main__":
    main()
