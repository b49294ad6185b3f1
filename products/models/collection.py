"""Tables of collections, and of slugs that things had before."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core import clock
from core.ids import uuid7
from products.models.product import Product
from products.triggers import redirect


class Collection(models.Model):
    """A list of products that staff pick by hand, or that a rule picks whenever it is read."""

    class Kind(models.TextChoices):
        """Who picks."""

        MANUAL = "manual"
        RULE = "rule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=140, unique=True, allow_unicode=True)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MANUAL)
    rule = models.JSONField(default=dict, blank=True, help_text="For the kind rule; see docs/api.md.")
    products: models.ManyToManyField[Product, Any] = models.ManyToManyField(
        Product, through="CollectionProduct", related_name="collections"
    )
    is_active = models.BooleanField(default=True)
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """In the shop's order."""

        ordering = ("position", "title")
        triggers = redirect("collection")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=("manual", "rule")), name="products_collection_kind"),
        )

    def __str__(self) -> str:
        """Give its title."""
        return self.title


class CollectionProduct(models.Model):
    """A product's place in a hand-picked collection."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="product_links")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="collection_links")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        """Once per collection."""

        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("collection", "product"), name="products_collectionproduct_once"),
        )

    def __str__(self) -> str:
        """Name both."""
        return f"{self.product_id} in {self.collection_id}"


class SlugRedirect(models.Model):
    """A slug that something had before; it leads to the thing until another takes the slug."""

    class Kind(models.TextChoices):
        """What the slug named."""

        PRODUCT = "product"
        CATEGORY = "category"
        COLLECTION = "collection"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    old_slug = models.CharField(max_length=255)
    target_id = models.UUIDField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """One target per old slug."""

        constraints = (
            models.UniqueConstraint(fields=("kind", "old_slug"), name="products_slugredirect_slug"),
            models.CheckConstraint(
                condition=Q(kind__in=("product", "category", "collection")), name="products_slugredirect_kind"
            ),
        )
        indexes = (models.Index(fields=("target_id",), name="products_slugredirect_target"),)

    def __str__(self) -> str:
        """Give the old slug."""
        return self.old_slug
