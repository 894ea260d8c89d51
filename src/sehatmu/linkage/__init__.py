"""Record linkage, driven by `data_contracts/linkage/<domain>.yaml`.

block → compare → score → classify → cluster → explain; frames in, frames out, one engine for all domains.
"""

from sehatmu.linkage.authored import lint_linkage, load_linkage
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.engine import Linked, LinkReport, link
from sehatmu.linkage.state import LinkState, read_state, write_state

__all__ = [
    "LinkReport",
    "LinkState",
    "LinkageConfig",
    "LinkageError",
    "Linked",
    "link",
    "lint_linkage",
    "load_linkage",
    "read_state",
    "write_state",
]
