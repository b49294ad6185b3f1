"""Tables of products: texts, places, options. What is bought of them is in variant.py."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q

from core import clock
from core.ids import uuid7
from markets.models import TaxCategory
from products.models.vocabulary import Brand, Category
from products.triggers import OF_PRODUCT, bump, product_version, redirect


class ProductManager(models.Manager["Product"]):
    """Reads products without their search text, which is long and which only the database looks at."""

    def get_queryset(self) -> models.QuerySet[Product]:
        """Leave the column out."""
        return super().get_queryset().defer("search")


class Product(models.Model):
    """Something the shop sells, in one or more variants.

    `version` and `search` are written by database triggers only: any change of what shoppers see of the product,
    by whatever hand, gives it a version that no transaction had before.
    """

    class Status(models.TextChoices):
        """Whether shoppers can see it."""

        DRAFT = "draft"
        ACTIVE = "active"
        ARCHIVED = "archived"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=255, unique=True, allow_unicode=True)
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True, help_text="Cleaned HTML.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    published_from = models.DateTimeField(null=True, blank=True)
    published_until = models.DateTimeField(null=True, blank=True, help_text="Exclusive.")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    product_type = models.CharField(max_length=120, blank=True, help_text="The merchant's own word for its kind.")
    is_gift_card = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether it is money: what is paid for a piece is put on a gift card, and nothing is sent.",
    )
    categories: models.ManyToManyField[Category, Any] = models.ManyToManyField(
        Category, through="ProductCategory", related_name="products"
    )
    tax_category = models.ForeignKey(
        TaxCategory, on_delete=models.PROTECT, null=True, blank=True, help_text="Blank is the default category."
    )
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    attributes = models.JSONField(default=dict, blank=True, help_text="Attribute code to typed value.")
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    version = models.BigIntegerField(default=0, editable=False)
    search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[ProductManager] = ProductManager()

    class Meta:
        """Newest first, by a key that can be paged."""

        ordering = ("-created_at", "-id")
        triggers = (product_version(), *redirect("product"))
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("draft", "active", "archived")), name="products_product_status"
            ),
            models.CheckConstraint(
                condition=Q(published_from__isnull=True)
                | Q(published_until__isnull=True)
                | Q(published_from__lt=F("published_until")),
                name="products_product_publication",
            ),
        )
        indexes = (
            models.Index(fields=("status", "created_at", "id"), name="products_product_newest"),
            models.Index(fields=("status", "title", "id"), name="products_product_title"),
            GinIndex(fields=("search",), name="products_product_search"),
            GinIndex(
                OpClass(Func(F("title"), function="products_plain"), "gin_trgm_ops"), name="products_product_plain"
            ),
            GinIndex(fields=("tags",), name="products_product_tags"),
            GinIndex(fields=("attributes",), opclasses=("jsonb_path_ops",), name="products_product_attributes"),
        )

    def __str__(self) -> str:
        """Give its title."""
        return self.title


class ProductCategory(models.Model):
    """A product's place in a category; the lowest position is the one of its breadcrumbs."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="category_links")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="product_links")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """Once per category."""

        ordering = ("position", "id")
        triggers = bump(OF_PRODUCT)
        verbose_name_plural = "product categories"
        constraints = (models.UniqueConstraint(fields=("category", "product"), name="products_productcategory_once"),)

    def __str__(self) -> str:
        """Name both."""
        return f"{self.product_id} in {self.category_id}"


class ProductTranslation(models.Model):
    """A product's texts in another language of a market."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(max_length=10, help_text="BCP 47.")
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True, help_text="Cleaned HTML.")
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)

    class Meta:
        """One per language."""

        triggers = bump(OF_PRODUCT, is_text=True)
        constraints = (
            models.UniqueConstraint(fields=("product", "language"), name="products_producttranslation_language"),
        )

    def __str__(self) -> str:
        """Give the title and language."""
        return f"{self.title} ({self.language})"


class ProductOption(models.Model):
    """A thing to choose, such as Size, and its values in the shop's order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="options")
    name = models.CharField(max_length=80)
    values = ArrayField(models.CharField(max_length=255))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """One per name, in order."""

        ordering = ("position", "id")
        triggers = bump(OF_PRODUCT)
        constraints = (models.UniqueConstraint(fields=("product", "name"), name="products_productoption_name"),)

    def __str__(self) -> str:
        """Give its name."""
        return self.name
