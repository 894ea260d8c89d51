"""A register that nobody delivers yet: its standard tables are taken over, and are those that would be made."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.assets.standard import _make, _nothing
from pipelines.domains import DOMAINS
from pipelines.keys import intake_key
from pipelines.resources import Night
from sehatmu.contracts import load_contracts
from sehatmu.home import BuildId, Home, Manifest
from sehatmu.intake import accepted_schema
from sehatmu.lake import write_table
from sehatmu.publish.inputs import authored_versions, code_version
from sehatmu.settings import Settings, load_settings

FIRST, SECOND = (BuildId(date(2026, 3, day), 1) for day in (1, 2))


def two_nights(root: Path) -> tuple[Night, Night]:
    """A night, and the one after it, made by the same rules."""
    contracts = load_settings().contracts
    home, told = Home(root).create(), {"code_version": code_version(), "versions": authored_versions(contracts)}
    first = Night(
        settings=Settings(home=root, contracts=contracts),
        home=home,
        contracts=load_contracts(contracts),
        build=FIRST,
        history=[],
        started_at=datetime(2026, 3, 1, tzinfo=UTC),
        input_digest="",
        decisions={},
    )
    return first, replace(first, build=SECOND, history=[Manifest(FIRST, None, root, told)])


@pytest.mark.parametrize("domain", ["product", "facility"])  # the provinces are there without any row
def test_where_nothing_came_the_tables_of_last_night_are_those_of_tonight(tmp_path: Path, domain: str) -> None:
    first, second = two_nights(tmp_path)
    spec = next(spec for spec in DOMAINS if spec.name == domain)
    extracts = [c for c in first.contracts.sources() if c.domain == spec.name or c.id in spec.references]
    for night in (first, second):
        for contract in extracts:
            nothing = pl.DataFrame(schema=accepted_schema(contract))
            write_table(night.lake(*intake_key("accepted", contract).path), nothing)
    assert _nothing(spec, first, extracts) is None
    for table, made in _make(spec, first, extracts).items():
        assert isinstance(made, pl.DataFrame)
        write_table(first.lake("standard", spec.name, table), made)
    taken, made_anew = _nothing(spec, second, extracts), _make(spec, second, extracts)
    assert taken is not None
    assert set(taken) == set(spec.standard)
    for table, frame in taken.items():
        assert isinstance(frame, pl.DataFrame)
        assert_frame_equal(frame, made_anew[table])
    one = pl.DataFrame({"is_current": [True]}).select(
        pl.lit(None, dtype).alias(name) for name, dtype in accepted_schema(extracts[0]).items()
    )
    for night in (second, first):  # a row came, or one was there
        path = night.lake(*intake_key("accepted", extracts[0]).path)
        write_table(path, one)
        assert _nothing(spec, second, extracts) is None
        write_table(path, one.clear())
    assert _nothing(spec, second, extracts) is not None
