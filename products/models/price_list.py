"""Tables of price lists: other prices than the base one, for a group of customers, a quantity or a time."""

from django.db import models
from django.db.models import F, Q

from core import clock
from core.ids import uuid7
from markets.models import Market
from products.models.variant import Variant
from users.models import CustomerGroup

MAX_PRIORITY = 32_767
MAX_TIER = 2**31 - 1


class PriceList(models.Model):
    """Prices of one market for whom it is for: the groups that it names, or everybody when it names none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="price_lists")
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    priority = models.PositiveSmallIntegerField(
        default=0, help_text="The highest one that fits the buyer and has a price for the quantity is taken."
    )
    is_active = models.BooleanField(default=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Exclusive.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """By code."""

        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
                name="products_pricelist_validity",
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class PriceListGroup(models.Model):
    """A group that a price list is for. The group can't be deleted meanwhile: the list would be for everybody then."""

    id = models.BigAutoField(primary_key=True)
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="group_links", db_index=False)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Each once."""

        constraints = (models.UniqueConstraint(fields=("price_list", "group"), name="products_pricelistgroup_once"),)

    def __str__(self) -> str:
        """Name both."""
        return f"{self.price_list} for {self.group}"


class PriceListPrice(models.Model):
    """What one piece of a variant costs by a price list when this many or more are bought: a tier."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="prices", db_index=False)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="list_prices")
    min_quantity = models.PositiveIntegerField(default=1, help_text="From how many pieces of one line on.")
    amount = models.BigIntegerField(help_text="Of one piece, in minor units of the market's currency.")

    class Meta:
        """One price for a tier; found by list and variant, and by variant."""

        ordering = ("price_list", "variant", "min_quantity")
        constraints = (
            models.UniqueConstraint(
                fields=("price_list", "variant", "min_quantity"), name="products_pricelistprice_tier"
            ),
            models.CheckConstraint(condition=Q(min_quantity__gte=1), name="products_pricelistprice_min_quantity"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="products_pricelistprice_amount"),
        )

    def __str__(self) -> str:
        """Give quantity and bare amount; the currency is the market's."""
        return f"{self.min_quantity}+: {self.amount}"
