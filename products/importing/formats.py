"""The formats by name, and reading any of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from products.importing import shopify, tienda, woocommerce
from products.importing.models import Import
from products.importing.opening import FileFacts
from products.importing.rows import ImportedProduct, Problem, Severity, Target


class Reader(Protocol):
    """Reads one format: see `shopify.read`."""

    def __call__(self, facts: FileFacts, target: Target, *, skip: int = 0) -> Iterator[ImportedProduct | Problem]:
        """Yield the products after the first `skip`, and problems that belong to none."""


READERS: dict[str, Reader] = {
    Import.Format.SHOPIFY: shopify.read,
    Import.Format.WOOCOMMERCE: woocommerce.read,
    Import.Format.TIENDA: tienda.read,
}


def read_file(
    facts: FileFacts, file_format: str, target: Target, *, skip: int = 0
) -> Iterator[ImportedProduct | Problem]:
    """Yield what a file of this format holds, after a word about characters that somebody else destroyed."""
    if facts.replacement_line is not None and not skip:
        reason = (
            "Here stands the sign for a character that could not be read (\N{REPLACEMENT CHARACTER}): whoever made "
            "the file read another one in the wrong encoding. The text is taken as it is."
        )
        yield Problem(
            code="replacement_character", reason=reason, severity=Severity.WARNING, line=facts.replacement_line
        )
    yield from READERS[file_format](facts, target, skip=skip)
