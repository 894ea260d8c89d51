"""The job from the command line: in this process, or as Dagster's own services over the home."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.execute_in_process import core_execute_in_process, merge_run_tags
from dagster._core.utils import make_new_run_id

from pipelines.definitions import build_definitions
from pipelines.event_log import with_lasting_connections
from sehatmu.home import Home
from sehatmu.settings import Settings


def run_night(settings: Settings, day: date, *, tell: Callable[[str, int, int], None]) -> bool:
    """Run the same job in this process, recorded in the home's Dagster instance; True when it succeeded.

    `tell` hears a line for every finished step and for every failure, with the steps done so far and in all.
    """
    job = build_definitions(settings, through=day).resolve_job_def("night")
    steps, finished = len(job.graph.node_defs), 0

    def hear(entry: dg.EventLogEntry) -> None:
        nonlocal finished
        finished += bool(entry.dagster_event and entry.dagster_event.is_step_success)
        for line in _lines(entry):
            tell(line, finished, steps)

    with dagster_instance(Home(settings.home)) as instance:
        run_id = make_new_run_id()
        instance.add_event_listener(run_id, hear)
        return _execute(job, instance, run_id, day)


def _execute(job: dg.JobDefinition, instance: dg.DagsterInstance, run_id: str, day: date) -> bool:
    """`job.execute_in_process` without what it keeps in memory until the night has ended: every frame of every step."""
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    tags = merge_run_tags(
        job_def=job,
        partition_key=day.isoformat(),
        tags=None,
        asset_selection=None,
        instance=instance,
        run_config=config,
    )
    return core_execute_in_process(
        run_config=config,
        job=InMemoryJob(job_def=job.as_ephemeral_job(resource_defs={}, input_values={})),
        instance=instance,
        output_capturing_enabled=False,
        raise_on_error=False,
        run_tags=tags,
        run_id=run_id,
        asset_selection=frozenset(),
    ).success


def _lines(entry: dg.EventLogEntry) -> Iterator[str]:
    """What the command line says about an event: a finished step, a failed one, a failed check."""
    event = entry.dagster_event
    if event is None or event.step_key is None:
        return
    if event.is_step_success:
        yield f"{event.step_key}: done in {event.step_success_data.duration_ms / 1000:.1f} s"
    elif event.is_step_failure:
        told = event.step_failure_data
        reason = told.user_failure_data.description if told.user_failure_data else told.error and told.error.message
        yield f"{event.step_key}: failed. {reason}"
    elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        check = event.asset_check_evaluation_data
        if not check.passed:
            facts = ", ".join(f"{name}: {value.value}" for name, value in check.metadata.items())
            word = "failed" if check.blocking else "warns"
            yield f"check {check.check_name} {word} for {check.asset_key.to_user_string()}. {facts}"


def serve_ui(settings: Settings, port: int) -> int:
    """Run `dagster dev` over this home until it is stopped; returns its exit code."""
    home = Home(settings.home).create()
    environment = {
        **os.environ,
        "SEHATMU_HOME": str(settings.home),
        "SEHATMU_CONTRACTS": str(settings.contracts),
        "DAGSTER_HOME": os.environ.get("DAGSTER_HOME") or prepare_dagster_home(home),
    }
    serve = ["dagster", "dev", "-m", "pipelines.definitions", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run([sys.executable, "-m", *serve], env=environment, check=False).returncode


def dagster_instance(home: Home) -> dg.DagsterInstance:
    """The instance that keeps runs and lineage under the home, unless `DAGSTER_HOME` names another."""
    os.environ.setdefault("DAGSTER_HOME", prepare_dagster_home(home))
    with dg.DagsterInstance.get() as named:  # by Dagster's own reading of the variable
        return dg.DagsterInstance.from_ref(with_lasting_connections(named.get_ref()))


def prepare_dagster_home(home: Home) -> str:
    """Make `<home>/dagster` with a configuration that sends nothing out; an existing one stays as it is."""
    home.dagster.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = home.dagster / "dagster.yaml"
    if not config.exists():
        config.write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n")
    return str(home.dagster)
