"""Intake: landed files become accepted and quarantined rows, under the contract of their extract.

`land` brings files in, `intake` judges the deliveries in force on a date. Knows contracts and the home only;
what comes after reads the frames that `frames` describes.
"""

from sehatmu.intake.deliveries import Delivery, LandedFile, deliveries
from sehatmu.intake.faults import FileFault, IntakeError
from sehatmu.intake.frames import QUARANTINE, SOURCE_FILE, accepted_schema
from sehatmu.intake.run import Intake, intake, verdict_hash
from sehatmu.landing import hash_file, land, list_landing

__all__ = [
    "QUARANTINE",
    "SOURCE_FILE",
    "Delivery",
    "FileFault",
    "Intake",
    "IntakeError",
    "LandedFile",
    "accepted_schema",
    "deliveries",
    "hash_file",
    "intake",
    "land",
    "list_landing",
    "verdict_hash",
]
