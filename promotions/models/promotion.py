"""Tables of promotions, of the goods that they are about, and of their codes."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core import clock
from core.ids import uuid7
from markets.models import Market
from products.models import Category, Collection, Product, Variant
from users.models import CustomerGroup

MILLION = 1_000_000
MAX_CODE = 32
MAX_AT_ONCE = 100_000
"""Codes that are made together."""
MAX_CODES = 250_000
"""Codes of one promotion: so many go with it in one transaction while a client waits."""
TARGETS = ("product", "variant", "category", "collection")
_FIELDS_OF_BENEFITS = {
    "rate_ppm": ("percent", "buy_get"),
    "amount": ("amount", "bundle"),
    "buy_quantity": ("buy_get",),
    "get_quantity": ("buy_get", "gift"),
}
"""What a benefit must have, and no other may."""


def _benefit() -> Q:
    """Return that a promotion has what its benefit needs, and nothing else."""
    rule = Q()
    for name, kinds in _FIELDS_OF_BENEFITS.items():
        rule &= Q(**{f"{name}__isnull": False}, benefit__in=kinds) | (
            Q(**{f"{name}__isnull": True}) & ~Q(benefit__in=kinds)
        )
    return (
        rule
        & (Q(max_times__isnull=True) | Q(benefit__in=("buy_get", "bundle")))
        & (Q(is_per_unit=False) | Q(benefit="amount"))
        & (Q(method_codes__len=0) | Q(benefit="free_shipping"))
        & (Q(gift_variant__isnull=True) | Q(benefit="gift"))
    )


def _at_least(least: int, *names: str) -> Q:
    """Return that columns are empty or so much at the least."""
    rule = Q()
    for name in names:
        rule &= Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": least})
    return rule


class Promotion(models.Model):
    """Who gets what off which goods, and when. Amounts are minor units of its currency, if it has any.

    What it gives is one of the benefits of promotions/rules.py; which columns a benefit has is checked by the schema.
    """

    class Benefit(models.TextChoices):
        """What it gives."""

        PERCENT = "percent", "Percentage off"
        AMOUNT = "amount", "Amount off"
        FREE_SHIPPING = "free_shipping", "Free shipping"
        BUY_GET = "buy_get", "Buy some, get some for less"
        BUNDLE = "bundle", "Things together for one price"
        GIFT = "gift", "A gift"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, help_text="For staff.")
    label = models.CharField(max_length=80, help_text="As buyers read it in the cart and on the order.")
    is_active = models.BooleanField(default=True)
    requires_code = models.BooleanField(default=False, help_text="Whether a buyer has to enter one of its codes.")
    priority = models.SmallIntegerField(default=0, help_text="The higher one takes first.")
    group = models.CharField(max_length=40, blank=True, help_text="Of one group the one that helps most is taken.")
    is_exclusive = models.BooleanField(default=False, help_text="Taken alone, if it helps more than the others.")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Exclusive.")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="1 is Monday; none is every day."
    )
    markets: models.ManyToManyField[Market, Any] = models.ManyToManyField(
        Market, blank=True, related_name="promotions", help_text="None is all of them."
    )
    countries = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, help_text="Where it is sent; none is everywhere."
    )
    customer_groups: models.ManyToManyField[CustomerGroup, Any] = models.ManyToManyField(
        CustomerGroup,
        blank=True,
        related_name="promotions",
        help_text="The buyer must be in one of them; none is everybody.",
    )
    is_first_order_only = models.BooleanField(default=False)
    currency = models.CharField(max_length=3, blank=True, help_text="Of its amounts; it holds only in its markets.")
    min_quantity = models.PositiveIntegerField(default=0, help_text="So many of its goods must be in the cart.")
    min_amount = models.BigIntegerField(default=0, help_text="Its goods must come to so much, before promotions.")
    benefit = models.CharField(max_length=20, choices=Benefit.choices)
    rate_ppm = models.PositiveIntegerField(null=True, blank=True, help_text="Millionths: 10 % is 100000.")
    amount = models.BigIntegerField(null=True, blank=True)
    is_per_unit = models.BooleanField(default=False, help_text="Off each piece instead of off all together.")
    method_codes = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Of shipping methods; none is any."
    )
    buy_quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    get_quantity = models.PositiveSmallIntegerField(null=True, blank=True)
    max_times = models.PositiveSmallIntegerField(null=True, blank=True, help_text="In one order; blank is any number.")
    gift_variant = models.ForeignKey(
        Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="What comes along."
    )
    max_amount = models.BigIntegerField(null=True, blank=True, help_text="The most that one order gets of it.")
    use_limit = models.PositiveIntegerField(null=True, blank=True, help_text="So many orders, all together.")
    customer_use_limit = models.PositiveIntegerField(null=True, blank=True, help_text="So many orders of one customer.")
    budget_amount = models.BigIntegerField(null=True, blank=True, help_text="All orders together get no more of it.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """A benefit with what it needs; amounts with a currency; no limit below one."""

        ordering = ("-priority", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(benefit__in=("percent", "amount", "free_shipping", "buy_get", "bundle", "gift")),
                name="promotions_promotion_kind",
            ),
            models.CheckConstraint(condition=_benefit(), name="promotions_promotion_benefit"),
            models.CheckConstraint(
                condition=Q(rate_ppm__isnull=True) | Q(rate_ppm__gte=1, rate_ppm__lte=MILLION),
                name="promotions_promotion_rate",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="promotions_promotion_period",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]), name="promotions_promotion_weekdays"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$")
                | Q(
                    currency="",
                    min_amount=0,
                    amount__isnull=True,
                    max_amount__isnull=True,
                    budget_amount__isnull=True,
                ),
                name="promotions_promotion_currency",
            ),
            models.CheckConstraint(
                condition=Q(min_amount__gte=0)
                & _at_least(0, "amount")
                & _at_least(
                    1,
                    "buy_quantity",
                    "get_quantity",
                    "max_times",
                    "max_amount",
                    "use_limit",
                    "customer_use_limit",
                    "budget_amount",
                ),
                name="promotions_promotion_bounds",
            ),
        )
        indexes = (
            # Every quote asks for these; a shop keeps what is over for its figures.
            models.Index(
                fields=("ends_at",), condition=Q(is_active=True, requires_code=False), name="promotions_automatic"
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class PromotionGoods(models.Model):
    """One product, variant, category or collection that a promotion is about.

    When that is deleted the row stays without it and means nothing, so that a promotion for one thing never becomes
    one for everything.
    """

    class Role(models.TextChoices):
        """What it is to the promotion."""

        GOODS = "goods", "It is about these"
        EXCLUDED = "excluded", "But not these"
        REWARD = "reward", "These come for less"
        PART = "part", "Part of the bundle"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="goods")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.GOODS)
    quantity = models.PositiveSmallIntegerField(default=1, help_text="How many go into a bundle; else one.")
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    variant = models.ForeignKey(Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="With all below it."
    )
    collection = models.ForeignKey(Collection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        """One thing a row; a quantity only where it is asked for."""

        ordering = ("id",)
        verbose_name = "goods of a promotion"
        verbose_name_plural = "goods of promotions"
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=("goods", "excluded", "reward", "part")), name="promotions_promotiongoods_role"
            ),
            models.CheckConstraint(
                condition=Q(quantity=1) | Q(quantity__gte=1, role="part"), name="promotions_promotiongoods_quantity"
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=True, variant__isnull=True, category__isnull=True)
                | Q(product__isnull=True, variant__isnull=True, collection__isnull=True)
                | Q(product__isnull=True, category__isnull=True, collection__isnull=True)
                | Q(variant__isnull=True, category__isnull=True, collection__isnull=True),
                name="promotions_promotiongoods_one",
            ),
        )

    def __str__(self) -> str:
        """Say what it is to the promotion."""
        return str(self.Role(self.role).label)

    @property
    def tag(self) -> uuid.UUID:
        """Return what lines of it carry; of what was deleted, something that no line carries."""
        targets = (self.product_id, self.variant_id, self.category_id, self.collection_id)
        return next((target for target in targets if target is not None), self.id)


class Code(models.Model):
    """What a buyer enters to get a promotion. Written in capitals, whatever the buyer types."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="codes", db_index=False)
    code = models.CharField(max_length=MAX_CODE, help_text="Capitals, digits, dashes and underscores.")
    use_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="So many orders by this code; 1 is single use, blank any number."
    )
    batch = models.UUIDField(null=True, blank=True, editable=False, help_text="Those that were generated together.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """One promotion for a code."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("code",), name="promotions_code_code"),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9_-]*$"), name="promotions_code_written"),
            models.CheckConstraint(
                condition=Q(use_limit__isnull=True) | Q(use_limit__gte=1), name="promotions_code_limit"
            ),
        )
        indexes = (models.Index(fields=("promotion", "id"), name="promotions_code_newest"),)

    def __str__(self) -> str:
        """Give it."""
        return self.code
