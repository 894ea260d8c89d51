"""Products in `lookup.sqlite`: rows of the platform's catalogue (KFA) as v2 answers them, drugs and devices alike.

Each row is made once, at publish, as the JSON that is sent; what v3 sends of a device is read from the same. Columns
beside it are what lists filter by. What no register tells is null, as in the platform's own replies.
"""

from __future__ import annotations

from sehatmu.lookup.table import LookupTable, as_day

_UPDATED = "strftime(build_date, '%Y-%m-%d') || ' 00:00:00'"
_PROCUREMENT = (
    "fix_price := fix_price, het_price := NULL, farmalkes_hscode := NULL, tayang_lkpp := tayang_lkpp, "
    "kode_lkpp := kode_lkpp, kode_kbki := kode_kbki, score_tkdn := score_tkdn, score_bmp := score_bmp, "
    "score_tkdn_bmp := score_tkdn_bmp"
)
_IDENTIFIERS = (
    "SELECT master_id, list(struct_pack(name := upper(namespace), code := code, source_name := upper(namespace), "
    "url := NULL) ORDER BY namespace, code) AS listed "
    "FROM (SELECT DISTINCT master_id, namespace, code FROM kfa.product_identifier) GROUP BY ALL"
)
# A class of the ATC as the platform's replies have it, and the classes of a drug from the anatomical group to the
# substance: what the list lacks of one is null, its code is not.
_WIDTHS = {1: 1, 2: 3, 3: 4, 4: 5, 5: 7}


def _class(name: str, code: str, level: str, parent: str) -> str:
    return f"struct_pack(name := {name}, code := {code}, level := {level}, parent_code := {parent}, comment := NULL)"


def _class_of_drug(level: int) -> str:
    parent = f"left(p.atc_code, {_WIDTHS[level - 1]})" if level > 1 else "left(p.atc_code, 0)"
    told = f"CASE WHEN p.atc_code IS NOT NULL THEN '{level}' END"
    return f"atc_l{level} := " + _class(f"a{level}.name", f"left(p.atc_code, {_WIDTHS[level]})", told, parent)


_CLASSES = ", ".join(_class_of_drug(level) for level in _WIDTHS)
_CLASS_JOINS = "\n".join(
    f"LEFT JOIN (FROM kfa.atc) AS a{level} ON a{level}.code = left(p.atc_code, {width})"
    for level, width in _WIDTHS.items()
)
_DRUGS = f"""
SELECT p.master_id, 'farmasi', p.farmalkes_type, p.template_id, p.nie, p.kode_lkpp, CAST(p.active AS INTEGER),
    upper(concat_ws(' ', p.name, p.nama_dagang, p.manufacturer)), {as_day("p.build_date")},
    CAST(to_json(struct_pack(
        id := CAST(p.master_id AS BIGINT), name := p.name, kfa_code := p.kfa_code, active := p.active, state := 'valid',
        image := NULL, updated_at := {_UPDATED.replace("build_date", "p.build_date")},
        farmalkes_type := struct_pack(code := p.farmalkes_type, name := p.farmalkes_type, "group" := 'farmasi'),
        dosage_form := struct_pack(code := p.dosage_form_code, name := p.dosage_form_name),
        controlled_drug := struct_pack(code := p.controlled_drug_code, name := p.controlled_drug_name),
        rute_pemberian := struct_pack(code := p.rute_pemberian_code, name := p.rute_pemberian_name),
        uom := struct_pack(name := p.uom_name), produksi_buatan := p.produksi_buatan, nie := p.nie,
        nama_dagang := p.nama_dagang, manufacturer := p.manufacturer, registrar := p.registrar, generik := p.generik,
        rxterm := NULL, {_PROCUREMENT}, med_dev_jenis := NULL, med_dev_kategori := NULL, med_dev_subkategori := NULL,
        med_dev_kelas_risiko := NULL, klasifikasi_izin := NULL,
        {_CLASSES}, atc_ddd := struct_pack(name := NULL),
        product_template := struct_pack(kfa_code := t.kfa_code, name := t.name, state := 'valid', active := true,
            display_name := t.name, updated_at := strftime(t.build_date, '%Y-%m-%d') || ' 00:00:00'),
        active_ingredients := coalesce(i.listed, []), packaging_ids := coalesce(k.listed, []),
        identifier_ids := coalesce(n.listed, []), dosage_usage := [], tags := [],
        replacement := struct_pack(product := NULL, template := NULL))) AS VARCHAR), p.atc_code
FROM kfa.product AS p
{_CLASS_JOINS}
LEFT JOIN (FROM kfa.template) AS t ON t.master_id = p.template_id
LEFT JOIN (SELECT a.template_id, list(struct_pack(kfa_code := s.kfa_code, active := true, state := 'valid',
        zat_aktif := zat_aktif, kekuatan_zat_aktif := kekuatan_zat_aktif) ORDER BY position) AS listed
    FROM kfa.active_ingredient AS a LEFT JOIN (FROM kfa.substance) AS s ON s.master_id = a.substance_id
    GROUP BY ALL) AS i ON i.template_id = p.template_id
LEFT JOIN (SELECT product_id, list(struct_pack(name := name, kfa_code := kfa_code, pack_price := NULL,
        uom_id := uom_name, qty := qty) ORDER BY kfa_code) AS listed
    FROM kfa.pack GROUP BY ALL) AS k ON k.product_id = p.master_id
LEFT JOIN ({_IDENTIFIERS}) AS n ON n.master_id = p.master_id
ORDER BY 1"""
_DEVICES = f"""
SELECT d.master_id, 'alkes', d.farmalkes_type, d.device_template_id, d.nie, d.kode_lkpp, CAST(d.active AS INTEGER),
    upper(concat_ws(' ', d.name, d.nama_dagang, d.manufacturer)), {as_day("d.build_date")},
    CAST(to_json(struct_pack(
        id := CAST(d.master_id AS BIGINT), name := d.name, kfa_code := d.kfa_code, active := d.active, state := 'valid',
        image := NULL, updated_at := {_UPDATED.replace("build_date", "d.build_date")},
        farmalkes_type := struct_pack(code := d.farmalkes_type, name := d.farmalkes_type, "group" := 'alkes'),
        uom := struct_pack(name := d.uom_name), produksi_buatan := d.produksi_buatan, nie := d.nie,
        nama_dagang := d.nama_dagang, manufacturer := d.manufacturer,
        manufacturer_country := d.manufacturer_country, registrar := d.registrar, {_PROCUREMENT},
        med_dev_jenis := d.jenis, med_dev_kategori := d.kategori, med_dev_subkategori := d.sub_kategori,
        med_dev_sub_jenis := d.sub_jenis, med_dev_kelas_risiko := d.med_dev_kelas_risiko, klasifikasi_izin := NULL,
        net_weight := d.net_weight, volume := d.device_volume,
        product_template := struct_pack(kfa_code := t.kfa_code, name := t.name, state := 'valid', active := true,
            display_name := t.name),
        packaging_ids := [], identifier_ids := coalesce(n.listed, []),
        replacement := struct_pack(product := NULL, template := NULL))) AS VARCHAR)
FROM kfa.device AS d
LEFT JOIN (FROM kfa.device_template) AS t ON t.master_id = d.device_template_id
LEFT JOIN ({_IDENTIFIERS}) AS n ON n.master_id = d.master_id
ORDER BY 1"""
_DEVICE_TEMPLATES = f"""
SELECT master_id, 'alkes', NULL, NULL, NULL, NULL, 1, upper(name), {as_day("build_date")},
    CAST(to_json(struct_pack(id := CAST(master_id AS BIGINT), name := name, kfa_code := kfa_code, active := true,
        state := 'valid', updated_at := {_UPDATED}, med_dev_kategori := kategori, med_dev_subkategori := sub_kategori,
        med_dev_jenis := jenis, med_dev_kelas_risiko := med_dev_kelas_risiko)) AS VARCHAR)
FROM kfa.device_template ORDER BY 1"""
_COLUMNS = (
    "master_id TEXT PRIMARY KEY", "kind TEXT", "farmalkes_type TEXT", "template_id TEXT", "nie TEXT", "kode_lkpp TEXT",
    "active INTEGER", "words TEXT", "updated INTEGER", "body TEXT",
)  # fmt: skip

