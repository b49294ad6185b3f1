"""Write a Shopify product file of any size, always the same for the same arguments: input for import benchmarks.

    python3 benchmarks/generate_products.py 100000 > /tmp/products.csv

A third of the products has one variant, a third three, a third five; every one has a description of about 600
characters, two pictures, tags, a brand out of 200 and a category out of 60.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterator
from typing import IO

HEADER = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,"
    "Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,"
    "Image Position,Image Alt Text,SEO Title,SEO Description,Variant Image,Cost per item,Status"
).split(",")

_WORDS = (
    "oak linen amber quiet river stone field morning copper harbour willow slate wool paper salt garden lantern north "
    "cedar velvet meadow iron glass cotton birch coast ember clay silver moss thread orchard"
).split()
_NOUNS = "table chair lamp vase blanket bowl jacket mug shelf basket mirror clock stool cushion tray teapot".split()
_ROOMS = "Kitchen,Living room,Bedroom,Garden,Office,Bathroom".split(",")
_COLOURS = "Red,Green,Blue,Black,White".split(",")
_SIZES = (1, 3, 5)


def product(number: int) -> Iterator[dict[str, str]]:
    """Yield the records of one product."""
    chance = random.Random(number)  # noqa: S311 (test data)
    noun = _NOUNS[number % len(_NOUNS)]
    title = f"{' '.join(chance.sample(_WORDS, 2)).title()} {noun.title()} {number}"
    handle = title.lower().replace(" ", "-")
    sentences = " ".join(" ".join(chance.choices(_WORDS, k=12)).capitalize() + "." for _ in range(7))
    room = _ROOMS[number % len(_ROOMS)]
    count = _SIZES[number % len(_SIZES)]
    for index in range(count):
        record = {
            "Handle": handle,
            "Option1 Value": _COLOURS[index] if count > 1 else "Default Title",
            "Variant SKU": f"SKU-{number:07}-{index}",
            "Variant Grams": str(chance.randint(50, 5000)),
            "Variant Inventory Tracker": "shopify",
            "Variant Inventory Qty": str(chance.randint(0, 200)),
            "Variant Inventory Policy": "deny",
            "Variant Price": f"{chance.randint(500, 20000) / 100:.2f}",
            "Variant Requires Shipping": "TRUE",
            "Variant Taxable": "TRUE",
            "Variant Barcode": _gtin(number * 5 + index),
            "Cost per item": f"{chance.randint(100, 400) / 100:.2f}",
        }
        if index == 0:
            record |= {
                "Title": title,
                "Body (HTML)": f"<p>{sentences}</p>",
                "Vendor": f"Maker {number % 200}",
                "Product Category": f"Home > {room} > {noun.title()}s",
                "Type": noun.title(),
                "Tags": ", ".join(chance.sample(_WORDS, 3)),
                "Published": "TRUE",
                "Option1 Name": "Colour" if count > 1 else "Title",
                "SEO Title": title,
                "Status": "active",
            }
        if index < 2:  # noqa: PLR2004 (two pictures)
            record |= {
                "Image Src": f"https://images.example/{number}/{index}.jpg",
                "Image Position": str(index + 1),
                "Image Alt Text": f"{title}, view {index + 1}",
            }
        yield record


def _gtin(number: int) -> str:
    digits = f"{200_000_000_000 + number:012}"
    total = sum((3, 1)[place % 2] * int(digit) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def write(count: int, file: IO[str]) -> None:
    """Write the header and so many products."""
    writer = csv.DictWriter(file, HEADER)
    writer.writeheader()
    for number in range(count):
        writer.writerows(product(number))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, help="how many products")
    write(parser.parse_args().count, sys.stdout)
