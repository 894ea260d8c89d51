"""Linkage: which records are the same thing, pair by pair and then cluster by cluster."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from pipelines.checks import decision_check, judge_decisions
from pipelines.domains import INDEXES, DomainSpec
from pipelines.keys import key
from pipelines.metadata import markdown
from pipelines.resources import Carried, Night, final_faults
from sehatmu.lake import open_table, splice_rows
from sehatmu.linkage.bound import BOUND, bind_again, bind_clusters, free_records
from sehatmu.linkage.command import rules_for
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.decision_files import home_decisions
from sehatmu.linkage.decisions import binding_pairs, decision_status, live_decisions
from sehatmu.linkage.encode import LINK_HASH
from sehatmu.linkage.engine import Linked, link
from sehatmu.linkage.people import Rest
from sehatmu.linkage.review import review_rows
from sehatmu.linkage.score import Model, make_plan
from sehatmu.linkage.state import LinkState, read_state, write_state

OUTS = {
    "pair": ("pairs", "Compared pairs at or above the review threshold: score, levels, class, veto."),
    "review": ("pairs", "Possible matches for a steward, each with its explanation."),
    "decision": ("pairs", "What stewards decided, and whether it holds."),
    "cluster": ("clusters", "Every record and the cluster it belongs to, named by its smallest record key."),
}

# What linkage asks of every record; other columns are read for those that it looks at.
ASKED_OF_ALL = ("record_key", "source", "extract", LINK_HASH)
PLACE = "__place"


def linkage_asset(spec: DomainSpec, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """Pairs and clusters of one domain, by the rules of `linkage/<domain>.yaml` and the decisions of stewards;
    where the rules leave weights open, by the trained model beside them.

    What the parent build left in the lake is built upon; the state of this one is kept beside its tables.
    """
    standard = key("standard", spec.name, "record")
    keys = {table: key(layer, spec.name, table) for table, (layer, _) in OUTS.items()}

    @dg.multi_asset(
        name=f"link_{spec.name}",
        deps=[standard],  # read here, no more of it than it takes
        outs={
            table: dg.AssetOut(
                key=keys[table],
                group_name=spec.name,
                description=text,
                kinds={"polars", "parquet"},
                owners=["team:data-engineering"],
            )
            for table, (_, text) in OUTS.items()
        },
        check_specs=[decision_check(keys["decision"])],
        partitions_def=partitions,
    )
    def link_records(night: dg.ResourceParam[Night]) -> Iterator[Any]:
        with final_faults():
            table = night.table(*standard.path)
            record = table.read([name for name in (*ASKED_OF_ALL, BOUND) if name in table.schema])
            config, model = rules_for(night.linkage_file(spec.name), record.height)
            decided = home_decisions(night.home.decisions, INDEXES).filter(index=spec.index)
            live = live_decisions(decided)
            free = free_records(record.with_row_index(PLACE), pl.concat([live["left_key"], live["right_key"]]))
            rest = Rest(table.schema, table.read, free[PLACE])
            linked = _link(night, spec, free, (config, model), decided, rest)
            asked, around = linked.told.open_questions()
            review = review_rows(asked, make_plan(config, model), index=spec.index, clusters=around)
            status = decision_status(decided, free["record_key"])
            pairs, clusters = _pairs(night, spec, linked), _clusters(night, spec, linked, record)
        rows = {"rows_in": record.height, **linked.report.counts, **linked.report.work}
        yield dg.Output(pairs, "pair", metadata={**rows, "blocking": markdown(linked.report.blocking)})
        yield dg.Output(review, "review", metadata={"rows_out": review.height})
        yield dg.Output(status, "decision", metadata={"rows_out": status.height})
        yield dg.Output(clusters, "cluster", metadata=rows)
        yield judge_decisions(status, keys["decision"])

    return link_records


def _link(
    night: Night,
    spec: DomainSpec,
    record: pl.DataFrame,
    rules: tuple[LinkageConfig, Model | None],
    decided: pl.DataFrame,
    rest: Rest,
) -> Linked:
    """Link on top of what the parent build left, under the decisions that hold, and leave the same for the next."""
    decisions = binding_pairs(decided, record["record_key"])
    config, model = rules
    former = _former_state(night, spec.name)
    linked = link(record, config, decisions=decisions, model=model, previous=former, keep_state=True, rest=rest)
    assert linked.state is not None
    write_state(night.fresh_folder("pairs", spec.name, "state"), linked.state)
    return linked


def _pairs(night: Night, spec: DomainSpec, linked: Linked) -> pl.DataFrame | Carried:
    """The pairs, on top of those of the parent build where linkage has built upon it."""
    former = night.former("pairs", spec.name, "pair")
    if linked.same is None or former is None:
        return linked.pairs
    row = linked.same.pairs
    return Carried(former, splice_rows(open_table(former).height, row, linked.told.pairs(row < 0)))


def _clusters(night: Night, spec: DomainSpec, linked: Linked, record: pl.DataFrame) -> pl.DataFrame | Carried:
    """Every record with its cluster; on top of the parent build's where the nights share records."""
    since, former = night.since("standard", spec.name, "record"), night.former("clusters", spec.name, "cluster")
    if linked.same is None or former is None or since is None or since.shared[0].is_empty():
        return bind_clusters(linked.clusters, record)
    free = since.before.read([BOUND])[BOUND].null_count() if BOUND in since.before.schema else since.before.height
    if linked.same.records != free or not record["record_key"].is_sorted():  # a steward spoke of bound ones
        return bind_clusters(linked.clusters, record)
    row = np.full(record.height, -1)
    row[since.shared[0].to_numpy()] = since.shared[1].to_numpy()
    left = since.before.read(["record_key"], since.unshared()[1])["record_key"]
    told = linked.told
    fresh, row = bind_again(told.keys, told.cluster_keys, record, linked.same.clusters, row, left)
    return Carried(former, splice_rows(since.before.height, row, fresh))


def _former_state(night: Night, domain: str) -> LinkState | None:
    """The state of the parent build; None, so that the run is a full one, where there is none that can be read."""
    folder = night.linkage_state(domain)
    try:
        return read_state(folder) if folder else None
    except LinkageError as error:
        dg.get_dagster_logger().warning(f"linkage starts from nothing: {error}")
        return None
