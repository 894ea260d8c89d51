"""Clusters of bound records on top of those of the night before equal those from everything."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sehatmu.lake import splice_rows
from sehatmu.linkage.bound import BOUND, bind_again, bind_clusters

KEYS = [f"k{number:02}" for number in range(12)]
#: per key: not there; bound to a key (that may be away); or free, in the cluster that a key names
told = st.one_of(
    st.none(), st.tuples(st.just("bound"), st.sampled_from(KEYS)), st.tuples(st.just("free"), st.sampled_from(KEYS))
)
night = st.fixed_dictionaries(dict.fromkeys(KEYS, told))
Night = dict[str, tuple[str, str] | None]


def frames(night: Night) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records (record_key, bound_to), and clusters of the free ones."""
    here = {key: what for key, what in sorted(night.items()) if what is not None}
    records = [(key, name if kind == "bound" else None) for key, (kind, name) in here.items()]
    clusters = [(key, name) for key, (kind, name) in here.items() if kind == "free"]
    text = pl.String()
    return (
        pl.DataFrame(records, {"record_key": text, BOUND: text}, orient="row"),
        pl.DataFrame(clusters, {"record_key": text, "cluster_key": text}, orient="row"),
    )


@settings(deadline=None)
@given(night, night, st.sets(st.sampled_from(KEYS)), st.booleans())
def test_clusters_on_top_of_the_former_ones_are_those_from_everything(
    before: Night, changes: Night, changed: set[str], with_bound: bool
) -> None:
    after = before | {key: changes[key] for key in changed}
    (was, were), (records, clusters) = frames(before), frames(after)
    if not with_bound:
        was, records = (frame.filter(pl.col(BOUND).is_null()).drop(BOUND) for frame in (was, records))
    place = {row: number for number, row in enumerate(was.rows())}
    former = np.array([place.get(row, -1) for row in records.rows()], np.int64)
    told_before = set(were.rows())
    same = np.array([row in told_before for row in clusters.rows()], bool)
    left = was.filter(pl.Series([row not in set(records.rows()) for row in was.rows()], dtype=pl.Boolean))["record_key"]
    name = clusters["cluster_key"].gather
    fresh, row = bind_again(clusters["record_key"], name, records, same, former, left)
    whole = splice_rows(len(was), row, fresh).over(bind_clusters(were, was).lazy()).collect()
    assert whole.equals(bind_clusters(clusters, records))
