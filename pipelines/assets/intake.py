"""Intake: one extract's files become what landed, what was accepted, and what is in quarantine."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.checks import intake_checks, judge_band, judge_counts
from pipelines.keys import intake_key
from pipelines.metadata import markdown
from pipelines.resources import Carried, Night, final_faults
from sehatmu.contracts import Contract
from sehatmu.intake.run import Intake, intake
from sehatmu.lake import read_table, scan_table

LAYERS = {
    "landing": "Files of {id} in force tonight: hash, delivery date, rows landed, accepted, quarantined.",
    "accepted": "Rows of {id} that pass their contract, typed, with their keys.",
    "quarantine": "Rows of {id} that fail their contract, whole, with every reason.",
}


def intake_asset(contract: Contract, partitions: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """The three assets of one extract, and their checks: no row is lost, and there are about as many as before."""
    keys = {layer: intake_key(layer, contract) for layer in LAYERS}

    @dg.multi_asset(
        name=f"intake_{contract.id}",
        outs={
            layer: dg.AssetOut(
                key=keys[layer],
                group_name=contract.domain,
                description=text.format(id=contract.id),
                kinds={"polars", "parquet"},
                owners=["team:data-engineering"],
            )
            for layer, text in LAYERS.items()
        },
        internal_asset_deps={
            "landing": set(),
            "accepted": {keys["landing"]},
            "quarantine": {keys["landing"]},
        },
        check_specs=intake_checks(keys["accepted"]),
        partitions_def=partitions,
    )
    def intake_extract(night: dg.ResourceParam[Night]) -> Iterator[Any]:
        with final_faults():
            previous = _previous(night, contract)
            taken = intake(night.home, contract, day=night.day, previous=previous)
            former = night.former(*keys["accepted"].path)
            carried = Carried(former, taken.splice) if former and taken.splice else None
        told: dict[str, Any] = {"contract": f"{contract.id} {contract.version}", **_counts(taken)}
        yield dg.Output(taken.source_file, "landing", metadata={**told, **_files(taken)})
        yield dg.Output(carried or taken.accepted, "accepted", metadata=told)
        yield dg.Output(taken.quarantine, "quarantine", metadata={**told, "reasons": _reasons(taken)})
        yield judge_counts(taken, keys["accepted"])
        yield judge_band(taken, previous, keys["accepted"])

    return intake_extract


def _previous(night: Night, contract: Contract) -> Intake | None:
    """What the parent build took in, where the lake still has it; unchanged files are not judged again."""
    landed, accepted, quarantine = (night.former(*intake_key(layer, contract).path) for layer in LAYERS)
    if landed is None or accepted is None or quarantine is None:
        return None
    return Intake(scan_table(accepted), read_table(quarantine), read_table(landed))


def _counts(taken: Intake) -> dict[str, int]:
    files = taken.source_file
    return {
        "rows_in": int(files["row_count"].sum()),
        "rows_out": int(files["accepted_count"].sum()),
        "rows_quarantined": int(files["quarantined_count"].sum()),
    }


def _files(taken: Intake) -> dict[str, Any]:
    """What came (with content hashes), and what the deliverer should be asked about."""
    if not taken.is_delivered:
        return {"inputs": "not delivered"}
    columns = ["file_name", "content_hash", "delivery_date", "row_count", "ignored_columns", "absent_columns"]
    return {"inputs": markdown(taken.source_file.select(columns)), "warnings": list(taken.warnings)}


def _reasons(taken: Intake) -> dg.MetadataValue:
    """How many rows each reason holds back; a row may have several."""
    counted = taken.quarantine.filter("is_current").explode("reasons")["reasons"].value_counts(name="rows")
    return markdown(counted.sort("rows", "reasons", descending=[True, False]))
