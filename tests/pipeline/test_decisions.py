"""Stewardship over whole nights: the queue out and in, decisions that hold, wait, contradict, and are withdrawn."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from sehatmu.cli import app
from sehatmu.errors import SehatmuError
from sehatmu.home import Home, current_build
from tests.pipeline.conftest import FIRST, SECOND, published_tables, run

THIRD = FIRST + timedelta(days=2)
HEADER = "index,left_key,right_key,verdict,who,when,why\n"


def command(home: Path, *arguments: object) -> tuple[int, str]:
    """`sehatmu` on that home: exit code as `main` gives it, and all that it said."""
    result = CliRunner().invoke(app, [*map(str, arguments), "--home", str(home)])
    if isinstance(result.exception, SehatmuError):
        return 1, str(result.exception)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def master_of(home: Path) -> dict[str, str]:
    """Masters of the facilities' records, whose keys are not personal."""
    links = published_tables(home)["xref.record_link"].filter(index="msi")
    return dict(links.select("record_key", "master_id").iter_rows())


def queue_of(home: Path) -> pl.DataFrame:
    return published_tables(home)["review.possible_match"].filter(index="msi").sort("rank")


def apart_in(queue: pl.DataFrame, count: int) -> list[tuple[str, str]]:
    """The first pairs of the queue that share no record, so that decisions on them cannot meet."""
    seen: set[str] = set()
    pairs: list[tuple[str, str]] = []
    for pair in queue.select("left_key", "right_key").iter_rows():
        if not seen & set(pair):
            pairs.append(pair)
            seen |= set(pair)
    assert len(pairs) >= count
    return pairs[:count]


def test_the_queue_is_ranked_by_what_a_decision_gains(first_night: Path) -> None:
    queue = queue_of(first_night)
    assert queue["rank"].to_list() == list(range(1, len(queue) + 1))
    assert queue["gain"].is_sorted(descending=True)
    sizes = published_tables(first_night)["xref.record_link"].filter(index="msi").group_by("master_id").len()
    size, master = dict(sizes.iter_rows()), master_of(first_night)
    for left, right, gain in queue.select("left_key", "right_key", "gain").iter_rows():
        assert 0 <= gain <= size[master[left]] * size[master[right]]
        assert master[left] != master[right]


@pytest.mark.parametrize("name", ["queue.xlsx", "queue.csv"])
def test_a_queue_filled_in_by_a_steward_holds_from_the_next_night_on(
    name: str, home_after_first: Path, tmp_path: Path
) -> None:
    file = tmp_path / name
    code, told = command(home_after_first, "decide", "--out", file, "--index", "msi")
    assert code == 0, told
    assert file.stat().st_mode & 0o077 == 0
    sheet = (
        pl.read_excel(file, infer_schema_length=0) if name.endswith("xlsx") else pl.read_csv(file, infer_schema=False)
    )
    assert sheet.columns[:6] == ["rank", "index", "left_key", "right_key", "verdict", "why"]
    assert "left name_core" in sheet.columns
    assert "score" not in sheet.columns
    (yes, no) = apart_in(sheet, 2)
    is_pair = {pair: (pl.col("left_key") == pair[0]) & (pl.col("right_key") == pair[1]) for pair in (yes, no)}
    verdict = pl.when(is_pair[yes]).then(pl.lit("same")).when(is_pair[no]).then(pl.lit("not_same"))
    filled = sheet.with_columns(verdict=verdict, why=pl.when(is_pair[yes]).then(pl.lit("gedung yang sama, kata Siti")))
    filled.write_excel(file) if name.endswith("xlsx") else filled.write_csv(file)
    code, told = command(home_after_first, "decide", "--in", file, "--by", "Rina")
    assert code == 0, told
    assert "Kept 2 decisions" in told
    assert "hold already" in command(home_after_first, "decide", "--in", file, "--by", "Rina")[1]
    if name.endswith("csv"):
        return

    assert run(home_after_first, SECOND)[0]
    master, queue = master_of(home_after_first), queue_of(home_after_first)
    assert master[yes[0]] == master[yes[1]]
    assert master[no[0]] != master[no[1]]
    left = set(queue.select("left_key", "right_key").iter_rows())
    assert not left & {yes, no}
    kept = published_tables(home_after_first)["review.decision"]
    assert kept.select("index", "verdict", "who", "status").sort("verdict").rows() == [
        ("msi", "not_same", "Rina", "active"),
        ("msi", "same", "Rina", "active"),
    ]
    assert kept["why"].null_count() == 2
    clear = published_tables(home_after_first, "restricted.duckdb")["review.decision"]
    assert clear["why"].drop_nulls().to_list() == ["gedung yang sama, kata Siti"]


