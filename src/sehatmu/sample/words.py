"""The words that every name of the sample is composed from: common words, invented chains, made-up persons.

Nothing here is copied from a register. Where a composed name exists somewhere, that is chance.
"""

from __future__ import annotations


def _words(text: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(between))


_HEADS = _words(
    "Tanjung Sungai Karang Sumber Muara Bukit Batu Ujung Rawa Lubuk Gunung Padang Kampung Teluk Pasar "
    "Kota Simpang Pondok Air Tebing"
)
_TAILS = _words(
    "Baru Jaya Indah Harapan Asri Makmur Sentosa Wangi Rejo Agung Lestari Mulia Timur Barat Utara Selatan "
    "Tengah Ilir Hulu Raya Permai Kencana Sakti Damai Merah Putih"
)
_JOINED = _words("Suka Marga Wono Kerto Sido Mojo Purwo Banjar Tirto Giri Jati Sri Mulyo Tegal")
_ENDINGS = _words("rejo sari mulyo jaya asri harjo dadi agung karya makmur luhur tani")

PLACES: tuple[str, ...] = (
    *(f"{head} {tail}" for tail in _TAILS for head in _HEADS),
    *(first + ending for ending in _ENDINGS for first in _JOINED),
    "Cempaka", "Melati", "Kenanga", "Anggrek", "Seroja", "Teratai", "Flamboyan",
)  # fmt: skip

_FIRST = _words(
    "Mitra Permata Bunda Kasih Harapan Citra Graha Griya Sari Budi Karya Prima Bina Cahaya Insan Puri "
    "Tiara Mutiara Restu Setia Dharma Bakti Sinar Surya"
)
_SECOND = _words("Husada Medika Sehat Keluarga Insani Asih Waras Sentosa Mulia Ibu Sejahtera Utama Abadi Bersama Kita")
COMPANIES: tuple[str, ...] = tuple(f"{a} {b}" for b in _SECOND for a in _FIRST)

SAINTS = (
    "Santa Maria",
    "Santo Yosef",
    "Santa Elisabeth",
    "Santo Lukas",
    "Santo Rafael",
    "Betania",
    "Santa Klara",
)
MOSQUE_WORDS = (
    "Asy Syifa",
    "An Nur",
    "Al Hikmah",
    "Ar Rahmah",
    "Nurul Huda",
    "As Salam",
    "Al Ikhlas",
    "Asy Syaafi",
)
COMMON_STEMS = (
    "Harapan Bunda",
    "Kasih Ibu",
    "Santa Maria",
    "Mitra Sehat",
    "Asy Syifa",
    "Medika Utama",
    "Bhakti Husada",
)
HOSPITAL_CHAINS = ("Medistira", "Sentra Medisa", "Primahusada", "Awanindo Medika", "Medisina")
PHARMACY_CHAINS = ("Waras Farma", "Sehatindo", "Guna Farma", "Candra Farma", "Vita Medisa", "Kirana Sehat")
LAB_CHAINS = ("Pradiya", "Diagnosindo", "Cito Medisa", "Bio Analitika")
OPTIC_WORDS = (
    "Pandang Indah",
    "Kacamata Kita",
    "Tunggal Jaya",
    "Terang Dunia",
    "Mata Air",
    "Lensa Mas",
    "Netra Raya",
)
TRADITIONAL = ("Griya Sehat", "Rumah Terapi", "Pijat Refleksi", "Akupunktur", "Ramuan Nusantara")

MEN = _words(
    "Budi Agus Slamet Eko Wahyu Dwi Rudi Hendra Iwan Joko Made Ketut Nyoman Wayan Yohanes Petrus Markus "
    "Togar Saut Ucok Asep Ujang Dadang Andi Baso Daeng Hasan Ahmad Umar Abdullah Ridwan Fauzi"
)
WOMEN = _words(
    "Siti Sri Dewi Ratna Wati Endang Nur Maria Yuliana Putu Kadek Luh Rosa Tiur Butet Neneng Euis Fatimah "
    "Aisyah Halimah Rahma Ani Indah Lestari Wulan Sari"
)
FAMILY = _words(
    "Santoso Wijaya Kusuma Hidayat Saputra Setiawan Nugroho Pratama Siregar Nasution Sihombing Lubis "
    "Harahap Simatupang Rumbewas Wenda Kogoya Mandacan Latuconsina Pattiasina Manoppo Lontoh Tanoto Halim "
    "Gunawan Suryadi Permana Ramdani Hasibuan Mulyono Supriyadi Utomo Susanti Rahayu Handayani Wulandari "
    "Puspita"
)

