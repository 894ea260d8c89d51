"""How facilities of the sample write visits and results down: named rates, 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalNoise:
    """Rates per visit (`diagnosed`, `laboratory`, `treated`) or per line."""

    diagnosed: float = 0.9
    laboratory: float = 0.4
    treated: float = 0.1
    by_nik: float = 0.15  # the patient by NIK, though the platform's number is known
    by_urn: float = 0.1  # the visit by the urn of its line
    local_time: float = 0.25  # +07:00
    zulu_time: float = 0.25  # Z
    again: float = 0.01  # the very same line twice
    cancelled: float = 0.02
    mistaken: float = 0.01
    corrected: float = 0.02  # a second version of an observation
    late: float = 0.02  # the visit comes a night later
    unknown_patient: float = 0.01
    broken: float = 0.004  # the line breaks off
    future: float = 0.004
    no_status: float = 0.004

    @classmethod
    def none(cls) -> ClinicalNoise:
        """Everything written as it should be; as much is found at visits as ever."""
        asked = ("diagnosed", "laboratory", "treated")
        return cls(**{f.name: 0.0 for f in fields(cls) if f.name not in asked})
