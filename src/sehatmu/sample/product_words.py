"""What the sample's drugs and devices are made of: substances with their forms, makers, packs, kinds of devices.

Substances and ATC codes are those that every pharmacopoeia has; makers and brands are made up. A line is
`names ; ATC ; form: strengths ; form: strengths`; substances of a combination are parted by `+`, and so are their
strengths.
"""
# ruff: noqa: E501 - a composition is one line

from __future__ import annotations

COMPOSITIONS = """
PARASETAMOL;N02BE01;tablet:500 mg,650 mg;sirup:120 mg/5 mL,160 mg/5 mL,250 mg/5 mL;drops:100 mg/mL;infus:10 mg/mL
IBUPROFEN;M01AE01;tablet salut selaput:200 mg,400 mg,600 mg;suspensi:100 mg/5 mL,200 mg/5 mL
ASAM MEFENAMAT;M01AG01;tablet salut selaput:500 mg;kapsul:250 mg,500 mg;suspensi:50 mg/5 mL
NATRIUM DIKLOFENAK;M01AB05;tablet salut enterik:25 mg,50 mg;gel:1 %;injeksi:25 mg/mL
MELOKSIKAM;M01AC06;tablet:7.5 mg,15 mg;injeksi:10 mg/mL
KETOROLAK TROMETAMIN;M01AB15;tablet salut selaput:10 mg;injeksi:10 mg/mL,30 mg/mL
AMOKSISILIN TRIHIDRAT;J01CA04;kapsul:250 mg,500 mg;kaplet:500 mg;sirup kering:125 mg/5 mL,250 mg/5 mL
SEFADROKSIL MONOHIDRAT;J01DB05;kapsul:250 mg,500 mg;sirup kering:125 mg/5 mL,250 mg/5 mL
SEFIKSIM TRIHIDRAT;J01DD08;kapsul:100 mg,200 mg;sirup kering:100 mg/5 mL
SEFTRIAKSON NATRIUM;J01DD04;serbuk injeksi:500 mg,1000 mg
SEFOTAKSIM NATRIUM;J01DD01;serbuk injeksi:500 mg,1000 mg
SIPROFLOKSASIN HIDROKLORIDA;J01MA02;tablet salut selaput:250 mg,500 mg;infus:2 mg/mL;tetes mata:3 mg/mL
LEVOFLOKSASIN HEMIHIDRAT;J01MA12;tablet salut selaput:250 mg,500 mg,750 mg;infus:5 mg/mL
AZITROMISIN DIHIDRAT;J01FA10;tablet salut selaput:250 mg,500 mg;sirup kering:200 mg/5 mL
ERITROMISIN STEARAT;J01FA01;kapsul:250 mg;tablet salut selaput:500 mg;sirup kering:200 mg/5 mL
KLINDAMISIN HIDROKLORIDA;J01FF01;kapsul:150 mg,300 mg
METRONIDAZOL;P01AB01;tablet:250 mg,500 mg;infus:5 mg/mL;suspensi:125 mg/5 mL
DOKSISIKLIN HIKLAT;J01AA02;kapsul:50 mg,100 mg
KLORAMFENIKOL;J01BA01;kapsul:250 mg;salep mata:1 %;tetes telinga:1 %
GENTAMISIN SULFAT;J01GB03;injeksi:40 mg/mL;krim:0.1 %;tetes mata:3 mg/mL
RIFAMPISIN;J04AB02;kapsul:300 mg,450 mg;kaplet:600 mg
ISONIAZID;J04AC01;tablet:100 mg,300 mg
ETAMBUTOL HIDROKLORIDA;J04AK02;tablet:250 mg,500 mg
PIRAZINAMID;J04AK01;tablet:500 mg
ASIKLOVIR;J05AB01;tablet:200 mg,400 mg;krim:5 %
FLUKONAZOL;J02AC01;kapsul:50 mg,150 mg;infus:2 mg/mL
KETOKONAZOL;J02AB02;tablet:200 mg;krim:2 %
MIKONAZOL NITRAT;D01AC02;krim:2 %;serbuk:2 %
AMLODIPIN BESILAT;C08CA01;tablet:5 mg,10 mg
NIFEDIPIN;C08CA05;tablet:10 mg;tablet lepas lambat:30 mg
KAPTOPRIL;C09AA01;tablet:12.5 mg,25 mg,50 mg
LISINOPRIL DIHIDRAT;C09AA03;tablet:5 mg,10 mg,20 mg
RAMIPRIL;C09AA05;tablet:2.5 mg,5 mg,10 mg
VALSARTAN;C09CA03;tablet salut selaput:80 mg,160 mg
KANDESARTAN SILEKSETIL;C09CA06;tablet:8 mg,16 mg
IRBESARTAN;C09CA04;tablet:150 mg,300 mg
BISOPROLOL FUMARAT;C07AB07;tablet salut selaput:2.5 mg,5 mg,10 mg
PROPRANOLOL HIDROKLORIDA;C07AA05;tablet:10 mg,40 mg
FUROSEMID;C03CA01;tablet:40 mg;injeksi:10 mg/mL
SPIRONOLAKTON;C03DA01;tablet salut selaput:25 mg,100 mg
HIDROKLOROTIAZID;C03AA03;tablet:12.5 mg,25 mg
SIMVASTATIN;C10AA01;tablet salut selaput:5 mg,10 mg,20 mg,40 mg
ATORVASTATIN KALSIUM TRIHIDRAT;C10AA05;tablet salut selaput:10 mg,20 mg,40 mg
ROSUVASTATIN KALSIUM;C10AA07;tablet salut selaput:10 mg,20 mg
KLOPIDOGREL BISULFAT;B01AC04;tablet salut selaput:75 mg
ASAM ASETILSALISILAT;B01AC06;tablet:80 mg,100 mg;tablet salut enterik:100 mg
ASAM TRANEKSAMAT;B02AA02;tablet salut selaput:500 mg;injeksi:50 mg/mL,100 mg/mL
METFORMIN HIDROKLORIDA;A10BA02;tablet salut selaput:500 mg,850 mg;tablet lepas lambat:500 mg,750 mg
GLIBENKLAMID;A10BB01;tablet:2.5 mg,5 mg
GLIMEPIRID;A10BB12;tablet:1 mg,2 mg,3 mg,4 mg
AKARBOSA;A10BF01;tablet:50 mg,100 mg
INSULIN GLARGIN;A10AE04;injeksi:100 IU/mL
OMEPRAZOL;A02BC01;kapsul:20 mg,40 mg;serbuk injeksi:40 mg
LANSOPRAZOL;A02BC03;kapsul:15 mg,30 mg
PANTOPRAZOL NATRIUM;A02BC02;tablet salut enterik:20 mg,40 mg;serbuk injeksi:40 mg
RANITIDIN HIDROKLORIDA;A02BA02;tablet salut selaput:150 mg,300 mg;injeksi:25 mg/mL
SUKRALFAT;A02BX02;tablet:500 mg;suspensi:500 mg/5 mL
DOMPERIDON;A03FA03;tablet:10 mg;suspensi:5 mg/5 mL
ONDANSETRON HIDROKLORIDA;A04AA01;tablet salut selaput:4 mg,8 mg;injeksi:2 mg/mL
LOPERAMID HIDROKLORIDA;A07DA03;tablet:2 mg
ATTAPULGIT;A07BC04;tablet:600 mg
SETIRIZIN DIHIDROKLORIDA;R06AE07;tablet salut selaput:10 mg;sirup:5 mg/5 mL;drops:10 mg/mL
LORATADIN;R06AX13;tablet:10 mg;sirup:5 mg/5 mL
SALBUTAMOL SULFAT;R03AC02;tablet:2 mg,4 mg;sirup:2 mg/5 mL;larutan inhalasi:1 mg/mL
AMBROKSOL HIDROKLORIDA;R05CB06;tablet:30 mg;sirup:15 mg/5 mL,30 mg/5 mL;drops:15 mg/mL
ASETILSISTEIN;R05CB01;kapsul:200 mg;tablet effervescent:600 mg
DEKSAMETASON;H02AB02;tablet:0.5 mg,0.75 mg;injeksi:5 mg/mL
METILPREDNISOLON;H02AB04;tablet:4 mg,8 mg,16 mg;serbuk injeksi:125 mg
PREDNISON;H02AB07;tablet:5 mg
HIDROKORTISON ASETAT;D07AA02;krim:1 %,2.5 %
BETAMETASON VALERAT;D07AC01;krim:0.1 %;salep:0.1 %
DIAZEPAM;N05BA01;tablet:2 mg,5 mg;injeksi:5 mg/mL
ALPRAZOLAM;N05BA12;tablet:0.25 mg,0.5 mg,1 mg
HALOPERIDOL;N05AD01;tablet:0.5 mg,1.5 mg,5 mg
RISPERIDON;N05AX08;tablet salut selaput:1 mg,2 mg,3 mg
SERTRALIN HIDROKLORIDA;N06AB06;tablet salut selaput:50 mg
FENITOIN NATRIUM;N03AB02;kapsul:100 mg;injeksi:50 mg/mL
ASAM VALPROAT;N03AG01;sirup:250 mg/5 mL
GABAPENTIN;N03AX12;kapsul:100 mg,300 mg
TRAMADOL HIDROKLORIDA;N02AX02;kapsul:50 mg;injeksi:50 mg/mL
MORFIN SULFAT;N02AA01;tablet lepas lambat:10 mg,30 mg;injeksi:10 mg/mL
LIDOKAIN HIDROKLORIDA;N01BB02;injeksi:20 mg/mL;gel:2 %
PIRIDOKSIN HIDROKLORIDA;A11HA02;tablet:10 mg,25 mg
ASAM ASKORBAT;A11GA01;tablet:50 mg,500 mg;injeksi:100 mg/mL
ZINK SULFAT MONOHIDRAT;A12CB01;tablet dispersible:20 mg;sirup:20 mg/5 mL;drops:10 mg/mL
ALOPURINOL;M04AA01;tablet:100 mg,300 mg
OKSITOSIN;H01BB02;injeksi:10 IU/mL
EPINEFRIN;C01CA24;injeksi:1 mg/mL
NATRIUM KLORIDA;B05BB01;infus:9 mg/mL
GLUKOSA;B05BA03;infus:50 mg/mL,100 mg/mL
ALBENDAZOL;P02CA03;tablet:400 mg;suspensi:200 mg/5 mL
TIMOLOL MALEAT;S01ED01;tetes mata:2.5 mg/mL,5 mg/mL
AMOKSISILIN TRIHIDRAT+KALIUM KLAVULANAT;J01CR02;tablet salut selaput:500 mg+125 mg,875 mg+125 mg;sirup kering:125 mg/5 mL+31.25 mg/5 mL
TRIMETOPRIM+SULFAMETOKSAZOL;J01EE01;tablet:80 mg+400 mg,160 mg+800 mg;suspensi:40 mg/5 mL+200 mg/5 mL
VALSARTAN+AMLODIPIN BESILAT;C09DB01;tablet salut selaput:80 mg+5 mg,160 mg+5 mg,160 mg+10 mg
GLIBENKLAMID+METFORMIN HIDROKLORIDA;A10BD02;tablet salut selaput:2.5 mg+500 mg,5 mg+500 mg
ALUMINIUM HIDROKSIDA+MAGNESIUM HIDROKSIDA;A02AD01;tablet kunyah:200 mg+200 mg,400 mg+400 mg;suspensi:200 mg/5 mL+200 mg/5 mL
PARASETAMOL+KAFEIN;N02BE51;tablet:500 mg+50 mg,500 mg+65 mg
RIFAMPISIN+ISONIAZID;J04AM02;tablet:150 mg+75 mg,150 mg+150 mg
LIDOKAIN HIDROKLORIDA+EPINEFRIN;N01BB52;injeksi:20 mg/mL+0.0125 mg/mL
BETAMETASON VALERAT+GENTAMISIN SULFAT;D07CC01;krim:0.1 %+0.1 %
SALBUTAMOL SULFAT+IPRATROPIUM BROMIDA;R03AL02;larutan inhalasi:1 mg/mL+0.2 mg/mL
"""

