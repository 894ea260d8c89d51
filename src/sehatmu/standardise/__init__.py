"""Standardise: accepted rows become comparable records. One module per subject, `facility` ties them together."""

from sehatmu.standardise.codebooks import Codebooks, load_codebooks
from sehatmu.standardise.facility import Standardised, standardise_facilities
from sehatmu.standardise.region_list import list_regions

__all__ = [
    "Codebooks",
    "Standardised",
    "list_regions",
    "load_codebooks",
    "standardise_facilities",
]
