"""The tables of the clinical index: visits, and what was found, asked for and done at them, with whom they are about.

Frames in, frames out. Nothing here has an identity beyond its business identifier: the newest version of a resource is
published, the earlier ones are its history, and every reference leads to a master or another resource of tonight, or
is listed as one that does not. What may hold words about a person stands in the table `text` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from sehatmu.golden.clinical_findings import find_in_facts, find_in_rows
from sehatmu.golden.clinical_promise import reconcile
from sehatmu.golden.clinical_references import (
    ask_for_visits,
    ask_in_lists,
    list_asked,
    list_links,
    refer_to_masters,
    refer_to_visits,
)
from sehatmu.golden.clinical_shapes import PLAIN, TYPES, cut_tables, withhold
from sehatmu.lake import Table
from sehatmu.standardise.clinical import IDENTITY, Versions, identify, is_void, list_versions
from sehatmu.standardise.clinical_lists import list_codings, list_components, list_statuses
from sehatmu.standardise.clinical_names import ROW, find, number_rows

VISITS, FACTS = "faskes_kunjungan", "faskes_diagnostik"
EXTRACTS = (VISITS, FACTS)
Frames = Mapping[str, pl.DataFrame]
# Where a resource of each type has words that may be about a person, and what they are called.
_TEXTS = {"note": "note", "conclusion": "conclusion", "value_text": "value", "subject_display": "subject"}
# What history tells of a version; one of the two extracts lacks some of it.
_TOLD = ("status", "code", "value_number", "value_code", "started_at", "ended_at")
# What intake says of each row that nobody here asks for, and what is read before the rest.
_UNREAD = frozenset({"source", "extract", "record_key", "file_hash", "is_current", *IDENTITY})
# What may be shown of a reference that leads nowhere: no text that somebody made up.
_SHOWN = r"^([A-Za-z]+/[A-Za-z0-9.-]{1,64}|urn:uuid:[0-9a-f-]{36}|\|P?[0-9]{8,11})$"
_NIK = "[0-9]{16}"


@dataclass(frozen=True, slots=True)
class Others:
    """What is known of resources that are not made: `find` tells who answers to addresses, as `clinical_names.find`,
    and `visits`, of those that have one of these ids, `encounter_id, patient_id, facility_id, is_void`."""

    find: Callable[[pl.Series], pl.DataFrame]
    visits: Callable[[pl.Series], pl.DataFrame]


def clinical_tables(
    frames: Frames,
    accepted: Mapping[str, Table],
    rows: Mapping[str, pl.Series] | None = None,
    others: Others | None = None,
) -> dict[str, pl.DataFrame]:
    """Frames by table name: those of the schema `klinis`, and what the next night asks of this one (`clinical_again`):
    `version` (of each accepted row its number and `clinical_names.list_names`), and `asked`
    (`clinical_references.list_asked`).

    `frames`: of `patient`, `practitioner` and `facility` tonight's masters, identifiers and redirects, named as
    `golden.clinical_masters.resolve` asks for them. `accepted`: the accepted rows of both extracts, which are read here
    and nowhere kept: they are as large as all that is made of them. Where not all is to be made, `rows` (by number) are
    all versions of some resources, and `others` knows the rest.
    """
    given = rows or {}
    numbers = [number_rows(accepted[name].read(ROW, given.get(name))) for name in EXTRACTS]
    visited, stated = (read_versions(accepted[name], given.get(name)) for name in EXTRACTS)
    names = pl.concat([visited.names, stated.names]).with_columns(pl.concat(numbers))
    asked = [ask_in_lists(visited.newest), ask_in_lists(stated.newest), {"encounter": ask_for_visits(stated.newest)}]
    addressed = [told for part in asked for told in part.values()]
    known = _find(names, addressed, others)
    visits, lost_by_visits = _refer_visits(visited.newest, frames)
    facts, lost_by_facts = _refer_facts(stated.newest, asked[2]["encounter"], known, frames)
    seen = _seen(visits, facts, others)
    # What is told by a number that no facility has, or by none, is told of the visit's facility.
    facts = facts.with_columns(
        facility_id=pl.coalesce("own_facility_id", _at_visit(facts, seen)["facility_id"]), is_void=is_void()
    )
    linked = [list_links(part, known, frames) for part in asked[:2]]
    link = pl.concat(found for found, _ in linked)
    missing = pl.concat([*lost_by_visits, *lost_by_facts, *(lost for _, lost in linked)])
    to_ask = list_asked(addressed, missing)
    del asked, addressed, known, linked  # as many rows as all references
    facts = _first_links(facts, link)
    tables = {
        "component": withhold(list_components(facts).select(observation_id="clinical_id", **PLAIN["component"])),
        "encounter_status": list_statuses(visits).select(encounter_id="clinical_id", **PLAIN["encounter_status"]),
        "coding": withhold(pl.concat([list_codings(visits), list_codings(facts)])),
        "link": withhold(link),
        "text": pl.concat([_texts(visits), _texts(facts)]),
        "unresolved_reference": _unresolved(missing, visits, facts),
        "history": withhold(pl.concat([_history(visited.earlier), _history(stated.earlier)])),
        "finding": pl.concat([find_in_rows(visits), find_in_rows(facts), find_in_facts(facts, _at_visit(facts, seen))]),
        "reconciliation": reconcile(visits, facts, link, missing),
        "version": names,
        "asked": to_ask,
    }
    columns = visits.get_columns(), facts.get_columns()
    del visited, stated, visits, facts  # large: their columns go as they are cut
    facts_only = [kind for kind in TYPES if kind != "Encounter"]
    return {**cut_tables(columns[0], ["Encounter"]), **cut_tables(columns[1], facts_only), **tables}


def read_versions(accepted: Table, rows: pl.Series | None = None) -> Versions:
    """The versions that these rows of an extract are.

    Which resource each is of is found out before the rest of the columns, which are many, is there.
    """
    return list_versions(_read_rest(accepted, rows, identify(accepted.read(IDENTITY, rows))))


def _read_rest(accepted: Table, rows: pl.Series | None, known: pl.DataFrame) -> pl.DataFrame:
    """The rows with what is `known` of them; what only one extract has and each is asked for is null in the other."""
    told = accepted.read([name for name in accepted.schema if name not in _UNREAD], rows).hstack(known.get_columns())
    kinds = {"verification_status": pl.String, "code": pl.String, "value_code": pl.String, "value_number": pl.Float64}
    return told.with_columns(pl.lit(None, kind).alias(n) for n, kind in kinds.items() if n not in told.columns)


def _find(names: pl.DataFrame, asked: Sequence[pl.DataFrame], others: Others | None) -> pl.DataFrame:
    """`address, resource_type, target_id, count`: of each address that is asked for, how many resources of each type
    answer to it, and the first of them."""
    wanted = pl.concat(told["address"] for told in asked if "address" in told.columns).drop_nulls().unique()
    found = find(names, wanted)
    if others is not None:
        found = pl.concat([found, others.find(wanted)])
    return found.group_by("address", "resource_type").agg(target_id=pl.col("clinical_id").min(), count=pl.len())


def _seen(visits: pl.DataFrame, facts: pl.DataFrame, others: Others | None) -> pl.DataFrame:
    """`encounter_id, patient_id, facility_id, is_void` of all visits that these facts are told of."""
    columns = ("patient_id", "facility_id", "is_void")
    seen = visits.select("clinical_id", *columns).rename({"clinical_id": "encounter_id"})
    if others is None:
        return seen
    told = facts["encounter_id"].drop_nulls()
    return pl.concat([seen, others.visits(told.filter(~told.is_in(seen["encounter_id"].implode())))])


def _at_visit(facts: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """What is known of each fact's visit, in their order."""
    return facts.select("encounter_id").join(seen, on="encounter_id", how="left", maintain_order="left")


