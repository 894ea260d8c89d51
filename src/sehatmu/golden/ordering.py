"""Orders of master ids as whole numbers: ids of one shape are sorted at a tenth of what their texts cost.

Called wherever records or their values are put in the order of their masters.
"""

from __future__ import annotations

import polars as pl

_NUMBER = r"^P?[0-9]{1,18}$"


def sortable(ids: pl.Series) -> pl.Series:
    """What sorts as these ids do, one for each: their numbers where all are of one shape, else the texts themselves.

    >>> sortable(pl.Series(["P00000000020", "P00000000003"])).to_list()
    [20, 3]
    >>> sortable(pl.Series(["P2", "10"])).to_list()
    ['P2', '10']
    """
    shape = ids.str.len_bytes() * 2 + ids.str.starts_with("P")
    if ids.null_count() or shape.n_unique() != 1 or not ids.str.contains(_NUMBER).all():
        return ids
    return ids.str.strip_prefix("P").cast(pl.Int64)
