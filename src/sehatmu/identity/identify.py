"""A night's identity of one index, whether its records have one identity each or one on every level.

What the pipeline calls: around `assign`, records are taken apart into their levels before, and put together after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sehatmu.identity.assign import Assigned, assign
from sehatmu.identity.checks import check_identity
from sehatmu.identity.config import IdentityConfig
from sehatmu.identity.levels import LEVELS, expand, expand_ghosts, finest_links, level_links
from sehatmu.identity.state import State


@dataclass(frozen=True, slots=True)
class Identified:
    """`assigned`: as the registry has it. `links`: one row per record, its finest identity. `levels`: what each record
    is on each level (`levels.LEVELS`; empty for an index without levels). `broken`: what breaks the gates."""

    assigned: Assigned
    links: pl.DataFrame
    levels: pl.DataFrame
    broken: pl.DataFrame


def identify(
    clusters: pl.DataFrame,
    records: pl.DataFrame,
    state: State,
    config: IdentityConfig,
    *,
    build_date: date,
    ghosts: pl.DataFrame | None = None,
) -> Identified:
    """As `assign`, on every level of the index; the arguments are the same."""
    if not config.levels:
        assigned = assign(clusters, records, state, config, build_date=build_date, ghosts=ghosts)
        broken = check_identity(assigned.state, assigned.links, records)
        return Identified(assigned, assigned.links, LEVELS.to_frame(), broken)
    members, groups = expand(records, clusters, config.levels, config.series)
    back = None if ghosts is None else expand_ghosts(ghosts, config.levels)
    assigned = assign(groups, members, state, config, build_date=build_date, ghosts=back)
    levels = level_links(assigned.links, records, config.levels)
    links = finest_links(levels, records, config.levels, index=config.index)
    return Identified(assigned, links, levels, check_identity(assigned.state, assigned.links, members))
