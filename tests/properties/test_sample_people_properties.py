"""Whatever the seed, the size, the noise and the slices: as many rows as asked for, keyed, told, and the same."""

from dataclasses import fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sehatmu.sample.people import live, make_country, niks
from sehatmu.sample.person_noise import PersonNoise
from sehatmu.sample.person_writing import write_people

DAY = date(2026, 11, 23)
RATES = [field.name for field in fields(PersonNoise)]
NOISES = st.dictionaries(st.sampled_from(RATES), st.floats(0, 1), max_size=20).map(lambda rates: PersonNoise(**rates))
SOME = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SOME
@given(seed=st.integers(0, 2**31), size=st.integers(1, 900), noise=NOISES, night=st.integers(1, 3))
def test_every_row_is_keyed_and_told(seed: int, size: int, noise: PersonNoise, night: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_people(folder, people=size, seed=seed, day=DAY, noise=noise, night=night, facilities=60)
        rows = pl.read_parquet(folder / "faskes/pasien/2026-11-23/pasien.parquet")
        civil = pl.read_parquet(folder / "dukcapil/penduduk/2026-11-23/penduduk.parquet")
        truth = pl.read_parquet(folder / "truth/person.parquet")
    if night == 1:
        assert rows.height == size
    assert rows.select(pl.col("sumber_kode", "kode_faskes", "no_rm", "nama").null_count()).row(0) == (0, 0, 0, 0)
    assert (rows["nama"].str.strip_chars() != "").all()
    assert truth["record_key"].is_unique().all()
    assert truth.height == rows.height + civil.height
    assert truth["entity"].null_count() == 0
    assert civil["nik"].str.contains(r"^[1-9]\d{15}$").all()
    assert {"9271060312000001", "9204014804000002", "7209061211900001"} <= set(civil["nik"])


@SOME
@given(seed=st.integers(0, 2**31), size=st.integers(1, 600), one=st.integers(40, 700), noise=NOISES)
def test_slices_change_no_byte(seed: int, size: int, one: int, noise: PersonNoise) -> None:
    written = []
    for chunk in (one, 1000):
        with TemporaryDirectory() as name:
            folder = Path(name)
            write_people(folder, people=size, seed=seed, day=DAY, noise=noise, format="csv", chunk=chunk, facilities=60)
            written.append({p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*.csv"))})
    assert written[0] == written[1]


@SOME
@given(seed=st.integers(0, 2**31), count=st.integers(10, 3000), more=st.integers(0, 2000), noise=NOISES)
def test_a_larger_country_begins_with_the_smaller_one(seed: int, count: int, more: int, noise: PersonNoise) -> None:
    small = make_country(count, seed=seed, day=DAY, noise=noise)
    large = make_country(count + more, seed=seed, day=DAY, noise=noise)
    ids = np.arange(count, dtype=np.int64)
    one, other = live(small, ids), live(large, ids)
    for name in type(one).__slots__:
        assert (getattr(one, name) == getattr(other, name)).all(), name
    numbers = niks(small, one)
    assert (numbers == niks(large, other)).all()
    assert np.unique(numbers[numbers > 0]).size == (numbers > 0).sum()
