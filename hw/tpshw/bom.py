"""The bill of materials as CSV and as a Markdown table."""

from __future__ import annotations

import csv
import io

from tpshw.tables import Part, Parts

COLUMNS = (
    "part", "group", "name", "for", "maker", "number", "quantity", "price", "currency",
    "rupiah", "counted", "basis", "second source",
)  # fmt: skip


def rupiah(part: Part, parts: Parts) -> int:
    """Of the wanted quantity, whole rupiah."""
    each = part.price.idr or (part.price.usd or 0) * parts.prices.idr_per_usd
    return round(each * part.quantity)


def total(parts: Parts, **chosen: str) -> int:
    """Of a box, rupiah; `chosen` names another part of a choice, as in `camera="hq"`."""
    return sum(
        rupiah(part, parts)
        for key, part in parts.part.items()
        if (chosen[part.choice] == key if part.choice in chosen else part.counted)
    )


def as_csv(parts: Parts) -> str:
    """All parts, the alternatives too; `counted` says which are in the total."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for key, part in parts.part.items():
        currency = "USD" if part.price.usd else "IDR"
        table.writerow(
            [
                key, part.group, part.name, part.does, part.maker, part.number,
                f"{part.quantity:g}", f"{part.price.usd or part.price.idr:g}", currency,
                rupiah(part, parts), "yes" if part.counted else "no", part.basis, part.second,
            ]
        )  # fmt: skip
    return out.getvalue()


def as_markdown(parts: Parts) -> str:
    """What is bought for one box, its sum, and what the alternatives change."""
    prices = parts.prices
    lines = [
        "# Bill of materials of one box",
        "",
        f"Made by `scripts/drawings` from `hw/parts.toml`. Prices of {prices.date}: {prices.note}.",
        f"1 USD = {thousands(prices.idr_per_usd)} IDR. Ask before buying.",
        "",
        "| part | for | number | pieces | about IDR | instead |",
        "|---|---|---|--:|--:|---|",
    ]
    for part in parts.part.values():
        if part.counted:
            price = thousands(rupiah(part, parts))
            lines.append(
                f"| {part.name} | {part.does} | {part.maker}: {part.number} "
                f"| {part.quantity:g} | {price} | {part.second} |"
            )
    lines += [f"| **one box** | | | | **{thousands(total(parts))}** | |", ""]
    return "\n".join(lines + _instead(parts))


def _instead(parts: Parts) -> list[str]:
    lines = ["| chosen instead | number | one box, about IDR |", "|---|---|--:|"]
    for key, part in parts.part.items():
        if not part.counted:
            price = thousands(total(parts, **{part.choice: key}))
            lines.append(f"| {part.name} | {part.maker}: {part.number} | {price} |")
    return [*lines, ""]


def thousands(number: float) -> str:
    """With a comma between thousands."""
    return f"{round(number):,}"
