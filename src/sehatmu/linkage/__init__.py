"""Record linkage, driven by `data_contracts/linkage/<domain>.yaml`.

block → compare → score → classify → cluster → explain; frames in, frames out, one engine for all domains.
"""

from sehatmu.linkage.authored import lint_linkage, load_linkage
from sehatmu.linkage.config import LinkageConfig, LinkageError
from sehatmu.linkage.engine import Linked, LinkReport, link

__all__ = ["LinkReport", "LinkageConfig", "LinkageError", "Linked", "link", "lint_linkage", "load_linkage"]