STREETS = _words(
    "Jenderal Sudirman|Diponegoro|Ahmad Yani|Gajah Mada|Hayam Wuruk|Imam Bonjol|Pahlawan|Merdeka|Kartini|"
    "Veteran|Pemuda|Cendrawasih|Kenari|Mawar|Melati|Anggrek|Kamboja|Raya Pasar|Raya Desa|Lintas Provinsi|"
    "Pelabuhan|Pendidikan|Kesehatan|Perintis Kemerdekaan|Sisingamangaraja|Teuku Umar|Hasanuddin|Pattimura|"
    "Yos Sudarso|Gatot Subroto",
    "|",
)

AREA_CODES = (
    "021",
    "022",
    "0251",
    "024",
    "0274",
    "031",
    "0341",
    "061",
    "0751",
    "0711",
    "0411",
    "0431",
    "0541",
    "0967",
)

# Kind words, the usual spelling first; the others are what people also write.
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "rsud": ("RS Umum Daerah", "RSUD", "Rumah Sakit Umum Daerah", "RSU Daerah", "Rumkit Umum Daerah"),
    "rsu": ("RS Umum", "RSU", "Rumah Sakit Umum", "RS", "Rumkit"),
    "rs": ("RS", "Rumah Sakit", "Rumkit"),
    "rsia": ("RS Ibu dan Anak", "RSIA", "Rumah Sakit Ibu dan Anak", "RS Ibu & Anak"),
    "rsk_jiwa": ("RS Jiwa", "RSJ", "Rumah Sakit Jiwa", "RS Khusus Jiwa"),
    "rsk_mata": ("RS Khusus Mata", "RS Mata", "Rumah Sakit Mata", "RSK Mata"),
    "rsk_gm": ("RS Gigi dan Mulut", "RSGM", "Rumah Sakit Gigi dan Mulut", "RS Khusus Gigi dan Mulut"),
    "rsk_bedah": ("RS Khusus Bedah", "RSKB", "Rumah Sakit Khusus Bedah", "RS Bedah"),
    "puskesmas": ("Puskesmas", "PKM", "Pusk.", "Pusat Kesehatan Masyarakat"),
    "pustu": ("Pustu", "Puskesmas Pembantu", "Pusk. Pembantu"),
    "klinik_pratama": ("Klinik Pratama", "Klinik", "KP", "Klinik Pratama Rawat Jalan"),
    "klinik_utama": ("Klinik Utama", "Klinik", "KU", "Klinik Spesialis"),
    "apotek": ("Apotek", "Apotik", "Ap.", "APT"),
    "toko_obat": ("Toko Obat", "TO", "Toko Obat Berizin"),
    "pbf": ("PT", "PT.", "P.T."),
    "alkes": ("PT", "CV", "PT."),
    "lab": ("Laboratorium Klinik", "Lab Klinik", "Lab.", "Laboratorium"),
    "utd": ("UTD", "Unit Transfusi Darah", "Unit Donor Darah", "UDD"),
    "optik": ("Optik", "Optikal", "Optic"),
    "dokter": ("Praktik Mandiri dr.", "DPP dr.", "Praktek dr.", "Dokter Praktik Perorangan dr."),
    "dokter_gigi": ("Praktik Mandiri drg.", "DPP drg.", "Praktek drg."),
    "bidan": ("Praktik Mandiri Bidan", "PMB", "BPM", "Praktek Bidan"),
    "instalasi": ("Instalasi Farmasi", "IFRS", "Inst. Farmasi"),
    "dinas": ("Dinas Kesehatan", "Dinkes"),
    "balai": ("Balai Kesehatan", "Balkes", "Balai Kesehatan Masyarakat"),
    "tradisional": ("Fasyankestrad", "Yankestrad", "Pelayanan Kesehatan Tradisional"),
}
