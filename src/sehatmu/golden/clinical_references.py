"""What clinical resources refer to: masters and each other, resolved or listed with the reason why not.

Each function takes rows of resources and gives the ids that they lead to beside `Missing`, the references that lead
nowhere. A reference to another clinical resource may come before that resource does: it is asked again every night.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from sehatmu.golden.clinical_masters import EMPTY, OTHER, SEVERAL, UNKNOWN, ask_for, claim, resolve
from sehatmu.standardise.clinical_lists import REFERENCES, list_references
from sehatmu.standardise.clinical_names import address, shorten

#: The type of resource that each reference between clinical resources leads to.
TARGETS = {
    "encounter": "Encounter",
    "diagnosis": "Condition",
    "based_on": "ServiceRequest",
    "result": "Observation",
    "specimen": "Specimen",
}
#: The references that lead to masters, by domain.
MASTERS = {
    "patient": ("subject",),
    "practitioner": ("performer", "requester", "participant"),
    "facility": ("organization", "service_provider"),
}
MISSING = pl.Schema(
    {
        "resource_type": pl.String,
        "clinical_id": pl.String,
        "element": pl.String,
        "position": pl.Int64,
        "claim": pl.String,
        "why": pl.String,
        "delivery_date": pl.Date,
    }
)
_OWNER = ("resource_type", "clinical_id", "delivery_date")


def refer_to_masters(
    rows: pl.DataFrame, column: str, element: str, domain: str, said: pl.Expr, frames: Mapping[str, pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with `column`, the master that `said` means, and the references of this `element` that lead nowhere."""
    told = rows.select(*_OWNER, said=said)  # the rows themselves are wide: no copy of them is made
    known = resolve(told["said"], domain, frames).rename({"master_id": column})
    joined = told.join(known, on="said", how="left", maintain_order="left")
    return rows.with_columns(joined[column]), _missing(joined, column, element)


def ask_for_visits(rows: pl.DataFrame) -> pl.DataFrame:
    """What each row says of its visit: its owner, `claim` and `address`, in their order."""
    said = address(pl.col("encounter"), TARGETS["encounter"], pl.col("organization"))
    return _numbered(rows.select(*_OWNER, claim="encounter", said=said))


def ask_in_lists(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """By element, its lists of references taken apart: owner, `position`, `role_code`, and where they lead to resources
    `claim` and `address`, else `said`. `rows` have some of the columns of `REFERENCES`."""
    asked = {}
    for element in (name for name in REFERENCES if name in rows.columns):
        listed = list_references(rows, element).with_columns(said=pl.coalesce("reference", "number"))
        if element in TARGETS:
            said = address(pl.col("said"), TARGETS[element], pl.col("organization"))
            listed = _numbered(listed.with_columns(claim=claim(pl.col("said")), said=said))
        asked[element] = listed
    return asked


def refer_to_visits(rows: pl.DataFrame, asked: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with `encounter_id`, and the references to visits that lead nowhere."""
    joined = _look_up(asked, "encounter", known).rename({"target_id": "encounter_id"})
    return rows.with_columns(joined["encounter_id"]), _missing(joined, "encounter_id", "encounter")


def list_links(
    asked: Mapping[str, pl.DataFrame], known: pl.DataFrame, frames: Mapping[str, pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lists of references that resolve (`resource_type, clinical_id, element, position, target_type, target_id,
    role_code`), and those that lead nowhere."""
    links, missing = [], [pl.DataFrame(schema=MISSING)]
    for element, listed in asked.items():
        if element == "participant":
            kind = "Practitioner"
            masters = resolve(listed["said"], "practitioner", frames).rename({"master_id": "target_id"})
            found = listed.join(masters, on="said", how="left", maintain_order="left")
        else:
            kind = TARGETS[element]
            found = _look_up(listed, element, known)
        resolved = found.filter(pl.col("target_id").is_not_null())
        links.append(resolved.with_columns(element=pl.lit(element), target_type=pl.lit(kind)))
        missing.append(_missing(found, "target_id", element))
    columns = ["resource_type", "clinical_id", "element", "position", "target_type", "target_id", "role_code"]
    return pl.concat([link.select(columns) for link in links]), pl.concat(missing)


def list_asked(asked: Iterable[pl.DataFrame], missing: pl.DataFrame) -> pl.DataFrame:
    """`address, resource`: by number what each resource asks for, of other resources, and of masters that are not
    there; where something comes, goes or changes that answers to an address, its askers must be looked at again."""
    told = [frame.select("address", "clinical_id") for frame in asked if "address" in frame.columns]
    for domain, elements in MASTERS.items():
        lost = missing.filter(pl.col("element").is_in(elements))
        told.append(lost.select(ask_for(domain, pl.col("claim")).alias("address"), "clinical_id"))
    listed = pl.concat(told).drop_nulls("address")
    return listed.select("address", resource=pl.col("clinical_id").hash())


def _numbered(told: pl.DataFrame) -> pl.DataFrame:
    """With the number of what is `said`, and what type of resource that names by itself."""
    kind = pl.col("said").str.extract("^([A-Z][A-Za-z]+)/")
    return told.with_columns(address=shorten(pl.col("said")), kind=kind).drop("said")


def _look_up(told: pl.DataFrame, element: str, known: pl.DataFrame) -> pl.DataFrame:
    """The same with `target_id` and `why`: the one resource of the right kind that answers to `address`."""
    wanted, is_kind = TARGETS[element], pl.col("resource_type") == TARGETS[element]
    answers = known.filter(is_kind).select("address", "target_id", "count")
    of_others = known.filter(~is_kind)["address"].implode()
    joined = told.join(answers, on="address", how="left", maintain_order="left")
    is_one = (pl.col("count") == 1).fill_null(False)
    # One that is of another type, by its name or by what answers to it, will not come any more.
    is_other = (pl.col("count").is_null() & pl.col("address").is_in(of_others)) | (pl.col("kind") != wanted)
    why = (
        pl.when(is_one).then(None).when(is_other).then(pl.lit(OTHER))
        .when(pl.col("count") > 1).then(pl.lit(SEVERAL)).otherwise(pl.lit(UNKNOWN))
    )  # fmt: skip
    return joined.with_columns(target_id=pl.when(is_one).then("target_id"), why=why).drop("count")


def _missing(rows: pl.DataFrame, column: str, element: str) -> pl.DataFrame:
    """Of these rows, those that say something (`claim`) which leads nowhere (`column` is null), as `MISSING`.

    An element of a list that says nothing at all is one of those, too.
    """
    is_list = "position" in rows.columns
    lost = rows.filter(pl.col(column).is_null() & (pl.lit(is_list) | pl.col("claim").is_not_null()))
    position = pl.col("position") if is_list else pl.lit(1, pl.Int64)
    why = pl.when(pl.col("claim").is_null()).then(pl.lit(EMPTY)).otherwise("why")
    return lost.select(*_OWNER, "claim", why=why, element=pl.lit(element), position=position).select(
        pl.col(name).cast(kind) for name, kind in MISSING.items()
    )
