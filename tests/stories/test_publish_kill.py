"""`kill -9` at every step of publishing: readers see the old build or the new one, and the next night works.

A child process counts what it asks of the disk (fsync, rename, link, unlink, a statement to DuckDB) and kills
itself before the n-th; another story kills from outside at moments that nobody chose.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sehatmu.home import Home, current_build
from sehatmu.publish.check import check_build
from sehatmu.publish.switch import clear_partial
from tests.publishing import ask, contracts, facility, new_home, night

ROOT = Path(__file__).parents[2]

# Forks for every step, so that slow imports are paid once. Before it forks it must not start threads, as polars
# does with its first frame: so it gets the contracts compiled.
CHILD = """
import os, pickle, signal, sys
from pathlib import Path
import duckdb, polars
from sehatmu.home import Home
from sehatmu.publish.switch import clear_partial
from tests import publishing
from tests.publishing import facility, night

compiled = pickle.loads(Path(sys.argv[6]).read_bytes())
publishing.contracts = lambda: compiled
home, day, where = Home(Path(sys.argv[1])), sys.argv[2], sys.argv[3]

def publish(stop):
    steps = 0
    def counted(function):
        def step(*args, **kwargs):
            nonlocal steps
            steps += 1
            if steps == stop:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)
        return step
    if where == "disk":  # from the same start each time, or the n-th step would be another one
        clear_partial(home)
    if where == "outside":
        print("publishing", flush=True)
    elif where != "database":
        for name in ("fsync", "replace", "rename", "symlink", "unlink", "mkdir", "chmod"):
            setattr(os, name, counted(getattr(os, name)))
    else:
        execute = duckdb.DuckDBPyConnection.execute
        class Counted:
            def __init__(self, con): self.con = con
            def __getattr__(self, name):
                found = getattr(self.con, name)
                return counted(found) if name in ("execute", "register", "close") else found
        connect = duckdb.connect
        duckdb.connect = lambda *args, **kwargs: Counted(connect(*args, **kwargs))
    rows = [facility(n, nama=f"night of {day}", telp=str(stop)) for n in range(3)]
    night(home, day, rows)

stops = range(int(sys.argv[4]), 100000, int(sys.argv[5]))
for stop in stops:
    child = os.fork()
    if not child:
        publish(stop)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    print("killed" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}", flush=True)
    if sys.stdin.readline().strip() != "on":
        break
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = new_home(tmp_path)
    night(home, "2026-11-20", [facility(n, nama="night of 2026-11-20") for n in range(3)])
    return home


def start(home: Home, day: str, *arguments: str) -> subprocess.Popen[str]:
    compiled = home.root.parent / "contracts.pickle"
    compiled.write_bytes(pickle.dumps(contracts()))
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home.root), day, *arguments, str(compiled)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def seen(home: Home, *, whole: bool = False) -> set[str]:
    """What readers see through the links; `whole` also puts the build through every gate."""
    current = current_build(home)
    assert current is not None
    if whole:
        assert check_build(home.builds / str(current), contracts()) == []
    assert ask(home.published / "restricted.duckdb", "SELECT count(*) FROM history.origin") == [(0,)]
    told = ask(
        home.published / "sehatmu.duckdb",
        "SELECT DISTINCT nama, (SELECT max(build) FROM meta.build) FROM msi.facility",
    )
    assert {build for _, build in told} == {str(current)}
    return {name for name, _ in told}


@pytest.mark.parametrize(("where", "step"), [("disk", 1), ("database", 40)])
def test_a_kill_before_any_step_leaves_the_old_build_or_the_new(home: Home, where: str, step: int) -> None:
    old, new = {"night of 2026-11-20"}, {"night of 2026-11-21"}
    child = start(home, "2026-11-21", where, "1", str(step))
    assert child.stdin is not None
    assert child.stdout is not None
    outcomes: list[tuple[str, set[str]]] = []
    for line in child.stdout:
        outcomes.append((line.strip(), seen(home)))
        child.stdin.write("on\n" if line == "killed\n" else "off\n")
        child.stdin.flush()
    assert child.wait() == 0
    assert seen(home, whole=True) == new
    kills = [names for outcome, names in outcomes if outcome == "killed"]
    assert outcomes[-1] == ("exit 0", new)  # the last one had no step left to die at: a whole night
    assert len(kills) >= 12
    assert old in kills
    assert all(names in (old, new) for names in kills)
    if where == "disk":
        assert new in kills  # between the rename of `current` and the end of tidying
    assert not clear_partial(home)


def test_a_kill_of_the_very_first_night_leaves_a_home_that_works(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    child = start(home, "2026-11-21", "disk and what was left there", "1", "5")
    assert child.stdin is not None
    assert child.stdout is not None
    for line in child.stdout:
        current = current_build(home)
        assert current is None or seen(home) == {"night of 2026-11-21"}
        child.stdin.write("on\n" if line == "killed\n" else "off\n")
        child.stdin.flush()
    assert child.wait() == 0
    assert seen(home, whole=True) == {"night of 2026-11-21"}


def test_kills_from_outside_at_any_moment(home: Home) -> None:
    allowed = [{"night of 2026-11-20"}]
    for n, delay in enumerate((0.05, 0.1, 0.2, 0.3, 0.45)):
        day = f"2026-11-{21 + n}"
        allowed.append({f"night of {day}"})
        child = start(home, day, "outside", "1", "1")
        assert child.stdout is not None
        assert child.stdout.readline() == "publishing\n"
        time.sleep(delay)
        os.killpg(child.pid, signal.SIGKILL)  # with the process that it forked
        child.wait()
        assert seen(home) in allowed
    night(home, "2026-11-30", [facility(1, nama="the next night")])
    assert seen(home, whole=True) == {"the next night"}
