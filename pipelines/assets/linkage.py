"""Linkage: which records are the same thing, pair by pair and then cluster by cluster."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipelines.domains import DomainSpec
from pipelines.keys import key
from pipelines.metadata import markdown
from pipelines.resources import Night, final_faults
from sehatmu.linkage.authored import load_linkage
from sehatmu.linkage.engine import link
from sehatmu.linkage.explain import review_rows
from sehatmu.linkage.score import make_plan

OUTS = {
    "pair": ("pairs", "Compared pairs at or above the review threshold: score, levels, class, veto."),
    "review": ("pairs", "Possible matches for a steward, each with its explanation."),
    "cluster": ("clusters", "Every record and the cluster it belongs to, named by its smallest record key."),
}


def linkage_asset(spec: DomainSpec, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """Pairs and clusters of one domain, by the rules of `linkage/<domain>.yaml`."""

    @dg.multi_asset(
        name=f"link_{spec.name}",
        ins={"record": dg.AssetIn(key=key("standard", spec.name, "record"))},
        outs={
            table: dg.AssetOut(
                key=key(layer, spec.name, table),
                group_name=spec.name,
                description=text,
                kinds={"polars", "parquet"},
                owners=["team:data-engineering"],
            )
            for table, (layer, text) in OUTS.items()
        },
        partitions_def=partitions,
    )
    def link_records(night: dg.ResourceParam[Night], record: pl.DataFrame) -> Iterator[dg.Output[pl.DataFrame]]:
        with final_faults():
            config = load_linkage(night.linkage_file(spec.name))
            linked = link(record, config)
        rows = {"rows_in": record.height, **linked.report.counts}
        yield dg.Output(linked.pairs, "pair", metadata={**rows, "blocking": markdown(linked.report.blocking)})
        review = review_rows(linked.pairs, make_plan(config), index=spec.index, clusters=linked.clusters)
        yield dg.Output(review, "review", metadata={"rows_out": review.height})
        yield dg.Output(linked.clusters, "cluster", metadata=rows)

    return link_records
