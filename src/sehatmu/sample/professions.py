"""The professions of the sample: who has them, where they work, what they are called and which titles they bear.

Spellings are those that lists and forms really use, none of them from a codebook of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

HOSPITAL, PUSKESMAS, MEDICINE, PRACTICE = range(4)
LEVELS = (" Terampil", " Mahir", " Ahli Pertama", " Ahli Muda", " Ahli Madya")


@dataclass(frozen=True, slots=True)
class Profession:
    """`share` of all practitioners; `women` among them; `first` and `also`: likelihood of hospital, puskesmas,
    pharmacy, own practice for the first post and for further ones; `posts`: of having one, two, three, four.

    `names`: the usual one, then others; `graded`: civil servants are told with their level. `titles`: front and back,
    parts apart by `|`; `letters` stand in numbers of licences.
    """

    key: str
    share: float
    women: float
    first: tuple[float, float, float]
    also: tuple[float, float, float, float]
    posts: tuple[float, float, float, float]
    names: tuple[str, ...]
    group: tuple[str, ...]
    titles: tuple[tuple[str, str], ...]
    letters: str
    education: tuple[str, ...] = ("D3", "D-III", "S1", "PROFESI")
    graded: bool = True
    specialty: tuple[str, ...] = ()
    council: bool = False  # of the old medical council, whose numbers look otherwise


_DOCTOR, _SPECIALIST = (0.5, 0.25, 0.2, 0.05), (0.3, 0.3, 0.3, 0.1)
_STAFF, _FEW = (0.95, 0.05, 0.0, 0.0), (0.85, 0.14, 0.01, 0.0)
_MEDICAL = ("Medis", "TENAGA MEDIS", "Tenaga Medis")
_SPECIALTIES = {
    "Penyakit Dalam": ("Sp.PD", "Sp.PD-KGEH", "Sp.PD-KHOM"), "Anak": ("Sp.A", "Sp.A(K)"), "Bedah": ("Sp.B",),
    "Obstetri dan Ginekologi": ("Sp.OG",), "Anestesiologi": ("Sp.An",), "Jantung": ("Sp.JP",),
    "Saraf": ("Sp.S", "Sp.N"),
    "Radiologi": ("Sp.Rad",), "Patologi Klinik": ("Sp.PK",), "Mata": ("Sp.M",), "Paru": ("Sp.P",),
}  # fmt: skip


def _specialist(field: str, titles: tuple[str, ...]) -> Profession:
    return Profession(
        key=f"spesialis {field.lower()}",
        share=5 / len(_SPECIALTIES),
        women=0.42,
        first=(1, 0, 0),
        also=(0.6, 0, 0, 0.4),
        posts=_SPECIALIST,
        names=(f"Dokter Spesialis {field}", f"DOKTER SPESIALIS {field.upper()}", f"Dokter Sp. {field}",
               f"dr. Spesialis {field}", "Dokter Spesialis"),
        group=_MEDICAL,
        titles=(*(("dr.", title) for title in titles), ("dr.", f"{titles[0]}|M.Kes"), ("Dr.|dr.", titles[0])),
        letters="SIP.DS",
        education=("SPESIALIS 1", "Sp-1", "S2"),
        graded=False,
        specialty=(field, titles[0], field.upper()),
        council=True,
    )  # fmt: skip


PROFESSIONS = (
    Profession(
        "dokter", 11, 0.6, (0.45, 0.55, 0), (0.4, 0.1, 0, 0.5), _DOCTOR,
        ("Dokter", "Dokter Umum", "DOKTER", "dr. Umum", "Dr Umum"), _MEDICAL,
        (("dr.", ""), ("dr.", ""), ("dr.", "M.Kes"), ("dr.", "MARS"), ("dr.", "MKM")),
        "SIP.DU", ("PROFESI", "S1", "Dokter"), council=True,
    ),
    *(_specialist(field, titles) for field, titles in _SPECIALTIES.items()),
    Profession(
        "dokter gigi", 3, 0.75, (0.3, 0.7, 0), (0.3, 0, 0, 0.7), _DOCTOR,
        ("Dokter Gigi", "DOKTER GIGI", "drg. Umum", "Drg"), _MEDICAL, (("drg.", ""), ("drg.", "M.Kes")),
        "SIP.DG", ("PROFESI", "S1"), council=True,
    ),
    Profession(
        "perawat", 33, 0.7, (0.62, 0.38, 0), (0.7, 0.1, 0, 0.2), _STAFF,
        ("Perawat", "PERAWAT", "Ners", "Perawat Ners", "Perawat Pelaksana", "S.Kep., Ns", "Perawat Vokasional"),
        ("Keperawatan", "KEPERAWATAN", "Tenaga Keperawatan"),
        (("", "A.Md.Kep"), ("", "AMK"), ("", "S.Kep"), ("", "S.Kep.|Ns"), ("Ns.", "S.Kep"), ("Ns.", "S.Kep|M.Kep"),
         ("", "S.Kep.Ners"), ("", "S.Tr.Kep"), ("", "")),
        "SIPP",
    ),
    Profession(
        "bidan", 20, 1, (0.25, 0.75, 0), (0.2, 0.1, 0, 0.7), _FEW,
        ("Bidan", "BIDAN", "Bidan Pelaksana", "Bidan Desa", "Bidan Profesi"),
        ("Kebidanan", "KEBIDANAN", "Tenaga Kebidanan"),
        (("", "A.Md.Keb"), ("", "AMKeb"), ("", "S.Tr.Keb"), ("", "S.ST"), ("Bdn.", "S.Keb"), ("", "S.Keb|Bd"),
         ("", "")),
        "SIPB",
    ),
    Profession(
        "apoteker", 6, 0.75, (0.3, 0.25, 0.45), (0.2, 0.05, 0.75, 0), (0.72, 0.22, 0.06, 0),
        ("Apoteker", "APOTEKER", "Apoteker Penanggung Jawab", "Apt"), ("Kefarmasian", "KEFARMASIAN", "Farmasi"),
        (("apt.", "S.Farm"), ("", "S.Farm|Apt"), ("apt.", "S.Si"), ("", "S.Si.|Apt."), ("apt.", "S.Farm|M.Farm")),
        "SIPA", ("PROFESI", "S1"),
    ),
    Profession(
        "ttk", 6, 0.8, (0.45, 0.35, 0.2), (0.2, 0, 0.8, 0), _FEW,
        ("Tenaga Teknis Kefarmasian", "Asisten Apoteker", "TTK", "ASISTEN APOTEKER", "Ahli Madya Farmasi"),
        ("Kefarmasian", "KEFARMASIAN", "Farmasi"), (("", "A.Md.Farm"), ("", "S.Farm"), ("", "Amd.Far"), ("", "")),
        "SIPTTK",
    ),
    Profession(
        "kesmas", 4, 0.7, (0.2, 0.8, 0), (0.5, 0.5, 0, 0), _STAFF,
        ("Tenaga Kesehatan Masyarakat", "Penyuluh Kesehatan Masyarakat", "Promosi Kesehatan", "Epidemiolog Kesehatan",
         "PROMKES"),
        ("Kesehatan Masyarakat", "KESMAS"), (("", "SKM"), ("", "S.KM"), ("", "SKM|M.Kes"), ("", "SKM|MKM")),
        "SIKM", ("S1", "S2"),
    ),
    Profession(
        "sanitarian", 3, 0.6, (0.3, 0.7, 0), (0.5, 0.5, 0, 0), _STAFF,
        ("Tenaga Sanitasi Lingkungan", "Sanitarian", "SANITARIAN", "Kesehatan Lingkungan"),
        ("Kesehatan Lingkungan", "KESLING"), (("", "A.Md.KL"), ("", "S.KL"), ("", "AMd.Kes"), ("", "SKM")), "SIKTS",
    ),
    Profession(
        "gizi", 3, 0.85, (0.4, 0.6, 0), (0.5, 0.5, 0, 0), _STAFF,
        ("Nutrisionis", "Tenaga Gizi", "NUTRISIONIS", "Ahli Gizi", "Dietisien"), ("Gizi", "GIZI", "Tenaga Gizi"),
        (("", "A.Md.Gz"), ("", "S.Gz"), ("", "AMG"), ("", "S.Tr.Gz")), "SIPTGz",
    ),
    Profession(
        "atlm", 4, 0.75, (0.6, 0.4, 0), (0.6, 0.2, 0, 0.2), _FEW,
        ("Ahli Teknologi Laboratorium Medik", "ATLM", "Analis Kesehatan", "Pranata Laboratorium Kesehatan", "ANALIS"),
        ("Keteknisian Medis", "TEKNIK BIOMEDIKA", "Teknik Biomedika"),
        (("", "A.Md.AK"), ("", "A.Md.Kes"), ("", "S.Tr.Kes"), ("", "")), "SIP-ATLM",
    ),
    Profession(
        "radiografer", 1.6, 0.5, (0.95, 0.05, 0), (1, 0, 0, 0), _FEW, ("Radiografer", "RADIOGRAFER", "Radiographer"),
        ("Teknik Biomedika", "TEKNIK BIOMEDIKA"), (("", "A.Md.Rad"), ("", "S.Tr.Rad"), ("", "AMR")), "SIKR",
    ),
    Profession(
        "fisioterapis", 1.4, 0.6, (0.95, 0.05, 0), (0.6, 0, 0, 0.4), _FEW,
        ("Fisioterapis", "FISIOTERAPIS", "Fisioterapi"), ("Keterapian Fisik", "KETERAPIAN FISIK"),
        (("", "A.Md.Ft"), ("", "S.Ft"), ("", "S.Ft.|Ftr")), "SIPF",
    ),
    Profession(
        "perekam medis", 1.5, 0.7, (0.7, 0.3, 0), (1, 0, 0, 0), _STAFF,
        ("Perekam Medis dan Informasi Kesehatan", "Perekam Medis", "Rekam Medis", "PMIK"),
        ("Keteknisian Medis", "KETEKNISIAN MEDIS"), (("", "A.Md.RMIK"), ("", "A.Md.PK"), ("", "A.Md.Kes")), "SIK-PM",
    ),
    Profession(
        "terapis gigi", 1.5, 0.85, (0.2, 0.8, 0), (0.3, 0.7, 0, 0), _STAFF,
        ("Terapis Gigi dan Mulut", "Perawat Gigi", "TERAPIS GIGI"), ("Keteknisian Medis", "KETEKNISIAN MEDIS"),
        (("", "A.Md.KG"), ("", "S.Tr.Kes"), ("", "AMKG")), "SIP-TGM",
    ),
    Profession(
        "psikolog klinis", 0.4, 0.85, (0.9, 0.1, 0), (0.4, 0, 0, 0.6), _FEW,
        ("Psikolog Klinis", "Psikolog", "PSIKOLOG"),
        ("Psikologi Klinis", "PSIKOLOGI KLINIS"), (("", "M.Psi|Psikolog"), ("", "S.Psi|M.Psi|Psikolog")), "SIPPK",
        ("S2", "PROFESI"), graded=False,
    ),
    Profession(
        "refraksionis", 0.3, 0.5, (0.9, 0.1, 0), (0.5, 0, 0, 0.5), _FEW, ("Refraksionis Optisien", "REFRAKSIONIS"),
        ("Keteknisian Medis", "KETEKNISIAN MEDIS"), (("", "A.Md.RO"), ("", "S.Tr.Kes")), "SIPRO",
    ),
    Profession(
        "elektromedis", 0.3, 0.2, (0.95, 0.05, 0), (1, 0, 0, 0), _STAFF, ("Elektromedis", "Teknisi Elektromedis"),
        ("Teknik Biomedika", "TEKNIK BIOMEDIKA"), (("", "A.Md.TEM"), ("", "S.Tr.Kes")), "SIK-E",
    ),
)  # fmt: skip
ODD_NAMES = ("Staf Pelayanan", "Petugas", "TENAGA LAINNYA", "Pelaksana", "Penata Layanan Operasional")
