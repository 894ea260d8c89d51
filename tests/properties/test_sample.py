"""Whatever the seed, the size and the noise: truth and files agree, and a country grows without changing."""

from dataclasses import fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sehatmu.sample import Changes, Noise, write_sample
from sehatmu.sample.dice import Rolls
from sehatmu.sample.faults import break_rows
from sehatmu.sample.nights import world_at
from sehatmu.sample.registers import write_registers

RATES = [field.name for field in fields(Noise) if field.type == "float"]
NOISES = st.dictionaries(st.sampled_from(RATES), st.floats(0, 1), max_size=len(RATES)).map(lambda rates: Noise(**rates))
SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SOME
@given(seed=st.integers(0, 2**31), size=st.integers(2, 300), more=st.integers(0, 200), noise=NOISES)
def test_a_larger_country_begins_with_the_smaller_one(seed: int, size: int, more: int, noise: Noise) -> None:
    small, _ = world_at(seed, size, night=1, noise=noise, changes=Changes())
    large, _ = world_at(seed, size + more, night=1, noise=noise, changes=Changes())
    assert large.head(size).equals(small)


@SOME
@given(seed=st.integers(0, 2**31), size=st.integers(2, 400), night=st.integers(1, 3), noise=NOISES)
def test_every_row_is_keyed_or_told_as_faulty(seed: int, size: int, night: int, noise: Noise) -> None:
    world, _ = world_at(seed, size, night=night, noise=noise, changes=Changes(merged=0.1, closed=0.1, recoded=0.1))
    for extract, rows in write_registers(world, seed=seed, noise=noise).items():
        assert rows["key"].is_unique().all()
        assert rows["key"].null_count() == 0
        broken = break_rows(rows, extract, seed=seed, noise=noise)
        assert broken["key"].drop_nulls().is_unique().all()
        assert broken.filter(pl.col("key").is_null())["fault"].null_count() == 0
        good = broken.filter(pl.col("fault").is_null()).drop("fault", "fault_column")
        assert good.join(rows, on=rows.columns, how="anti", nulls_equal=True).is_empty()


@settings(SOME, max_examples=5)
@given(seed=st.integers(0, 1000), size=st.integers(2, 120), noise=NOISES)
def test_the_same_arguments_write_the_same_bytes(seed: int, size: int, noise: Noise) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        folders = [Path(one), Path(other)]
        for folder in folders:
            write_sample(folder, facilities=size, seed=seed, day=date(2026, 11, 23), noise=noise)
        paths = [
            sorted(path.relative_to(folder) for path in folder.rglob("*.*") if path.is_file()) for folder in folders
        ]
        assert paths[0] == paths[1]
        assert all((folders[0] / path).read_bytes() == (folders[1] / path).read_bytes() for path in paths[0])


@given(seed=st.integers(0, 2**63), ids=st.lists(st.integers(0, 2**62), min_size=1, max_size=50), data=st.data())
def test_a_draw_depends_on_its_thing_alone(seed: int, ids: list[int], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(ids))))
    numbers = pl.Series(ids, dtype=pl.Int64)
    drawn = Rolls(seed, "here", numbers.to_numpy()).unit("x")
    shuffled = Rolls(seed, "here", numbers.gather(order).to_numpy()).unit("x")
    assert (drawn[order] == shuffled).all()
    assert ((drawn >= 0) & (drawn < 1)).all()
