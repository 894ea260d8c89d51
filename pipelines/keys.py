"""Every asset key of the night, declared once: `[layer, domain, table]`.

A rename here loses an asset's history in Dagster, so a snapshot test holds the whole list.
"""

import dagster as dg

from sehatmu.contracts import Contract

LAYERS = (
    "landing",
    "accepted",
    "quarantine",
    "standard",
    "pairs",
    "clusters",
    "identity",
    "golden",
    "published",
)
# Schemas that all indexes share; every other schema is the index of one domain.
SHARED_SCHEMAS = ("meta", "xref", "history", "review", "quarantine")


def key(layer: str, domain: str, table: str) -> dg.AssetKey:
    """`[layer, domain, table]`, refusing a layer that the design does not name."""
    if layer not in LAYERS:
        raise ValueError(f"unknown layer {layer!r}, one of {', '.join(LAYERS)}")
    return dg.AssetKey([layer, domain, table])


def intake_key(layer: str, contract: Contract) -> dg.AssetKey:
    """The key of one extract in one of the three layers of intake."""
    return key(layer, contract.domain, contract.id)


def published_key(contract: Contract) -> dg.AssetKey:
    """A published table under the domain of its index; what all indexes share under its schema."""
    domain = contract.schema_name if contract.schema_name in SHARED_SCHEMAS else contract.domain
    return key("published", domain, contract.table)


CURRENT = key("published", "build", "current")
