"""The one place that builds Definitions: assets of every layer, the night's job, its schedule and its sensor."""

from datetime import date

import dagster as dg

from pipelines.assets.golden import golden_asset
from pipelines.assets.identity import identity_asset
from pipelines.assets.intake import intake_asset
from pipelines.assets.linkage import linkage_asset
from pipelines.assets.published import published_assets
from pipelines.assets.standard import standard_asset
from pipelines.domains import DOMAINS, LINKED
from pipelines.jobs import landing_sensor, night_job, night_schedule, partitions
from pipelines.resources import lake_io_manager, night_resource
from sehatmu.contracts import load_contracts
from sehatmu.publish.tables import published_contracts
from sehatmu.settings import Settings, load_settings


def build_definitions(settings: Settings, *, through: date | None = None) -> dg.Definitions:
    """Definitions over one home; `through` makes room for a build date later than today."""
    contracts = load_contracts(settings.contracts)
    daily, job = partitions(through), night_job()
    return dg.Definitions(
        assets=[
            *(intake_asset(contract, daily) for contract in contracts.sources()),
            *(standard_asset(spec, contracts, daily) for spec in DOMAINS),
            *(linkage_asset(spec, daily) for spec in LINKED),
            *(identity_asset(spec, daily) for spec in LINKED),
            *(golden_asset(spec, daily) for spec in LINKED),
            *published_assets(published_contracts(contracts), daily),
        ],
        jobs=[job],
        schedules=[night_schedule(job)],
        sensors=[landing_sensor(job, settings)],
        resources={"night": night_resource(settings), "io_manager": lake_io_manager},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster's own services load; a night from the command line builds its own and does not pay for these."""
    return build_definitions(load_settings())
