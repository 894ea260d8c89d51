"""How the command line runs the job: nothing of one step is kept in memory for the next."""

from __future__ import annotations

import datetime as dt
import gc
import weakref

import dagster as dg

from pipelines.jobs import partitions
from pipelines.run import _execute

DAY = dt.date(2026, 3, 1)


class Frame:
    """Stands for a frame of millions of rows."""


class Forgetful(dg.IOManager):
    def handle_output(self, context: dg.OutputContext, obj: Frame | None) -> None: ...

    def load_input(self, context: dg.InputContext) -> None: ...


def test_what_a_step_made_is_gone_when_the_next_one_starts() -> None:
    daily, made, left = partitions(DAY), [], []

    @dg.asset(partitions_def=daily)
    def first() -> Frame:
        frame = Frame()
        made.append(weakref.ref(frame))
        return frame

    @dg.asset(partitions_def=daily, deps=[first])
    def second() -> None:
        gc.collect()
        left.extend(ref() for ref in made)

    job = dg.Definitions(
        assets=[first, second],
        jobs=[dg.define_asset_job("night", executor_def=dg.in_process_executor)],
        resources={"io_manager": Forgetful()},
    ).resolve_job_def("night")
    with dg.DagsterInstance.ephemeral() as instance:
        assert _execute(job, instance, "00000000-0000-4000-8000-000000000000", DAY)
    assert left == [None]
