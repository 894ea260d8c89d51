"""The clinical tables on top of those of the parent build: only resources that a change can reach are made again.

A resource depends on its own versions, on what answers to its references, on its visit, and on the masters that it
names. So what is reached are resources of new rows; those that ask for one of these, by a name that it has or had;
those that name a master whose numbers changed; and what was told of the visits among these. A property test holds that
each table equals the one that `clinical_tables` makes of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from sehatmu.golden.clinical import EXTRACTS, Others, clinical_tables, read_rows
from sehatmu.golden.clinical_masters import KINDS
from sehatmu.golden.clinical_masters_again import ask_again, find_changed, list_namers, read_masters
from sehatmu.golden.clinical_promise import count_told, reconcile_again
from sehatmu.golden.clinical_shapes import SHAPES, table_of
from sehatmu.lake import Splice, Table, splice_rows
from sehatmu.standardise.carry import Former
from sehatmu.standardise.clinical import IDENTITY, identify, list_versions
from sehatmu.standardise.clinical_names import NAMES, ROW, find, list_names, number_rows

Made = Mapping[str, Splice | pl.DataFrame]
#: Where more than one accepted row in so many is new, all is made anew.
SHARE = 2
#: Where the id of the resource stands that a row is told of: in all other tables it is `clinical_id`.
_OWNERS = {table_of(kind): f"{table_of(kind)}_id" for kind in SHAPES} | {
    "component": "observation_id",
    "encounter_status": "encounter_id",
}


def clinical_tables_again(accepted: Mapping[str, Table], former: Former) -> Made | None:
    """What `clinical_tables` makes, as splices of the tables of the same names in `former.standard`.

    `former.indexes` has the tables of masters of both nights. None where all must be made: rows went, many came, or
    columns differ.
    """
    version = former.standard["version"]
    numbers = {name: number_rows(accepted[name].read(ROW)) for name in EXTRACTS}
    known = version.read(["row"])["row"]
    fresh = {name: (~numbers[name].is_in(known.implode())) for name in EXTRACTS}
    count, height = sum(int(new.sum()) for new in fresh.values()), sum(len(rows) for rows in numbers.values())
    if len(known) + count != height or count * SHARE > height:
        return None
    resource = version.read(["resource"])["resource"]

    def places(reached: pl.Series, *, new: bool) -> dict[str, pl.Series]:
        """Row numbers of the accepted rows of these resources, with or without those that came tonight."""
        held = known.filter(resource.is_in(reached.implode())).implode()
        return {n: (rows.is_in(held) | (fresh[n] & new)).arg_true() for n, rows in numbers.items()}

    new_rows = {name: new.arg_true() for name, new in fresh.items()}
    named = list_names(identify(pl.concat(accepted[name].read(IDENTITY, rows) for name, rows in new_rows.items())))
    # One with an identifier may have come, by which those of its id that have none are known from now on.
    same_id = resource.filter(_answers(version, "by_id", named["by_id"].drop_nulls()))
    changed = pl.concat([same_id, named["resource"]]).unique()
    touched = _reach(former, resource, changed, named)
    is_touched = resource.is_in(touched.implode())
    others = Others(_finder(version, ~is_touched), _visits(former))
    frames = {name: read_masters(since.now) for name, since in former.indexes.items()}
    made = clinical_tables(frames, accepted, places(touched, new=True), others)
    if any(frame.schema != former.standard[name].schema for name, frame in made.items()):
        return None
    ids = version.read(["clinical_id"], is_touched.arg_true())["clinical_id"].unique()
    made_counts = made.pop("reconciliation")
    spliced = {name: _splice(former.standard[name], name, ids, touched, frame) for name, frame in made.items()}
    lost = former.standard["unresolved_reference"].read(["resource_type", "element", "clinical_id"])
    before = (read_rows(accepted[name], rows) for name, rows in places(touched, new=False).items())
    counts = reconcile_again(
        former.standard["reconciliation"].read(),
        made_counts,
        [count_told(list_versions(rows).newest) for rows in before],
        lost.filter(pl.col("clinical_id").is_in(ids.implode())),
    )
    return {**spliced, "reconciliation": counts}


def _answers(version: Table, name: str, wanted: pl.Series) -> pl.Series:
    """Of each known row, whether it has one of these names."""
    return version.read([name])[name].is_in(wanted.implode()).fill_null(value=False)


def _reach(former: Former, resource: pl.Series, changed: pl.Series, named: pl.DataFrame) -> pl.Series:
    """The resources that must be made again where these `changed`; `named` is what the new rows call them."""
    version, asked = former.standard["version"], former.standard["asked"].read()
    numbers = {domain: find_changed(domain, former.indexes) for domain in KINDS}
    lost = asked.filter(pl.col("address").is_in(ask_again(numbers).implode()))
    moved = pl.concat([list_namers(former.standard, numbers, former.indexes), lost["resource"]])
    # What is told of a visit changes with whom that is about, and where it was: who asks for it is asked again.
    is_source = resource.is_in(pl.concat([changed, moved]).implode())
    addresses = [named[name] for name in NAMES]
    addresses += [version.read([name])[name].filter(is_source) for name in NAMES]
    wanted = pl.concat(each.rename("address") for each in addresses).drop_nulls().unique()
    askers = asked.filter(pl.col("address").is_in(wanted.implode()))["resource"]
    return pl.concat(each.rename("resource") for each in (changed, moved, askers)).unique()


def _finder(version: Table, is_other: pl.Series) -> Callable[[pl.Series], pl.DataFrame]:
    def find_others(wanted: pl.Series) -> pl.DataFrame:
        answers = np.logical_or.reduce([_answers(version, name, wanted).to_numpy() for name in NAMES])
        rows = (pl.Series(answers) & is_other).arg_true()
        return find(version.read([*NAMES, "resource_type", "clinical_id"], rows), wanted)

    return find_others


def _visits(former: Former) -> Callable[[pl.Series], pl.DataFrame]:
    table, columns = former.standard["encounter"], ["encounter_id", "patient_id", "facility_id", "is_void"]

    def read_visits(wanted: pl.Series) -> pl.DataFrame:
        known = table.read(["encounter_id"])["encounter_id"]
        return table.read(columns, known.is_in(wanted.implode()).arg_true())

    return read_visits


def _splice(former: Table, name: str, ids: pl.Series, touched: pl.Series, made: pl.DataFrame) -> Splice:
    """The former table without what is told of the touched resources, and after it what is told of them now."""
    if "resource" in made.columns:
        stale = former.read(["resource"])["resource"].is_in(touched.implode())
    else:
        owner = _OWNERS.get(name, "clinical_id")
        stale = former.read([owner])[owner].is_in(ids.implode())
    kept = np.flatnonzero(~stale.to_numpy())
    return splice_rows(len(stale), np.concatenate([kept, np.full(made.height, -1, np.int64)]), made)