def _refer_people(rows: pl.DataFrame, frames: Frames) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    people = {"patient_id": ("subject", "patient"), "practitioner_id": ("performer", "practitioner")}
    lost = []
    for column, (element, domain) in people.items():
        rows, missing = refer_to_masters(rows, column, element, domain, pl.col(element), frames)
        lost.append(missing)
    return rows, lost


def _refer_visits(rows: pl.DataFrame, frames: Frames) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    rows, lost = _refer_people(rows, frames)
    # Whose number stands in the identifier delivered the visit, be it at one of its units.
    place = pl.coalesce(_organization(), "service_provider")
    rows, missing = refer_to_masters(rows, "facility_id", "service_provider", "facility", place, frames)
    return rows.with_columns(is_void=is_void()), [*lost, missing]


def _refer_facts(
    rows: pl.DataFrame, to_visits: pl.DataFrame, known: pl.DataFrame, frames: Frames
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    rows, lost = _refer_people(rows, frames)
    rows, by_whom = refer_to_masters(rows, "requester_id", "requester", "practitioner", pl.col("requester"), frames)
    rows, no_place = refer_to_masters(rows, "own_facility_id", "organization", "facility", _organization(), frames)
    rows, no_visit = refer_to_visits(rows, to_visits, known)
    return rows, [*lost, by_whom, no_place, no_visit]


def _organization() -> pl.Expr:
    return pl.concat_str(pl.lit("Organization/"), "organization")


def _first_links(facts: pl.DataFrame, link: pl.DataFrame) -> pl.DataFrame:
    """With the first request that a resource answers, its first specimen, and how many results it tells."""
    own = link.filter(pl.col("element").is_in(["based_on", "specimen", "result"])).sort("clinical_id", "position")
    target, element = pl.col("target_id"), pl.col("element")
    firsts = own.group_by("clinical_id", maintain_order=True).agg(
        service_request_id=target.filter(element == "based_on").first(),
        specimen_id=target.filter(element == "specimen").first(),
        result_count=(element == "result").sum().cast(pl.Int64),
    )
    joined = facts.select("clinical_id").join(firsts, on="clinical_id", how="left", maintain_order="left")
    return facts.with_columns(joined.drop("clinical_id").with_columns(pl.col("result_count").fill_null(0)))


def _texts(rows: pl.DataFrame) -> pl.DataFrame:
    """`resource_type, clinical_id, element, text` of every free text."""
    told = [
        rows.filter(pl.col(name).is_not_null()).select(
            "resource_type", "clinical_id", element=pl.lit(element), text=name
        )
        for name, element in _TEXTS.items()
        if name in rows.columns
    ]
    return pl.concat(told)


def _unresolved(missing: pl.DataFrame, visits: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """The references that lead nowhere tonight, with the facility that said so; a NIK stands apart."""
    places = pl.concat([rows.select("clinical_id", "facility_id") for rows in (visits, facts)])
    said = pl.col("claim")
    is_nik = said.str.contains(_NIK)
    return missing.join(places, on="clinical_id", how="left").select(
        *("resource_type", "clinical_id", "element", "position", "why", "facility_id", "delivery_date"),
        reference=pl.when(said.str.contains(_SHOWN) & ~is_nik).then(said.str.strip_prefix("|")),
        nik=said.str.extract(f"({_NIK})"),
    )


def _history(earlier: pl.DataFrame) -> pl.DataFrame:
    return earlier.select(
        *("resource_type", "clinical_id", "sequence", "version", "last_updated_at", *_TOLD),
        *("since_date", "until_date", "file_name", "row_number"),
    )
