"""The columns of WooCommerce's product CSV, in English and Spanish: it translates them to the language of the shop."""

from __future__ import annotations

import re
from decimal import Decimal

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "type": ("type", "tipo"),
    "sku": ("sku",),
    "barcode": ("gtin, upc, ean, or isbn", "gtin, upc, ean o isbn"),
    "title": ("name", "nombre"),
    "published": ("published", "publicado"),
    "visibility": ("visibility in catalog", "visibility in catalogue", "visibilidad en el catálogo"),
    "summary": ("short description", "descripción corta"),
    "html": ("description", "descripción"),
    "sale_starts": ("date sale price starts", "día en que empieza el precio rebajado"),
    "sale_ends": ("date sale price ends", "día en que termina el precio rebajado"),
    "tax_status": ("tax status", "estado del impuesto"),
    "in_stock": ("in stock?", "¿existencias?", "¿en inventario?"),
    "stock": ("stock", "inventario"),
    "backorders": ("backorders allowed?", "¿permitir reservas de productos agotados?"),
    "sale_price": ("sale price", "precio rebajado"),
    "price": ("regular price", "precio normal"),
    "categories": ("categories", "categorías"),
    "tags": ("tags", "etiquetas"),
    "brand": ("brands", "brand", "marcas", "marca"),
    "images": ("images", "imágenes"),
    "parent": ("parent", "superior", "principal"),
    "position": ("position", "posición"),
}

_MEASURES = {
    "weight": ("weight", "peso"),
    "length": ("length", "longitud"),
    "width": ("width", "anchura", "ancho"),
    "height": ("height", "altura"),
}
_WITH_UNIT = re.compile(r"^(.+?) \((\w+)\)$")
GRAMS = {"kg": "1000", "g": "1", "lbs": "453.59237", "lb": "453.59237", "oz": "28.349523125"}
MILLIMETRES = {"m": "1000", "cm": "10", "mm": "1", "in": "25.4", "yd": "914.4"}

_ATTRIBUTE_PATTERNS = (
    (re.compile(r"^attribute (\d{1,3}) name$"), "name"),
    (re.compile(r"^attribute (\d{1,3}) value\(s\)$"), "values"),
    (re.compile(r"^nombre del atributo (\d{1,3})$"), "name"),
    (re.compile(r"^valor\(es\) del atributo (\d{1,3})$"), "values"),
)
_ATTRIBUTE_REST = re.compile(r"^(attribute \d+ (visible|global|default)|atributo (visible|global|por defecto) \d+)$")


def attribute_columns(header: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the fields `attributeN_name` and `attributeN_values` that the header has, as `columns_of` takes them."""
    found: dict[str, tuple[str, ...]] = {}
    for name in map(str.casefold, header):
        for pattern, part in _ATTRIBUTE_PATTERNS:
            if match := pattern.match(name):
                found[f"attribute{int(match[1])}_{part}"] = (name,)
    return found


def is_attribute_detail(name: str) -> bool:
    """Tell whether a column only says how WooCommerce shows an attribute."""
    return _ATTRIBUTE_REST.match(name.casefold()) is not None


def measure_columns(header: tuple[str, ...]) -> tuple[dict[str, tuple[str, ...]], dict[str, Decimal]]:
    """Return the columns of weight and size, and the factor to grams or millimetres that each header names."""
    fields: dict[str, tuple[str, ...]] = {}
    factors: dict[str, Decimal] = {}
    for name in map(str.casefold, header):
        match = _WITH_UNIT.match(name)
        field = next((f for f, words in _MEASURES.items() if match and match[1] in words), None)
        if match is None or field is None:
            continue
        factor = (GRAMS if field == "weight" else MILLIMETRES).get(match[2])
        if factor is not None:
            fields[field] = (name,)
            factors[field] = Decimal(factor)
    return fields, factors