# Forms as lists write them, the plainest first; those behind the bar only lists of another hand use.
FORM_SPELLINGS = {
    "tablet": ("tablet", "tab|tablt"),
    "kaplet": ("kaplet", "kapl|kaplet"),
    "tablet salut selaput": ("tablet salut selaput", "tab sal selaput|tablet salut selaput"),
    "tablet salut enterik": ("tablet salut enterik", "tab salut enterik|tablet salut enterik"),
    "tablet lepas lambat": ("tablet lepas lambat", "tab lepas lambat|tablet lepas lambat"),
    "tablet kunyah": ("tablet kunyah", "tab kunyah|tablet kunyah"),
    "tablet effervescent": ("tablet effervescent", "tablet effervescent|tablet effervescent"),
    "tablet dispersible": ("tablet dispersible", "tablet dispersible|tablet dispersible"),
    "kapsul": ("kapsul", "kaps|kapsul"),
    "sirup": ("sirup", "syrup|sirup"),
    "sirup kering": ("sirup kering", "dry syrup|sirup kering"),
    "suspensi": ("suspensi", "susp|suspensi"),
    "drops": ("drops", "drops|drops"),
    "infus": ("larutan infus", "infus|larutan infus"),
    "injeksi": ("injeksi", "inj|cairan injeksi"),
    "serbuk injeksi": ("serbuk injeksi", "serbuk inj|serbuk injeksi"),
    "krim": ("krim", "cream|krim"),
    "salep": ("salep", "salep|salep"),
    "gel": ("gel", "gel|gel"),
    "serbuk": ("serbuk", "serbuk|serbuk"),
    "tetes mata": ("tetes mata", "tetes mata|tetes mata"),
    "salep mata": ("salep mata", "salep mata|salep mata"),
    "tetes telinga": ("tetes telinga", "tetes telinga|tetes telinga"),
    "larutan inhalasi": ("larutan inhalasi", "larutan inhalasi|larutan inhalasi"),
}
_SOLID = ("10 strip @ 10", "3 strip @ 10", "5 strip @ 6", "2 blister @ 10", "1 strip @ 4", "25 strip @ 4")
_SMALL = ("1 botol @ 60 mL", "1 botol @ 100 mL", "1 botol @ 30 mL")
_TUBE = ("1 tube @ 5 g", "1 tube @ 10 g", "1 tube @ 15 g")
# What stands in a box (dus), per form; solids name the unit themselves.
PACKS = {
    **dict.fromkeys(("sirup", "sirup kering", "suspensi"), _SMALL),
    **dict.fromkeys(("krim", "salep", "gel", "salep mata"), _TUBE),
    "drops": ("1 botol @ 10 mL", "1 botol @ 15 mL"),
    "infus": ("1 botol @ 100 mL", "1 botol @ 500 mL", "1 botol @ 250 mL"),
    "injeksi": ("5 ampul @ 2 mL", "10 ampul @ 1 mL", "1 vial @ 10 mL"),
    "serbuk injeksi": ("1 vial", "10 vial", "2 vial"),
    "serbuk": ("1 botol @ 50 g", "1 botol @ 100 g"),
    "tetes mata": ("1 botol @ 5 mL", "1 botol @ 10 mL"),
    "tetes telinga": ("1 botol @ 5 mL", "1 botol @ 10 mL"),
    "larutan inhalasi": ("20 ampul @ 2.5 mL", "5 ampul @ 2.5 mL"),
}
SOLIDS = ("tablet", "kaplet", "kapsul")
SOLID_PACKS = _SOLID
# Two figures of the registration number that stand for the form, as the sample's register counts them.
FORM_FIGURES = {form: f"{at:02d}" for at, form in enumerate(FORM_SPELLINGS, start=4)}