KFA_TABLES = (
    LookupTable(
        "product",
        (*_COLUMNS, "atc_code TEXT"),
        (
            "kfa.product_identifier",
            "kfa.product",
            "kfa.template",
            "kfa.active_ingredient",
            "kfa.substance",
            "kfa.pack",
            "kfa.atc",
        ),
        _DRUGS,
        ("product_of_template ON product(template_id)",),
    ),
    LookupTable(
        "device",
        _COLUMNS,
        ("kfa.product_identifier", "kfa.device", "kfa.device_template"),
        _DEVICES,
        ("device_of_template ON device(template_id)",),
    ),
    LookupTable(
        "device_template",
        _COLUMNS,
        ("kfa.device_template",),
        _DEVICE_TEMPLATES,
    ),
    LookupTable(
        "product_code",
        ("namespace TEXT", "code TEXT", "master_id TEXT", "PRIMARY KEY (namespace, code, master_id)"),
        ("kfa.product_identifier",),
        "SELECT DISTINCT namespace, upper(replace(code, ' ', '')), master_id FROM kfa.product_identifier ORDER BY ALL",
        without_rowid=True,
    ),
    LookupTable(
        "product_pack",
        ("kfa_code TEXT PRIMARY KEY", "product_id TEXT"),
        ("kfa.pack",),
        "SELECT kfa_code, product_id FROM kfa.pack ORDER BY 1",
        without_rowid=True,
    ),
    LookupTable(
        "atc",
        ("code TEXT PRIMARY KEY", "level TEXT", "parent_code TEXT", "body TEXT"),
        ("kfa.atc",),
        f"SELECT code, level, parent_code, CAST(to_json({_class('name', 'code', 'level', 'parent_code')}) AS VARCHAR) "
        "FROM kfa.atc ORDER BY 1",
        ("atc_parent ON atc(parent_code, code)",),
        without_rowid=True,
    ),
    LookupTable(
        "price_jkn",
        ("kfa_code TEXT", "region_code TEXT", "document_ref TEXT", "body TEXT"),
        ("kfa.price_jkn",),
        "SELECT kfa_code, region_code, document_ref, CAST(to_json(struct_pack(product_template_name := "
        "product_template_name, kfa_code := kfa_code, document_ref := document_ref, active := true, region_name := "
        "region_code, region_code := region_code, start_date := start_date, end_date := end_date, price_unit := "
        "price_unit, uom_name := uom_name, uom_pack := [], province := [])) AS VARCHAR) "
        "FROM kfa.price_jkn ORDER BY kfa_code, region_code, document_ref, start_date",
        ("price_jkn_code ON price_jkn(kfa_code)",),
    ),
)
