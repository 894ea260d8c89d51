"""The night as a job, and when it starts by itself: each night at two, and when files have landed."""

from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as Job

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
