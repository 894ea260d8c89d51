"""How each culture puts a name together, and which cultures live in which province.

A pattern is a share and up to four pools of `person_words`; `bali_?` stands for the pool of the birth order.
`young` patterns are for those born since 1990; where there are none, the others serve.
"""

from __future__ import annotations

# culture: {"m" | "f" | "young m" | "young f": "share pool pool ... | share pool ..."}
PATTERNS: dict[str, dict[str, str]] = {
    "java": {
        "m": "42 java_m | 30 java_m java_end_m | 8 muhammad java_m | 8 java_m islam_m | 6 islam_m | "
        "6 java_m java_m java_end_m",
        "f": "42 java_f | 30 java_f java_end_f | 12 siti islam_f | 8 java_f islam_f | 4 islam_f | "
        "4 java_f java_f java_end_f",
        "young m": "30 new_m java_end_m | 20 new_m new_end_m | 18 muhammad new_m new_end_m | 8 java_m java_end_m | "
        "10 new_m new_m new_end_m | 8 ahmad islam_m | 6 java_m",
        "young f": "30 new_f java_end_f | 22 new_f new_end_f | 18 new_f new_f new_end_f | 10 siti islam_f | "
        "10 new_f zahra | 6 java_f java_end_f | 4 new_f",
    },
    "sunda": {
        "m": "32 sunda_m | 38 sunda_m sunda_end_m | 12 islam_m sunda_end_m | 8 muhammad islam_m | 10 sunda_m islam_m",
        "f": "32 sunda_f | 40 sunda_f sunda_end_f | 16 siti sunda_end_f | 12 islam_f",
        "young m": "30 new_m sunda_end_m | 20 muhammad new_m sunda_end_m | 20 new_m new_end_m | "
        "14 sunda_m sunda_end_m | 16 new_m new_m sunda_end_m",
        "young f": "28 new_f sunda_end_f | 22 new_f new_end_f | 16 siti new_f sunda_end_f | 18 new_f new_f new_end_f | "
        "16 sunda_f sunda_end_f",
    },
    "islam": {
        "m": "22 muhammad islam_m | 14 islam_m | 14 abdul divine | 18 islam_m huda | 12 ahmad islam_m | "
        "8 muhammad abdul divine | 12 muhammad islam_m huda",
        "f": "28 siti islam_f | 22 islam_f | 26 islam_f zahra | 14 siti islam_f zahra | 10 siti zahra",
        "young m": "34 muhammad new_m huda | 18 muhammad islam_m huda | 22 ahmad new_m huda | 14 abdul divine | "
        "12 muhammad new_m",
        "young f": "30 new_f zahra | 24 siti new_f zahra | 22 islam_f zahra | 24 new_f new_f zahra",
    },
    "bali": {
        "m": "62 bali_i bali_? bali_m | 12 bali_? bali_m | 14 bali_i bali_caste_m bali_? bali_m | "
        "12 bali_i bali_? bali_m bali_m",
        "f": "50 bali_ni bali_? bali_f | 20 bali_ni bali_luh bali_? bali_f | 14 bali_caste_f bali_? bali_f | "
        "16 bali_ni bali_? bali_f bali_f",
    },
    "batak": {
        "m": "34 batak_m of_batak | 40 christ_m of_batak | 14 islam_m of_batak | 12 christ_m batak_m of_batak",
        "f": "34 batak_f of_batak | 40 christ_f of_batak | 12 islam_f of_batak | 14 christ_f batak_f of_batak",
        "young m": "30 west_m of_batak | 30 christ_m of_batak | 20 new_m of_batak | 20 christ_m batak_m of_batak",
        "young f": "30 west_f of_batak | 30 christ_f of_batak | 20 new_f of_batak | 20 christ_f batak_f of_batak",
    },
    "minang": {
        "m": "40 minang_m | 30 minang_m malay_end_m | 18 muhammad minang_m | 12 islam_m",
        "f": "46 minang_f | 34 minang_f malay_end_f | 20 islam_f",
        "young m": "30 new_m malay_end_m | 26 muhammad new_m | 24 minang_m malay_end_m | 20 new_m new_end_m",
        "young f": "34 new_f malay_end_f | 26 new_f new_end_f | 20 minang_f malay_end_f | 20 islam_f zahra",
    },
    "malay": {
        "m": "34 malay_m | 26 malay_m malay_end_m | 22 muhammad malay_m | 18 abdul divine",
        "f": "42 malay_f | 26 malay_f malay_end_f | 18 siti malay_f | 14 islam_f",
        "young m": "36 new_m malay_end_m | 30 muhammad new_m malay_end_m | 18 malay_m malay_end_m | 16 muhammad new_m",
        "young f": "40 new_f malay_end_f | 24 siti new_f | 20 malay_f malay_end_f | 16 new_f new_f malay_end_f",
    },
    "bugis": {
        "m": "50 bugis_m | 20 bugis_title bugis_m | 16 muhammad bugis_m | 14 bugis_m bugis_m",
        "f": "54 bugis_f | 16 bugis_title bugis_f | 16 siti bugis_f | 14 bugis_f bugis_f",
        "young m": "40 muhammad new_m | 24 new_m new_end_m | 16 bugis_title new_m new_end_m | 20 bugis_m",
        "young f": "34 new_f new_end_f | 26 siti new_f | 20 bugis_title new_f new_end_f | 20 bugis_f",
    },
    "manado": {
        "m": "60 christ_m of_manado | 22 west_m of_manado | 18 christ_m christ_m of_manado",
        "f": "60 christ_f of_manado | 22 west_f of_manado | 18 christ_f christ_f of_manado",
    },
    "maluku": {
        "m": "60 christ_m of_maluku | 24 islam_m of_maluku | 16 christ_m christ_m of_maluku",
        "f": "60 christ_f of_maluku | 24 islam_f of_maluku | 16 christ_f christ_f of_maluku",
    },
    "timor": {
        "m": "66 christ_m of_timor | 34 christ_m christ_m of_timor",
        "f": "66 christ_f of_timor | 34 christ_f christ_f of_timor",
    },
    "papua": {
        "m": "78 christ_m of_papua | 12 west_m of_papua | 10 christ_m christ_m of_papua",
        "f": "78 christ_f of_papua | 12 west_f of_papua | 10 christ_f christ_f of_papua",
    },
    "dayak": {
        "m": "38 dayak_m | 30 christ_m of_dayak | 32 dayak_m of_dayak",
        "f": "38 dayak_f | 30 christ_f of_dayak | 32 dayak_f of_dayak",
    },
    "tionghoa": {
        "m": "34 west_m of_tionghoa | 26 of_tionghoa sound sound_m | 20 west_m west_m of_tionghoa | 20 west_m",
        "f": "34 west_f of_tionghoa | 26 of_tionghoa sound sound_f | 20 west_f west_f of_tionghoa | 20 west_f",
    },
    "foreign": {
        "m": "80 foreign_m of_foreign | 20 foreign_m foreign_m of_foreign",
        "f": "80 foreign_f of_foreign | 20 foreign_f foreign_f of_foreign",
    },
}  # fmt: skip

