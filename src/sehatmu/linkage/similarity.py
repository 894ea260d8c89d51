"""Similarities of texts and distances of points, pair by pair over whole arrays.

Pure arithmetic for `sehatmu.linkage.compare`: what rapidfuzz computes is rapidfuzz's own, the rest is the great
circle. Texts come as object arrays without nulls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from sehatmu.linkage.encode import Array

EARTH_KM = 6371.0088
_CUTOFF_SLACK = 1e-6

# comparator -> (rapidfuzz scorer, what a full agreement is worth in the scorer's unit)
SCORERS: dict[str, tuple[Callable[..., Any], float]] = {
    "jaro_winkler": (JaroWinkler.similarity, 1.0),
    "levenshtein": (Levenshtein.normalized_similarity, 1.0),
    "osa": (OSA.normalized_similarity, 1.0),
    "token_set": (fuzz.token_set_ratio, 100.0),
    "token_sort": (fuzz.token_sort_ratio, 100.0),
}


def similarity(comparator: str, left: Array, right: Array, *, at_least: float = 0.0) -> Array:
    """Similarity (0 to 1, f64) of texts pairwise, both as object arrays; below `at_least` it may be 0.

    >>> a, b = np.array(["MARTHA"], object), np.array(["MARHTA"], object)
    >>> similarity("jaro_winkler", a, b).round(3).tolist()
    [0.961]
    """
    scorer, unit = SCORERS[comparator]
    # rapidfuzz rounds at its own cut-off (Jaro-Winkler of `A` and `A ` is 0.85, but not with a cut-off of 0.85)
    cutoff = max(0.0, at_least - _CUTOFF_SLACK) * unit
    scores = process.cpdist(left, right, scorer=scorer, score_cutoff=cutoff, dtype=np.float64)
    return np.asarray(scores) / unit


def edit_distance(left: Array, right: Array, *, at_most: int) -> Array:
    """Edits between texts pairwise, swapped neighbours being one edit; above `at_most` any higher number."""
    scores = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=at_most, dtype=np.int32)
    return np.asarray(scores)


def haversine_km(lat_a: Array, lon_a: Array, lat_b: Array, lon_b: Array) -> Array:
    """Great-circle distance in kilometres of points in degrees."""
    lat_a, lon_a, lat_b, lon_b = (np.radians(x) for x in (lat_a, lon_a, lat_b, lon_b))
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))
