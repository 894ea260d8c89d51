"""The night's record of its run: what Dagster's own storage reads afterwards, and whose instance is left as it is."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from pipelines.event_log import NightEventLog
from pipelines.jobs import partitions
from pipelines.run import _execute, dagster_instance
from sehatmu.home import Home

DAY = dt.date(2026, 3, 1)
RUN = "00000000-0000-4000-8000-00000000000"


class Nowhere(dg.IOManager):
    def handle_output(self, context: dg.OutputContext, obj: None) -> None: ...

    def load_input(self, context: dg.InputContext) -> None: ...


def _job() -> dg.JobDefinition:
    daily = partitions(DAY)

    @dg.asset(partitions_def=daily, check_specs=[dg.AssetCheckSpec("fine", asset="landed")])
    def landed():  # type: ignore[no-untyped-def]  # Dagster reads the annotation
        yield dg.Output(None, metadata={"rows": 7})
        yield dg.AssetCheckResult(passed=True, check_name="fine")

    @dg.asset(partitions_def=daily, deps=[landed])
    def read() -> None: ...

    return dg.Definitions(
        assets=[landed, read],
        jobs=[dg.define_asset_job("night", executor_def=dg.in_process_executor)],
        resources={"io_manager": Nowhere()},
    ).resolve_job_def("night")


def _told(instance: dg.DagsterInstance, run_id: str) -> list[tuple[str | None, str | None]]:
    """Type and asset of every event of a run, but for that an output was handled, which a night does not keep."""
    entries = (entry.dagster_event for entry in instance.all_logs(run_id))
    kept = [e for e in entries if e and e.event_type is not dg.DagsterEventType.HANDLED_OUTPUT]
    return [(e.event_type_value, e.asset_key.to_user_string() if e.asset_key else None) for e in kept]


def test_dagster_reads_what_a_night_wrote_as_it_reads_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with dagster_instance(Home(tmp_path)) as ours:
        assert isinstance(ours.event_log_storage, NightEventLog)
        assert _execute(_job(), ours, f"{RUN}1", DAY)
        with dg.DagsterInstance.get() as beside:  # the UI looks while the night still runs
            assert _told(beside, f"{RUN}1") == _told(ours, f"{RUN}1")
    with dg.DagsterInstance.get() as theirs:
        assert not isinstance(theirs.event_log_storage, NightEventLog)
        record = theirs.get_asset_records([dg.AssetKey("landed")])[0].asset_entry
        assert record.last_run_id == f"{RUN}1"
        last = record.last_materialization and record.last_materialization.asset_materialization
        assert last is not None
        assert last.metadata["rows"].value == 7
        assert theirs.get_materialized_partitions(dg.AssetKey("read")) == {DAY.isoformat()}
        assert _execute(_job(), theirs, f"{RUN}2", DAY)
        assert _told(theirs, f"{RUN}1") == _told(theirs, f"{RUN}2")  # the same events in the same order
    with dagster_instance(Home(tmp_path)) as ours:  # and the other way round
        assert _told(ours, f"{RUN}1") == _told(ours, f"{RUN}2")
        assert {run.run_id for run in ours.get_runs()} == {f"{RUN}1", f"{RUN}2"}


def test_no_file_is_left_open_or_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with dagster_instance(Home(tmp_path)) as instance:
        assert _execute(_job(), instance, f"{RUN}1", DAY)
    files = sorted((tmp_path / "dagster" / "history").rglob("*.db*"))
    assert not [file.name for file in files if file.name.endswith("-wal")]
    for file in files:
        with sqlite3.connect(file) as con:
            assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_instance_with_another_storage_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = "{module: dagster._core.storage.event_log, class: InMemoryEventLogStorage}"
    (tmp_path / "dagster.yaml").write_text(f"event_log_storage: {storage}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dagster_instance(Home(tmp_path / "home")) as instance:
        assert type(instance.event_log_storage).__name__ == "InMemoryEventLogStorage"
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(dg.DagsterInvariantViolationError, match="not a directory"):
        dagster_instance(Home(tmp_path / "home"))
