"""Linkage: which records are the same thing, pair by pair and then cluster by cluster."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from pipelines.checks import decision_check, judge_decisions
from pipelines.domains import INDEXES, DomainSpec
from pipelines.keys import key
from pipelines.metadata import markdown
from pipelines.resources import Night, final_faults
from sehatmu.linkage.bound import BOUND, bind_clusters, free_records
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
            review = review_rows(linked.pairs, make_plan(config, model), index=spec.index, clusters=linked.clusters)
            status = decision_status(decided, free["record_key"])
            clusters = bind_clusters(linked.clusters, record)
        rows = {"rows_in": record.height, **linked.report.counts, **linked.report.work}
        yield dg.Output(linked.pairs, "pair", metadata={**rows, "blocking": markdown(linked.report.blocking)})
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


def _former_state(night: Night, domain: str) -> LinkState | None:
    """The state of the parent build; None, so that the run is a full one, where there is none that can be read."""
    folder = night.linkage_state(domain)
    try:
        return read_state(folder) if folder else None
    except LinkageError as error:
        dg.get_dagster_logger().warning(f"linkage starts from nothing: {error}")
        return None
