"""What Dagster is told: the keys that history hangs on, when the night starts, and who owns what."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import build_definitions
from pipelines.jobs import JAKARTA
from pipelines.keys import LAYERS
from sehatmu.settings import load_settings

SNAPSHOT = Path(__file__).with_name("asset_keys.txt")


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return build_definitions(load_settings(Path("home")))


def test_asset_keys_are_those_that_history_hangs_on(definitions: dg.Definitions) -> None:
    """A renamed key loses its history: change the snapshot only when that is meant."""
    keys = sorted("/".join(key.path) for key in definitions.resolve_asset_graph().get_all_asset_keys())
    assert keys == SNAPSHOT.read_text().split()
    assert {key.split("/")[0] for key in keys} == set(LAYERS)


def test_every_asset_says_what_it_is_and_whose(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.owners, spec.key
        assert spec.kinds, spec.key
        assert spec.group_name in (spec.key.path[1], "build"), spec.key


def test_the_night_starts_at_two_in_jakarta_for_the_date_that_has_begun(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("nightly")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Asia/Jakarta")
    moment = dt.datetime(2026, 3, 1, 2, tzinfo=JAKARTA)
    context = dg.build_schedule_context(
        scheduled_execution_time=moment, repository_def=definitions.get_repository_def()
    )
    requests = schedule.evaluate_tick(context).run_requests
    assert [request.partition_key for request in requests or []] == ["2026-03-01"]


def test_the_landing_sensor_waits_until_files_rest_and_starts_once(tmp_path: Path) -> None:
    repository = build_definitions(load_settings(tmp_path)).get_repository_def()
    sensor = repository.get_sensor_def("landing")
    delivery = tmp_path / "landing" / "sirs" / "rumah_sakit" / "2026-03-01"
    delivery.mkdir(parents=True)

    def look(cursor: str | None) -> tuple[int, str | None]:
        result = sensor.evaluate_tick(dg.build_sensor_context(cursor=cursor, repository_def=repository))
        return len(result.run_requests or []), result.cursor

    assert look(None)[0] == 0
    (delivery / "rs.csv").write_text("kode_rs,nama_rs\n")
    started, cursor = look(None)
    assert started == 0
    started, cursor = look(cursor)
    assert started == 1
    started, cursor = look(cursor)
    assert started == 0
    (delivery / "rs2.csv").write_text("kode_rs,nama_rs\n")
    started, cursor = look(cursor)
    assert (started, look(cursor)[0]) == (0, 1)