def test_a_decision_holds_against_veto_and_new_data_until_it_is_withdrawn(home_after_first: Path) -> None:
    """Two hospitals of different codes, which no score may ever join; then their register changes."""
    hospitals = sorted(key for key in master_of(home_after_first) if key.startswith("sirs|rumah_sakit|"))
    one, other = hospitals[0], hospitals[1]
    code, told = command(home_after_first, "decide", one, other, "same", "--by", "Rina", "--why", "dua kode, satu RS")
    assert code == 0, told
    assert run(home_after_first, SECOND)[0]
    first = master_of(home_after_first)
    assert first[one] == first[other]
    events = published_tables(home_after_first)["history.event"]
    assert "merge" in events.filter(pl.col("build_date") == SECOND)["event"].to_list()

    landed = next((home_after_first / "landing/sirs/rumah_sakit").glob("*/*"))
    changed = home_after_first / "landing/sirs/rumah_sakit" / THIRD.isoformat() / landed.name
    changed.parent.mkdir()
    changed.write_bytes(landed.read_bytes().replace(b"RSU", b"Rumah Sakit Umum"))
    assert run(home_after_first, THIRD)[0]
    again = master_of(home_after_first)
    assert again[one] == again[other] == first[one]

    code, told = command(home_after_first, "decide", other, one, "withdrawn", "--by", "Budi")
    assert code == 0, told
    assert run(home_after_first, THIRD + timedelta(days=1))[0]
    after = master_of(home_after_first)
    assert after[one] != after[other]
    kept = published_tables(home_after_first)["review.decision"].sort("decided_at")
    assert kept.select("verdict", "who", "status").rows() == [
        ("same", "Rina", "withdrawn"),
        ("withdrawn", "Budi", "withdrawal"),
    ]


def test_contradictory_decisions_block_the_build_and_are_named(home_after_first: Path) -> None:
    a, b, c = sorted(master_of(home_after_first))[:3]
    (home_after_first / "decisions").mkdir(exist_ok=True)
    first, second = home_after_first / "decisions" / "a.csv", home_after_first / "decisions" / "b.csv"
    first.write_text(f"{HEADER}msi,{a},{b},same,Rina,2026-03-01,\nmsi,{b},{c},same,Rina,2026-03-01,\n")
    second.write_text(f"{HEADER}msi,{a},{c},not_same,Budi,2026-03-02,\n")
    before = current_build(Home(home_after_first))
    code, told = command(home_after_first, "night", "--date", SECOND)
    assert code == 1
    assert "not the same by b.csv row 2; the same by a.csv row 2, a.csv row 3" in told
    assert a not in told
    assert current_build(Home(home_after_first)) == before
    second.write_text(f"{HEADER}msi,{a},{c},not_same,Budi,2026-03-02,\nmsi,{b},{c},withdrawn,Budi,2026-03-03,\n")
    code, told = command(home_after_first, "night", "--date", SECOND)
    assert code == 0, told
    master = master_of(home_after_first)
    assert master[a] == master[b] != master[c]


def test_a_file_of_decisions_that_cannot_be_read_blocks_the_build(home_after_first: Path) -> None:
    (home_after_first / "decisions" / "a.csv").write_text(f"{HEADER}msi,A|1|1,B|1|1,sama,Rina,2026-03-01,\n")
    code, told = command(home_after_first, "night", "--date", SECOND)
    assert code == 1
    assert "a.csv, row 2, column verdict" in told


def test_a_decision_about_a_record_that_is_not_there_waits_and_is_told(home_after_first: Path) -> None:
    here = min(master_of(home_after_first))
    code, told = command(home_after_first, "decide", here, "sirs|rumah_sakit|gone", "same", "--by", "Rina")
    assert code == 0, told
    assert "a record is not there now; that decision waits" in told
    done, lines = run(home_after_first, SECOND)
    assert done, lines
    assert any("decisions_apply warns" in line and "waiting: 1" in line for line in lines)
    assert published_tables(home_after_first)["review.decision"]["status"].to_list() == ["waiting"]


def test_a_new_decision_is_new_input_and_what_was_refused_left_nothing(home_after_first: Path) -> None:
    code, told = command(home_after_first, "night", "--date", FIRST)
    assert (code, "Nothing to do" in told) == (0, True)
    a, b = apart_in(queue_of(home_after_first), 1)[0]
    assert command(home_after_first, "decide", a, b, "same", "--by", "Rina")[0] == 0
    code, told = command(home_after_first, "decide", a, b, "not_same", "--by", "Budi")
    assert code == 1
    assert "this decision row 1" in told
    assert len(list((home_after_first / "decisions").iterdir())) == 1
    code, told = command(home_after_first, "night", "--date", FIRST)
    assert code == 0, told
    assert "Published 2026-03-01.2" in told
    assert "new decisions/" in command(home_after_first, "diff", f"{FIRST}.1", f"{FIRST}.2")[1]
    assert "Nothing to do" in command(home_after_first, "night", "--date", FIRST)[1]


