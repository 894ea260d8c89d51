"""Reads pharmaceutical text: compositions, strengths, forms, packs, product names, registration numbers.

The door to the `pharma_*` modules. All functions take columns of text, look at each different text once, and say in a
`residue` column what they did not understand. Books: `load_codebooks(root, PHARMA_NAMES)`.
"""

from sehatmu.standardise.codebooks import PHARMA_NAMES
from sehatmu.standardise.pharma_composition import parse_composition, strength_key
from sehatmu.standardise.pharma_forms import parse_form, split_form
from sehatmu.standardise.pharma_packs import parse_pack, smallest_units
from sehatmu.standardise.pharma_products import parse_product_name
from sehatmu.standardise.pharma_registrations import parse_nie
from sehatmu.standardise.pharma_substances import read_substances

__all__ = [
    "PHARMA_NAMES",
    "parse_composition",
    "parse_form",
    "parse_nie",
    "parse_pack",
    "parse_product_name",
    "read_substances",
    "smallest_units",
    "split_form",
    "strength_key",
]
