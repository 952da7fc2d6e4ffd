"""Makes the data of the tutorial: a month of parcels as CSV, the same at every call. It needs Python only.

    python3 docs/parcels.py january > data/parcels/january.csv

In February a fourth carrier delivers, too. In "march-garbled" two thirds of the parcels have the late flag of another
parcel, as after a join by the wrong key.
"""

import csv
import math
import random
import sys

# Rows, and the number to start the random numbers from.
MONTHS = {"january": (4000, 1), "february": (6000, 2), "march": (6000, 3), "march-garbled": (6000, 3)}
CARRIERS = {"north": -0.6, "swift": -1.2, "budget": 0.9, "zephyr": 1.8}  # how much each is late, in log odds


def parcels(month: str) -> list[dict]:
    """Returns the month's parcels, one dict a row."""
    rows, seed = MONTHS[month]
    draw = random.Random(seed)
    carriers = list(CARRIERS)[: 3 if month == "january" else 4]
    made = [parcel(draw, f"{month[:3]}-{number:05}", carriers) for number in range(rows)]
    if month == "march-garbled":
        wrong = [row for row in made if draw.random() < 2 / 3]
        flags = [row["late"] for row in wrong]
        draw.shuffle(flags)
        for row, flag in zip(wrong, flags, strict=True):
            row["late"] = flag
    return made


def parcel(draw: random.Random, parcel_id: str, carriers: list[str]) -> dict:
    """Returns one parcel, which is late by chance: more often far away, on a Friday or with some carriers."""
    carrier, weekday = draw.choice(carriers), draw.randrange(7)
    distance, weight = draw.lognormvariate(5, 0.8), draw.lognormvariate(0.5, 0.9)
    express = int(draw.random() < 0.25)
    odds = CARRIERS[carrier] + 1.3 * (math.log(distance) - 5) + 0.3 * math.log(weight) - 1.5 * express
    odds += {4: 1.2, 5: 0.6}.get(weekday, -0.8) - 0.6
    return {
        "parcel_id": parcel_id,
        "carrier": carrier,
        "weekday": weekday,
        "express": express,
        "distance_km": round(distance, 1),
        "weight_kg": round(weight, 2),
        "late": int(draw.random() < 1 / (1 + math.exp(-odds))),
    }


if __name__ == "__main__":
    if sys.argv[1:] not in [[month] for month in MONTHS]:
        sys.exit(f"expected one of: {', '.join(MONTHS)}; got: {' '.join(sys.argv[1:]) or 'nothing'}")
    table = csv.DictWriter(sys.stdout, list(parcels(sys.argv[1])[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(parcels(sys.argv[1]))
