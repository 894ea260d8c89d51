"""The asset checks of intake and identity: what blocks a night, and what only warns the engineer.

Structural checks block. Statistical ones warn, and their bands are relative to the build before.
"""

import dagster as dg
import polars as pl

from sehatmu.intake.run import Intake

RECONCILES = "landed_is_accepted_and_quarantined"
WITHIN_BAND = "rows_within_band"
IDS_HOLD = "ids_hold"
DECISIONS_APPLY = "decisions_apply"

# A register that shrinks or grows by more than a fifth overnight is looked at by a person.
BAND = 0.2


def intake_checks(accepted: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of one extract, both on its accepted rows."""
    return [
        dg.AssetCheckSpec(
            RECONCILES,
            asset=accepted,
            blocking=True,
            description="Every landed row is accepted or in quarantine, exactly once.",
        ),
        dg.AssetCheckSpec(
            WITHIN_BAND,
            asset=accepted,
            description=f"Accepted rows are within {BAND:.0%} of the build before.",
        ),
    ]


def judge_counts(taken: Intake, accepted: dg.AssetKey) -> dg.AssetCheckResult:
    """Whether landed = accepted + quarantined holds for every file."""
    split = pl.col("accepted_count") + pl.col("quarantined_count")
    lost = taken.source_file.filter(pl.col("row_count") != split)
    return dg.AssetCheckResult(
        check_name=RECONCILES, asset_key=accepted, passed=lost.is_empty(), metadata={"files": lost.height}
    )


def judge_band(taken: Intake, previous: Intake | None, accepted: dg.AssetKey) -> dg.AssetCheckResult:
    """Whether the number of accepted rows in force is near that of the build before; a warning otherwise."""
    now = taken.current_count
    before = previous.current_count if previous else 0
    return dg.AssetCheckResult(
        check_name=WITHIN_BAND,
        asset_key=accepted,
        passed=not before or abs(now - before) <= BAND * before,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows": now, "rows_before": before},
    )


def decision_check(decisions: dg.AssetKey) -> dg.AssetCheckSpec:
    """What becomes of the decisions of stewards, on the decisions of one domain."""
    return dg.AssetCheckSpec(
        DECISIONS_APPLY, asset=decisions, description="Every decision that holds is about records that are there."
    )


def judge_decisions(decided: pl.DataFrame, decisions: dg.AssetKey) -> dg.AssetCheckResult:
    """Whether no decision waits for a record; a warning otherwise: it holds again when the record comes back."""
    counts = dict(decided["status"].value_counts().sort("status").iter_rows())
    return dg.AssetCheckResult(
        check_name=DECISIONS_APPLY,
        asset_key=decisions,
        passed=not counts.get("waiting"),
        severity=dg.AssetCheckSeverity.WARN,
        metadata=counts,
    )


def identity_check(links: dg.AssetKey) -> dg.AssetCheckSpec:
    """The gates of identity, on the links of one domain."""
    return dg.AssetCheckSpec(
        IDS_HOLD,
        asset=links,
        blocking=True,
        description="Every record has one active master; no id is lost or used twice, or minted and delivered.",
    )


def judge_identity(broken: pl.DataFrame, links: dg.AssetKey) -> dg.AssetCheckResult:
    """Whether the gates hold; what breaks them is counted, never shown: keys may be personal."""
    counts = dict(broken["check"].value_counts().sort("check").iter_rows())
    return dg.AssetCheckResult(
        check_name=IDS_HOLD, asset_key=links, passed=broken.is_empty(), metadata={"violations": counts}
    )