HEADS = ("Ka", "Ma", "No", "Fi", "Ra", "Ze", "Lo", "Bi", "Tru", "Xa", "Pra", "Vi", "De", "Mo", "Si", "Gra", "Ne", "Po")
MIDDLES = ("la", "ri", "no", "fe", "ti", "va", "do", "mi", "xe", "lo", "su", "ra", "pi", "ke", "bu", "ze")
TAILS = ("mol", "dex", "fen", "tal", "vit", "zin", "pin", "cor", "gesik", "ren", "sil", "mox", "lax", "pril")
COMPANY_HEADS = (
    "Cahaya",
    "Nusa",
    "Bina",
    "Indo",
    "Surya",
    "Mega",
    "Graha",
    "Sari",
    "Prima",
    "Tirta",
    "Karya",
    "Dharma",
)
COMPANY_MIDDLES = ("Farma", "Medika", "Husada", "Sehat", "Pharma", "Waras", "Bakti", "Sentosa", "Mulia", "Abadi")
COMPANY_TAILS = ("Laboratories", "Indonesia", "Utama", "Jaya", "Tbk", "Nusantara", "Makmur", "Lestari")
COUNTRIES = ("INDIA", "JERMAN", "SWISS", "CINA", "AMERIKA SERIKAT", "JEPANG", "KOREA SELATAN")

