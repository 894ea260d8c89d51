"""A night's identity on top of the parent build: only what a change can reach is decided anew.

Clusters, earlier ids and delivered numbers hang together where a record of the one has the other. A group of them in
which nothing came, went or differs keeps its ids, since the same night twice changes nothing. So the records of all
other groups are decided by `identify` as if there were no more, and the other links are carried: a property test holds
that this gives the same. Called by the assets, which know whether the same rules made both builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from sehatmu.home import Manifest
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.keys import is_rising
from sehatmu.identity.state import LINKS, State, load_part, load_redirected, redirects
from sehatmu.lake import Since, Splice, Table

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Reached:
    """The records of tonight that are decided anew, by their numbers (`rows`, rising), with their `clusters`, and the
    `state` of all that they may meet; `ids`: those masters and numbers. `gone` and `new` are numbers of rows whose key
    only one of the nights has: of the parent's records, and of tonight's."""

    rows: pl.Series
    clusters: pl.DataFrame
    state: State
    ids: pl.Series
    gone: pl.Series
    new: pl.Series


@dataclass(frozen=True, slots=True)
class _Nights:
    """Both nights by row: `told` (record_key, official_id) and `cluster` of tonight, links `before` and their
    `cluster_before`; `here` and `there` are the rows that both share, `other` and `lost` those that they do not."""

    told: pl.DataFrame
    cluster: pl.Series
    before: pl.DataFrame
    cluster_before: pl.Series
    here: Array
    there: Array
    other: pl.Series
    lost: pl.Series


def reach(
    record: Since,
    clusters: pl.DataFrame,
    clusters_before: pl.DataFrame,
    links_before: Table,
    manifests: Sequence[Manifest],
    config: IdentityConfig,
) -> Reached | None:
    """What the changes of tonight reach; None where that cannot be told, so that all must be decided.

    `record`: standard records of both nights, `clusters` (record_key, cluster_key), `links_before` (record_key,
    master_id, build_date), all in the order of their keys. `manifests`: the builds up to the parent, oldest first.
    """
    nights = _align(record, clusters, clusters_before, links_before)
    if nights is None:
        return None
    keys, keys_before = nights.told["record_key"].gather(nights.other), nights.before["record_key"].gather(nights.lost)
    is_new, is_gone = ~keys.is_in(keys_before.implode()), ~keys_before.is_in(keys.implode())
    earlier, redirected = load_redirected(manifests, config.index, keys.filter(is_new))
    ways = redirects(State(config.index, earlier, redirected, pl.DataFrame(), ()))
    numbers = record.before.read(["official_id"], nights.lost)["official_id"]
    known = [numbers, nights.before["master_id"].gather(nights.lost), earlier["last_master_id"]]
    mask, ids = _close(_first_reached(nights, config), nights, pl.concat([some.rename("id") for some in known]), ways)
    held = nights.before[pl.concat([pl.Series(nights.there[mask[nights.here]]).cast(pl.UInt32), nights.lost])]
    # Since when a record is known is of no concern to the night, and whoever is here had last the master that it has.
    held = held.with_columns(last_master_id="master_id", first_seen="build_date").select(LINKS.names())
    rows = pl.Series(np.flatnonzero(mask).astype(np.uint32))
    return Reached(
        rows=rows,
        clusters=clusters[rows],
        state=load_part(manifests, config.index, links=pl.concat([held, earlier]).sort("record_key"), masters=ids),
        ids=ids,
        gone=nights.lost.filter(is_gone),
        new=nights.other.filter(is_new),
    )


def carry_links(record: Since, reached: Reached, links: pl.DataFrame) -> Splice:
    """The links of all records: those that were decided anew (`links`, by key), the others as they were."""
    order = np.zeros(record.now.height, np.uint32)
    order[record.shared[0].to_numpy()] = record.shared[1].to_numpy()
    order[reached.rows.to_numpy()] = record.before.height + np.arange(len(links))
    return Splice(pl.Series("order", order), links)


def carry_findings(former: pl.DataFrame, findings: pl.DataFrame, reached: Reached, links: pl.DataFrame) -> pl.DataFrame:
    """The `findings` about masters that were decided anew, and the `former` ones about the others."""
    anew = pl.concat([reached.ids, links["master_id"].rename("id")]).drop_nulls().implode()
    kept = former.filter(~pl.col("master_id").is_in(anew))
    return pl.concat([kept, findings]).sort("master_id", "finding", "detail")


def _align(record: Since, clusters: pl.DataFrame, clusters_before: pl.DataFrame, links_before: Table) -> _Nights | None:
    """Both nights, where every table of them stands in the order of its keys and some rows are shared."""
    here, there = record.shared
    if here.is_empty() or record.before.height != links_before.height:
        return None
    told = record.now.read(["record_key", "official_id"])
    before = links_before.read(["record_key", "master_id", "build_date"])
    keys, keys_before = told["record_key"], before["record_key"]
    in_order = is_rising(keys) and is_rising(keys_before)
    same_keys = keys.equals(clusters["record_key"]) and keys_before.equals(clusters_before["record_key"])
    if not (in_order and same_keys and keys.gather(here).equals(keys_before.gather(there))):
        return None
    other, lost = record.unshared()
    cluster, cluster_before = clusters["cluster_key"], clusters_before["cluster_key"]
    return _Nights(told, cluster, before, cluster_before, here.to_numpy(), there.to_numpy(), other, lost)


def _first_reached(nights: _Nights, config: IdentityConfig) -> Array:
    """Rows that differ or whose cluster does: another key, a member that came, or one that went."""
    was = nights.cluster_before.gather(nights.there)
    moved = (nights.cluster.gather(nights.here) != was).to_numpy()
    left = pl.concat([nights.cluster_before.gather(nights.lost), was.filter(pl.Series(moved))]).unique()
    mask = np.zeros(len(nights.told), bool)
    mask[nights.other.to_numpy()] = True
    mask[nights.here[moved | was.is_in(left.implode()).to_numpy()]] = True
    # A number of no valid shape may be minted before or after it is delivered, and is told so from then on.
    fits = [pl.col("official_id").str.contains(numbering.official) for numbering in config.series.values()]
    odd = nights.told.select(~pl.any_horizontal(fits)).to_series().fill_null(value=False)
    return np.asarray(mask | odd.to_numpy())


def _close(mask: Array, nights: _Nights, known: pl.Series, ways: pl.DataFrame) -> tuple[Array, pl.Series]:
    """The rows with all that hang together with them, and the masters and numbers of these; `known`: further such."""
    numbers, masters = nights.told["official_id"], nights.before["master_id"].gather(nights.there)
    while True:
        mask = nights.cluster.is_in(nights.cluster.filter(pl.Series(mask)).unique().implode()).to_numpy(writable=True)
        found = [known, masters.filter(pl.Series(mask[nights.here])), numbers.filter(pl.Series(mask))]
        ids = pl.concat([some.rename("id") for some in found]).drop_nulls().unique()
        on = ways.filter(pl.col("retired_id").is_in(ids.implode()))["current_id"]
        ids = pl.concat([ids, on.rename("id")]).unique()
        further = numbers.is_in(ids.implode()).fill_null(value=False).to_numpy(writable=True)
        further[nights.here[masters.is_in(ids.implode()).fill_null(value=False).to_numpy()]] = True
        if not (further & ~mask).any():
            return mask, ids.sort()
        mask |= further
