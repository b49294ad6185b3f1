"""Tables of what products are described by: categories, brands, attributes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from treebeard.mp_tree import MP_Node

from core.ids import uuid7
from core.triggers import version_on_change
from products.triggers import (
    OF_ATTRIBUTE,
    OF_BRAND,
    OF_CATEGORY,
    bump_on_delete,
    bump_on_update,
    lock_on_update,
    redirect,
)

_SHOWN_OF_CATEGORY = ("name", "slug", "is_active", "path")
_SHOWN_OF_BRAND = ("name", "slug")


class Category(MP_Node):
    """A place in the tree that shoppers browse by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140, unique=True, allow_unicode=True)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    seo_title = models.CharField(max_length=200, blank=True)
    seo_description = models.CharField(max_length=400, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    version = models.BigIntegerField(default=1, editable=False)

    class Meta:
        """Tree order."""

        verbose_name_plural = "categories"
        triggers = (
            version_on_change("products_version", "numchild"),
            lock_on_update("products_category", _SHOWN_OF_CATEGORY),
            bump_on_update(OF_CATEGORY, columns=_SHOWN_OF_CATEGORY),
            *redirect("category"),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class Brand(models.Model):
    """Whose make it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=140, unique=True, allow_unicode=True)

    class Meta:
        """By name."""

        ordering = ("name",)
        triggers = (
            lock_on_update("products_brand", _SHOWN_OF_BRAND),
            bump_on_update(OF_BRAND, columns=_SHOWN_OF_BRAND, is_text=True),
        )

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
        triggers = (
            lock_on_update("products_attribute", ("*",)),
            bump_on_update(OF_ATTRIBUTE),
            bump_on_delete(OF_ATTRIBUTE),
        )
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z][a-z0-9_]*$"), name="products_attribute_code"),
            models.CheckConstraint(
                condition=Q(kind__in=("text", "integer", "boolean", "choice")), name="products_attribute_kind"
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name