# name ; risk class ; category, sub-category and kind (7 digits) ; sizes ; unit ; pieces per box
DEVICES = """
Sarung Tangan Periksa;A;2410001;XS,S,M,L;pasang;50,100
Sarung Tangan Bedah Steril;B;2410002;6.5,7,7.5,8;pasang;50
Masker Bedah 3 Ply;B;2410003;Dewasa,Anak;pcs;50
Jarum Suntik Sekali Pakai;B;2420001;18G,21G,23G,26G;pcs;100
Alat Suntik 1 mL;B;2420002;1 mL;pcs;100
Alat Suntik;B;2420003;3 mL,5 mL,10 mL,20 mL;pcs;100
Kateter Intravena;B;2420004;18G,20G,22G,24G;pcs;50
Set Infus Dewasa;B;2420005;20 tetes,15 tetes;pcs;25
Kateter Foley;B;2430001;14 Fr,16 Fr,18 Fr;pcs;10
Kantong Urin;A;2430002;2000 mL;pcs;10
Kasa Steril;A;2440001;5x5 cm,10x10 cm,16x16 cm;lembar;10,16
Plester;A;2440002;1.25 cm,2.5 cm,5 cm;roll;1,12
Perban Elastis;A;2440003;2 inch,3 inch,4 inch,6 inch;roll;1
Benang Bedah Silk;C;2450001;2-0,3-0,4-0;sachet;12
Benang Bedah Catgut;C;2450002;2-0,3-0;sachet;12
Tensimeter Digital;B;2110001;Lengan Atas,Pergelangan;unit;1
Termometer Digital;B;2110002;Standar;unit;1
Stetoskop;A;2110003;Dewasa,Anak;unit;1
Oksimeter;B;2110004;Dewasa,Anak;unit;1
Nebulizer;B;2120001;Standar;unit;1
Masker Oksigen;A;2120002;Dewasa,Anak;pcs;1,10
Nasal Kanul Oksigen;A;2120003;Dewasa,Anak,Bayi;pcs;1,10
Tempat Tidur Pasien;A;2210001;2 Engkol,3 Engkol;unit;1
Kursi Roda;A;2210002;Standar,Anak;unit;1
Lampu Operasi;B;2220001;LED 1 Kepala,LED 2 Kepala;unit;1
Elektrokardiograf;B;2310001;3 Kanal,6 Kanal,12 Kanal;unit;1
Strip Uji Glukosa;C;2510001;25 strip,50 strip;strip;25,50
Tes Kehamilan;C;2510002;Strip,Kaset;pcs;1,25
Tabung Darah EDTA;B;2520001;2 mL,3 mL,5 mL;pcs;100
Popok Dewasa;A;2460001;M,L,XL;pcs;10
"""
# Household products (PKRT)
HOUSEHOLD = """
Cairan Antiseptik Tangan;B;3110001;60 mL,100 mL,500 mL;botol;1
Tisu Basah Antiseptik;A;3110002;10 lembar,50 lembar;pak;1
Pembersih Lantai;B;3120001;800 mL,1600 mL;pouch;1
Obat Nyamuk Semprot;C;3130001;300 mL,600 mL;kaleng;1
"""
