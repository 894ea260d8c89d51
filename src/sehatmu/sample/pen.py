"""One register writing: its rows, its manner, the draws and the noise that they are written with."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from sehatmu.sample import render, spoil
from sehatmu.sample.dice import Rolls
from sehatmu.sample.noise import Noise
from sehatmu.sample.render import Manner


@dataclass(frozen=True, slots=True)
class Pen:
    """Makes the columns of one extract, all text; `rows` is what `holdings.held_by` gives."""

    rows: pl.DataFrame
    manner: Manner
    rolls: Rolls
    noise: Noise

    def common(self, name: str) -> dict[str, pl.Series]:
        """The name, `alamat, telepon, email, kode_satusehat`, position and region codes."""
        return {
            name: render.render_names(self.rows, self.manner, self.rolls.under("name"), self.noise),
            "alamat": render.render_addresses(self.rows, self.manner, self.rolls.under("street"), self.noise),
            "telepon": render.render_phones(self.rows, self.rolls.under("phone"), self.noise),
            "email": render.render_mail(self.rows, self.rolls.under("mail"), self.noise),
            "kode_satusehat": self.official(),
            **render.render_positions(self.rows, self.rolls.under("position"), self.noise).to_dict(),
            **render.render_regions(self.rows, self.rolls.under("region"), self.noise).to_dict(),
        }

    def official(self) -> pl.Series:
        """The official number where the register knows it; for some, by mistake, that of another facility."""
        shared = self.rolls.flag("shared_official", self.noise.shared_official)
        knows = self.rolls.flag("knows_official", self.manner.knows_official)
        return self.text(pl.when(shared).then("other_official").when(knows).then("official"))

    def code(self, column: str) -> pl.Series:
        return spoil.blank_codes(self.rows[column], self.rolls.under(column), self.noise)

    def date(self, column: str, *, less_days: int = 0) -> pl.Series:
        days = self.rows[column] - less_days
        return render.render_dates(days, self.manner, self.rolls.under(f"{column}{less_days}"), self.noise)

    def text(self, expression: pl.Expr) -> pl.Series:
        return self.rows.select(expression.cast(pl.String).alias("text")).to_series()

    def sparse(self, column: str, expression: pl.Expr) -> pl.Series:
        """Text that is absent in some rows; `column` names the draw."""
        return spoil.empty(self.text(expression), self.rolls.under(column), self.noise)

    def grade(self) -> pl.Series:
        grades = self.rolls.choose("grade", ("Paripurna", "Utama", "Madya", "Dasar"))
        return self.sparse("accreditation", pl.lit(grades))

    def status(self, active: str, closed: str) -> pl.Series:
        return self.text(pl.when("closing").then(pl.lit(closed)).otherwise(pl.lit(active)))

    def regency(self, kabupaten: str, kota: str) -> pl.Series:
        """The regency's name behind the register's own word for its kind."""
        kind = pl.when(pl.col("kab_kind") == "KABUPATEN").then(pl.lit(kabupaten)).otherwise(pl.lit(kota))
        name = pl.col("kab_name") if kota.isupper() else pl.col("kab_name").str.to_titlecase()
        return self.text(kind + name)
