"""The night as a job, when it starts by itself, and how the command line runs it in process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as Job
from dagster._core.utils import make_new_run_id

from sehatmu.home import Home
from sehatmu.settings import Settings

JAKARTA = ZoneInfo("Asia/Jakarta")
FIRST_DATE = date(2020, 1, 1)

# No data fault is worth a retry (the assets say so themselves); these two are for a disk or memory that was busy.
RETRIES = dg.RetryPolicy(max_retries=2, delay=10, backoff=dg.Backoff.EXPONENTIAL)


def partitions(through: date | None = None) -> dg.DailyPartitionsDefinition:
    """One partition per build date, up to today in Jakarta, or up to a later date that somebody asks for."""
    today = datetime.now(JAKARTA).date()
    ahead = max(1, (through - today).days + 1 if through else 1)
    return dg.DailyPartitionsDefinition(
        start_date=min(FIRST_DATE, through or FIRST_DATE).isoformat(),
        timezone="Asia/Jakarta",
        end_offset=ahead,
    )


def night_job() -> Job:
    """Every asset, in one process: the steps are coarse and polars uses all cores."""
    return dg.define_asset_job(
        "night",
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        op_retry_policy=RETRIES,
        description="Landing to published: one build of every index.",
    )


def night_schedule(job: Job) -> dg.ScheduleDefinition:
    """Each night at 02:00 in Jakarta, for the date that has just begun."""

    @dg.schedule(job=job, cron_schedule="0 2 * * *", execution_timezone="Asia/Jakarta", name="nightly")
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.astimezone(JAKARTA).date().isoformat()
        return dg.RunRequest(run_key=day, partition_key=day)

    return nightly


def landing_sensor(job: Job, settings: Settings) -> dg.SensorDefinition:
    """Starts a night when files have landed and then stayed as they are for one look.

    Two equal looks in a row keep a night from starting on half of a delivery.
    """

    @dg.sensor(job=job, name="landing", minimum_interval_seconds=60)
    def landing(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        root = Home(settings.home).landing
        files = sorted(p for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))
        seen = "\n".join(f"{p.relative_to(root)} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in files)
        look = sha256(seen.encode()).hexdigest()
        before, _, started = (context.cursor or " ").partition(" ")
        context.update_cursor(f"{look} {look if before == look else started}")
        if not files or look == started:
            return dg.SkipReason("nothing new has landed")
        if look != before:
            return dg.SkipReason("files are landing; waiting until they stay as they are")
        return dg.RunRequest(run_key=look, partition_key=datetime.now(JAKARTA).date().isoformat())

    return landing


def run_night(settings: Settings, day: date, *, tell: Callable[[str, int, int], None]) -> bool:
    """Run the same job in this process, recorded in the home's Dagster instance; True when it succeeded.

    `tell` hears a line for every finished step and for every failure, with the steps done so far and in all.
    """
    from pipelines.definitions import build_definitions

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
        return job.execute_in_process(
            instance=instance,
            run_id=run_id,
            partition_key=day.isoformat(),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
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
            yield f"check {check.check_name} failed for {check.asset_key.to_user_string()}. {facts}"


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
    return dg.DagsterInstance.get()


def prepare_dagster_home(home: Home) -> str:
    """Make `<home>/dagster` with a configuration that sends nothing out; an existing one stays as it is."""
    home.dagster.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = home.dagster / "dagster.yaml"
    if not config.exists():
        config.write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n")
    return str(home.dagster)
