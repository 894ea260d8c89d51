"""The one settings object: where the home and the contracts are, and how much is kept.

Made once, by the command line or by Dagster's resource, and passed down. Nothing else in the library
reads the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds all state; `contracts` is the folder `data_contracts`; the rest are limits."""

    home: Path
    contracts: Path
    keep_lake_builds: int = 3
    keep_published_builds: int = 7


def load_settings(home: Path | None = None, contracts: Path | None = None) -> Settings:
    """Settings from the arguments, else from `SEHATMU_HOME` and `SEHATMU_CONTRACTS`, else the defaults.

    The default home is `./data`; the default contracts are those of the checkout, or the copy inside the
    installed package.
    """
    home = home or Path(os.environ.get("SEHATMU_HOME") or "data")
    contracts = contracts or Path(os.environ.get("SEHATMU_CONTRACTS") or _default_contracts())
    return Settings(home=home.absolute(), contracts=contracts.absolute())


def _default_contracts() -> Path:
    checkout = _PACKAGE.parents[1] / "data_contracts"
    return checkout if checkout.is_dir() else _PACKAGE / "data_contracts"