# Shares by the first digits of the province code, the longest that fits; the rest everywhere.
_EVERYWHERE = "java 8 islam 10 tionghoa 2 sunda 2 batak 1 minang 1 bugis 1"
_AT_HOME: dict[str, str] = {
    "11": "malay 20 islam 60", "12": "batak 50 malay 15 java 15", "13": "minang 75", "14": "malay 45 minang 10",
    "15": "malay 50 java 10", "16": "malay 60", "17": "malay 60", "18": "java 40 malay 25",
    "19": "malay 50 tionghoa 10", "21": "malay 45 tionghoa 10 batak 8",
    "31": "java 25 islam 20 sunda 12 batak 6 tionghoa 6",
    "32": "sunda 70", "33": "java 78", "34": "java 78", "35": "java 68 islam 10", "36": "sunda 40 islam 20",
    "51": "bali 78", "52": "islam 60", "53": "timor 80", "61": "dayak 30 malay 25 tionghoa 8", "62": "dayak 50",
    "63": "malay 35 islam 40", "64": "dayak 15 bugis 15 malay 15", "65": "dayak 20 bugis 20", "71": "manado 75",
    "72": "bugis 40 manado 10", "73": "bugis 75", "74": "bugis 65", "75": "islam 50 manado 15", "76": "bugis 60",
    "81": "maluku 75", "82": "maluku 45 islam 25", "9": "papua 62 bugis 6 maluku 5",
}  # fmt: skip


def culture_shares(prov_code: str) -> dict[str, float]:
    """Which cultures live in a province, as weights; every culture of `PATTERNS` but foreigners."""
    home = _AT_HOME.get(prov_code) or _AT_HOME[prov_code[0]]
    shares = dict.fromkeys(PATTERNS, 0.2)
    for text in (_EVERYWHERE, home):
        words = text.split()
        for culture, share in zip(words[::2], words[1::2], strict=True):
            shares[culture] += float(share)
    shares["foreign"] = 0.0
    return shares
