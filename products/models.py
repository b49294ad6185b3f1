"""Tables of the catalogue. What there is in stock belongs to inventory; what a sale costs, to cart and orders."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from treebeard.mp_tree import MP_Node

from core import clock
from core.ids import uuid7
from markets.models import Market, TaxCategory, validity

# Django finds an app's tables in its models module; those of imports live with what uses them.
from products.importing.models import Import, ImportProblem  # noqa: F401


class Category(MP_Node):
    """A place in the tree that shoppers browse by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    version = models.BigIntegerField(default=1, editable=False)

    class Meta:
        """Tree order."""

        verbose_name_plural = "categories"

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class Brand(models.Model):
    """Whose make it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=140, unique=True)

    class Meta:
        """By name."""

        ordering = ("name",)

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class Attribute(models.Model):
    """A typed property that products can carry and shoppers can filter by; the values are in `Product.attributes`."""

    class Kind(models.TextChoices):
        """What a value is."""

        TEXT = "text"
        INTEGER = "integer"
        BOOLEAN = "boolean"
        CHOICE = "choice"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=60, unique=True, help_text="Lower case, digits and underscores.")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True, help_text="For the kind choice.")
    unit = models.CharField(max_length=20, blank=True, help_text="For numbers: ml, cm.")
    is_filterable = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """In the order shoppers see them."""

        ordering = ("position", "code")
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z][a-z0-9_]*$"), name="products_attribute_code"),
            models.CheckConstraint(
                condition=Q(kind__in=("text", "integer", "boolean", "choice")), name="products_attribute_kind"
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name


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

    class Meta:
        """Newest first, by a key that can be paged."""

        ordering = ("-created_at", "-id")
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
        constraints = (models.UniqueConstraint(fields=("product", "name"), name="products_productoption_name"),)

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class Variant(models.Model):
    """What is bought: one choice of each of the product's options."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=100, blank=True)
    option_values = ArrayField(
        models.CharField(max_length=255), default=list, blank=True, help_text="One of each option, in their order."
    )
    barcode = models.CharField(max_length=64, blank=True, help_text="GTIN, EAN, UPC or ISBN.")
    weight_grams = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    length_mm = models.PositiveIntegerField(null=True, blank=True)
    width_mm = models.PositiveIntegerField(null=True, blank=True)
    height_mm = models.PositiveIntegerField(null=True, blank=True)
    requires_shipping = models.BooleanField(default=True)
    is_taxable = models.BooleanField(default=True)
    is_stock_tracked = models.BooleanField(default=True, help_text="Untracked variants can always be sold.")
    max_order_quantity = models.PositiveIntegerField(null=True, blank=True, help_text="Per order; blank is no limit.")
    cost_amount = models.BigIntegerField(null=True, blank=True, help_text="Minor units; never shown to shoppers.")
    cost_currency = models.CharField(max_length=3, blank=True)
    position = models.PositiveIntegerField(default=0)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """SKUs are unique where there is one; a product has no two variants of the same choice."""

        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("sku",), condition=~Q(sku=""), name="products_variant_sku"),
            models.UniqueConstraint(fields=("product", "option_values"), name="products_variant_options"),
            models.CheckConstraint(
                condition=Q(weight_grams__isnull=True) | Q(weight_grams__gte=0), name="products_variant_weight"
            ),
            models.CheckConstraint(
                condition=Q(cost_amount__isnull=True) | (Q(cost_amount__gte=0) & Q(cost_currency__regex=r"^[A-Z]{3}$")),
                name="products_variant_cost",
            ),
            models.CheckConstraint(
                condition=Q(max_order_quantity__isnull=True) | Q(max_order_quantity__gt=0),
                name="products_variant_max_order_quantity",
            ),
        )
        indexes = (models.Index(fields=("barcode",), condition=~Q(barcode=""), name="products_variant_barcode"),)

    def __str__(self) -> str:
        """Give the SKU and choice."""
        return " / ".join(part for part in (self.sku, *self.option_values) if part) or str(self.id)


class Price(models.Model):
    """What a variant costs in a market during a time, in the market's currency. Times never overlap."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="prices")
    amount = models.BigIntegerField(help_text="Minor units of the market's currency.")
    compare_at_amount = models.BigIntegerField(null=True, blank=True, help_text="The price it is compared with.")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Exclusive.")

    class Meta:
        """One price at a time."""

        ordering = ("market", "valid_from")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="products_price_amount"),
            models.CheckConstraint(
                condition=Q(compare_at_amount__isnull=True) | Q(compare_at_amount__gte=0),
                name="products_price_compare_at",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
                name="products_price_validity",
            ),
            ExclusionConstraint(
                name="products_price_overlap",
                expressions=[
                    ("variant", RangeOperators.EQUAL),
                    ("market", RangeOperators.EQUAL),
                    (validity(), RangeOperators.OVERLAPS),
                ],
            ),
        )
        indexes = (models.Index(fields=("market", "amount"), name="products_price_market"),)

    def __str__(self) -> str:
        """Give the bare amount; the currency is the market's."""
        return str(self.amount)


class Media(models.Model):
    """A picture of a product or of one variant: a file of ours with its smaller renditions, or a URL elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media")
    variants: models.ManyToManyField[Variant, Any] = models.ManyToManyField(Variant, blank=True, related_name="media")
    file = models.ImageField(
        upload_to="products/%Y/%m", blank=True, max_length=300, width_field="width", height_field="height"
    )
    url = models.URLField(max_length=2000, blank=True)
    renditions = models.JSONField(default=dict, blank=True, help_text="Width to file name, made when uploaded.")
    alt = models.CharField(max_length=500, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """In order; either a file or a URL."""

        ordering = ("position", "id")
        verbose_name_plural = "media"
        constraints = (
            models.CheckConstraint(
                condition=(Q(file="") & ~Q(url="")) | (~Q(file="") & Q(url="")), name="products_media_source"
            ),
        )

    def __str__(self) -> str:
        """Give the description or the source."""
        return self.alt or self.url or str(self.file.name)


class Collection(models.Model):
    """A list of products that staff pick by hand, or that a rule picks whenever it is read."""

    class Kind(models.TextChoices):
        """Who picks."""

        MANUAL = "manual"
        RULE = "rule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=140, unique=True)
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

    def __str__(self) -> str:
        """Give the old slug."""
        return self.old_slug
