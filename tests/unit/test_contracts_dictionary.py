"""Dictionary and column lineage: complete, and in the shape that is published."""

from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from sehatmu.contracts import (
    Column,
    Contract,
    Contracts,
    Derivation,
    column_lineage,
    dictionary,
    load_contracts,
    polars_schema,
)

ROOT = Path(__file__).parents[2] / "data_contracts"


def contracts(*columns: Column) -> Contracts:
    source = Contract(
        id="sirs_kamar",
        version="1.0.0",
        kind="source",
        domain="facility",
        description="",
        columns=(),
        source="sirs",
        extract="kamar",
    )
    index = Contract(
        id="msi_room",
        version="1.0.0",
        kind="index",
        domain="facility",
        description="",
        columns=columns,
        schema_name="msi",
        table="room",
    )
    return Contracts(Path(), {c.id: c for c in (source, index)})


def column(name: str, *origins: Derivation, **options: object) -> Column:
    return Column(  # type: ignore[arg-type]
        name=name,
        type="string",
        description=f"{name}.",
        classification="public",
        examples=("1", "2"),
        derived_from=origins,
        **options,
    )


def test_a_row_of_the_dictionary() -> None:
    assert dictionary(contracts(column("a"))).rows() == [("msi", "room", "a", "VARCHAR", "a.", "public", "1")]


def test_each_origin_is_a_row_with_words() -> None:
    from_source = Derivation("sirs", "kamar", "kode")
    told = Derivation("sirs", "kamar", "mulai", "the latest")
    lineage = column_lineage(
        contracts(
            column("a", from_source, told, group="name"),
            column("b", Derivation("msi", "room", "a"), group="name"),
            column("c", Derivation("build")),
        ),
        {"facility": {"name": "SIRS first"}},
    )
    expected = [
        ("msi", "room", "a", "sirs", "kamar", "kode", "SIRS first"),
        ("msi", "room", "a", "sirs", "kamar", "mulai", "the latest"),
        ("msi", "room", "b", "msi", "room", "a", "as it stands there"),
        ("msi", "room", "c", "build", None, None, "made by build"),
    ]
    assert lineage.rows() == expected


def test_without_words_the_group_leads_to_its_file() -> None:
    lineage = column_lineage(contracts(column("a", Derivation("sirs", "kamar", "kode"), group="name")))
    assert lineage["rule"].to_list() == ["survivorship of the group name (linkage/facility.yaml)"]


def test_both_frames_have_the_columns_that_their_own_contracts_promise() -> None:
    project = load_contracts(ROOT)
    assert dictionary(project).schema == polars_schema(project.index("meta", "dictionary"))
    assert column_lineage(project).schema == polars_schema(project.index("meta", "column_lineage"))


def test_every_published_column_stands_in_both() -> None:
    project = load_contracts(ROOT)
    keys = ["schema_name", "table_name", "column_name"]
    published = pl.DataFrame(
        [(c.schema_name, c.table, column.name) for c in project.indexes() for column in c.columns],
        schema=keys,
        orient="row",
    )
    assert published.height > 0
    assert_frame_equal(dictionary(project).select(keys), published)
    lineage = column_lineage(project)
    assert_frame_equal(lineage.select(keys).unique(maintain_order=True), published)
    assert lineage["rule"].str.len_chars().min() > 0
