"""What a shopper may mean who has typed the beginning of something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce

from markets.models import Market
from products.models import Category, Price, Product, ProductTranslation
from products.selectors.visibility import category_hidden, current_price, visible_product
from products.selectors.words import tsquery_of


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Products and categories whose words begin so."""

    products: list[dict[str, object]]
    categories: list[dict[str, object]]


def suggestions(words: str, *, market: Market, language: str, at: datetime, limit: int) -> Suggestions:
    """Return the products sold in a market and the active categories that fit best; two queries."""
    if not words.strip():
        return Suggestions([], [])
    query = SearchQuery(tsquery_of(words), search_type="raw", config="products_words")
    price = Price.objects.filter(current_price(at), variant__product=OuterRef("pk"), market=market)
    text = ProductTranslation.objects.filter(product=OuterRef("pk"), language=language).values("title")[:1]
    products = (
        Product.objects.filter(visible_product(at), Exists(price), search=query)
        .annotate(rank=SearchRank(F("search"), query), shown=Coalesce(text, F("title")))
        .order_by("-rank", "title", "id")
        .values("id", "slug", "shown")[:limit]
    )
    categories = Category.objects.filter(~category_hidden("path"), name__icontains=words.strip()).order_by(
        "depth", "name"
    )
    return Suggestions(
        [{"id": row["id"], "slug": row["slug"], "title": row["shown"]} for row in products],
        [{"id": row.pk, "slug": row.slug, "name": row.name} for row in categories[:limit]],
    )