def test_a_decision_before_the_first_night_is_kept(tmp_path: Path) -> None:
    code, told = command(
        tmp_path / "home", "decide", "sirs|rumah_sakit|1", "komdat|puskesmas|2", "not_same", "--by", "Rina"
    )
    assert code == 0, told
    (kept,) = (tmp_path / "home" / "decisions").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.read_text().splitlines()[1].startswith("msi,komdat|puskesmas|2,sirs|rumah_sakit|1,not_same,Rina,20")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("A", "B"),
        ("A", "B", "perhaps", "--by", "Rina"),
        ("--out", "q.csv", "--in", __file__),
        ("--in", __file__),
        ("A", "B", "same"),
        ("--out", "q.csv", "--index", "xyz"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert command(tmp_path / "home", "decide", *arguments)[0] == 2


def test_the_queue_leaves_out_what_is_decided_by_now(home_after_first: Path, tmp_path: Path) -> None:
    yes = apart_in(queue_of(home_after_first), 1)[0]
    assert command(home_after_first, "decide", *yes, "same", "--by", "Rina")[0] == 0
    code, told = command(
        home_after_first, "decide", "--out", tmp_path / "q.csv", "--top", 3, "--index", "msi", "--with-score"
    )
    assert code == 0, told
    sheet = pl.read_csv(tmp_path / "q.csv", infer_schema=False)
    assert yes not in set(sheet.select("left_key", "right_key").iter_rows())
    assert {"score", "explanation"} <= set(sheet.columns)
    assert len(sheet) == 3
    assert command(home_after_first, "decide", "--out", tmp_path / "q.docx")[0] == 1


def change_patients(home: Path) -> None:
    """One facility delivers anew, without two of its patients; the civil register tells some people's names anew."""
    for extract, some, changed in (
        ("faskes/pasien", pl.col("kode_faskes") == pl.col("kode_faskes").first(), "alamat"),
        ("dukcapil/penduduk", pl.int_range(pl.len()) % 25 == 0, "nama_lgkp"),
    ):
        landed = next((home / "landing" / extract).glob("*/*.csv"))
        rows = pl.read_csv(landed, infer_schema=False).filter(some).slice(2)
        path = home / "landing" / extract / SECOND.isoformat() / landed.name
        path.parent.mkdir()
        rows.with_columns(pl.lit("BARU ") + pl.col(changed)).write_csv(path)


def test_a_night_that_builds_on_the_one_before_equals_a_night_from_nothing(
    home_after_first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    monkeypatch.setattr("sehatmu.lake.SMALL", 0)
    change_patients(home_after_first)
    landed = next((home_after_first / "landing/simada/sarana").glob("*/*"))
    lines = landed.read_bytes().splitlines(keepends=True)
    changed = home_after_first / "landing/simada/sarana" / SECOND.isoformat() / landed.name
    changed.parent.mkdir()
    changed.write_bytes(b"".join([*lines[:40], *lines[55:]]).replace(b"Klinik", b"KLINIK UTAMA", 20))
    yes, no = apart_in(queue_of(home_after_first), 2)
    assert command(home_after_first, "decide", *yes, "same", "--by", "Rina")[0] == 0
    assert command(home_after_first, "decide", *no, "not_same", "--by", "Rina")[0] == 0
    other = tmp_path / "other"
    shutil.copytree(home_after_first, other, symlinks=True)
    states = Home(other).lake / "pairs/facility/state"
    assert [path.name for path in states.iterdir()] == [f"{FIRST}.1"]
    for layer in ("pairs/patient/state", "accepted", "clusters/patient", "golden/patient/origin"):
        shutil.rmtree(Home(other).lake / layer)
    shutil.rmtree(states)
    for home in (home_after_first, other):
        done, told = run(home, SECOND)
        assert done, told
    one, two = published_tables(home_after_first), published_tables(other)
    for name in sorted(one.keys() - {"meta.build"}):
        assert_frame_equal(one[name], two[name], check_exact=True)
    lake = Home(home_after_first).lake
    assert (lake / "pairs/facility/state" / f"{SECOND}.1" / "state.json").exists()
    for carried in (
        "accepted/patient/faskes_pasien",
        *(f"standard/patient/{table}" for table in ("record", "verification")),
        "identity/patient/link",
        *(f"golden/patient/{table}" for table in ("patient", "origin", "patient_identifier", "verification")),
    ):
        assert (lake / carried / f"{SECOND}.1" / "base.parquet").samefile(lake / carried / f"{FIRST}.1.parquet")


def test_a_state_that_cannot_be_read_costs_time_and_nothing_else(home_after_first: Path) -> None:
    killed = Home(home_after_first).lake_folder("pairs", "facility", "state", f"{SECOND}.1")
    killed.mkdir()
    (killed / "pair.parquet").write_bytes(b"what a night that was killed left of another")
    state = Home(home_after_first).lake_folder("pairs", "facility", "state", f"{FIRST}.1")
    (state / "pair.parquet").write_bytes(b"half")
    before = published_tables(home_after_first)
    done, told = run(home_after_first, SECOND)
    assert done, told
    assert_frame_equal(before["msi.facility"], published_tables(home_after_first)["msi.facility"])
