"""Tables of shipping set-up. What one order pays for it belongs to cart and orders."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import Exact

from core.ids import uuid7
from core.places import Place
from markets.models import Market, TaxCategory
from products.models import Category, Product


class JsonPathExists(Func):
    """Whether a JSON column holds anything that a path of PostgreSQL's finds."""

    function = "jsonb_path_exists"
    output_field = models.BooleanField()


class JsonType(Func):
    """What kind of JSON a column holds."""

    function = "jsonb_typeof"
    output_field = models.TextField()


def is_list_without(column: str, fault: str) -> Q:
    """Return the rule that a JSON column is a list of which no element has a fault."""
    is_faulty = JsonPathExists(F(column), Value(f"$[*] ? ({fault})"))
    return Q(Exact(JsonType(F(column)), Value("array"))) & Q(Exact(is_faulty, Value(value=False)))


MAX_TIERS = 50
MAX_HOLIDAYS = 200
MAX_EXCLUDED = 500

_NO_COUNTRY = '!(@.country.type() == "string" && @.country != "")'
_NO_TIER = "!(@.amount >= 0 && @.amount.floor() == @.amount && (@.up_to == null || @.up_to > 0))"


class ShippingZone(models.Model):
    """Places that are served alike: whole countries and parts of countries, less the parts that it leaves out.

    The parts are lists of `shipping.places.Area` as JSON, so that a zone is read, tagged and written in one piece.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, unique=True)
    countries = ArrayField(
        models.CharField(max_length=2), default=list, blank=True, help_text="Whole ones, ISO 3166-1 alpha-2."
    )
    areas = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    excluded_areas = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)

    class Meta:
        """By name."""

        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=Q(countries__len__gt=0) | ~Q(areas=[]), name="shipping_shippingzone_countries"
            ),
            models.CheckConstraint(
                condition=is_list_without("areas", _NO_COUNTRY) & is_list_without("excluded_areas", _NO_COUNTRY),
                name="shipping_shippingzone_areas",
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name


def weekdays() -> list[int]:
    """Return Monday to Friday."""
    return [1, 2, 3, 4, 5]


class ShippingMethod(models.Model):
    """A way to a zone, for one market: a flat price or a table, and free from an amount of goods if it says so.

    A table is a list of `{"up_to": ..., "amount": ...}` with rising bounds, each included in its tier, in grams, cubic
    centimetres, minor units or pieces; the last bound may be null, for whatever comes. Beyond the last the method isn't
    offered.
    """

    class Kind(models.TextChoices):
        """Whether it comes to the buyer's address, or the buyer to one of its points."""

        DELIVERY = "delivery", "delivery to an address"
        PICKUP = "pickup", "pick-up at a point"

    class RateBy(models.TextChoices):
        """What its price depends on."""

        FLAT = "flat", "nothing: one price"
        WEIGHT = "weight", "the weight of the goods"
        VOLUME = "volume", "the volume of the goods"
        PRICE = "price", "the price of the goods"
        QUANTITY = "quantity", "the number of pieces"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    zone = models.ForeignKey(ShippingZone, on_delete=models.CASCADE, related_name="methods")
    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="shipping_methods")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DELIVERY, db_default=Kind.DELIVERY)
    rate_by = models.CharField(
        max_length=10, choices=RateBy.choices, default=RateBy.FLAT, db_default=RateBy.FLAT, verbose_name="price by"
    )
    amount = models.BigIntegerField(default=0, help_text="The flat one, in minor units of the market's currency.")
    tiers = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    free_from_amount = models.BigIntegerField(
        null=True, blank=True, help_text="Free when the goods come to this much; blank is never."
    )
    max_weight_grams = models.PositiveIntegerField(
        null=True, blank=True, help_text="Not offered for goods that weigh more; blank is any weight."
    )
    min_days = models.PositiveSmallIntegerField(null=True, blank=True)
    max_days = models.PositiveSmallIntegerField(null=True, blank=True)
    cutoff_time = models.TimeField(
        null=True,
        blank=True,
        help_text="What is ordered earlier leaves the same day, in the shop's time; blank is midnight.",
    )
    working_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=weekdays,
        db_default=[1, 2, 3, 4, 5],
        help_text="On which it is sent and arrives, Monday being 1; days are counted in these.",
    )
    holidays = ArrayField(
        models.DateField(), default=list, db_default=[], blank=True, help_text="Days that don't count."
    )
    tax_category = models.ForeignKey(
        TaxCategory, on_delete=models.PROTECT, null=True, blank=True, help_text="Blank is the default category."
    )
    is_taxed_as_goods = models.BooleanField(
        default=False,
        verbose_name="taxed as the goods are",
        help_text="At the rates of the goods, in proportion to what they cost; then it has no category.",
    )
    carrier = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="Who is asked what it costs, by its name in the settings; blank: nobody, the price here holds.",
    )
    carrier_service = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="Which of the carrier's services this is, by the carrier's own code; blank is the cheapest.",
    )
    carrier_fallback = models.BooleanField(
        default=False,
        db_default=False,
        verbose_name="own price if the carrier is silent",
        help_text="When the carrier can't be asked or doesn't answer, the price here is taken. Otherwise the method "
        "isn't offered then.",
    )
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """One code per market and zone."""

        ordering = ("position", "amount", "id")
        constraints = (
            models.UniqueConstraint(fields=("market", "zone", "code"), name="shipping_shippingmethod_code"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & (Q(free_from_amount__isnull=True) | Q(free_from_amount__gte=0)),
                name="shipping_shippingmethod_amounts",
            ),
            models.CheckConstraint(
                condition=Q(is_taxed_as_goods=False) | Q(tax_category__isnull=True),
                name="shipping_shippingmethod_taxed",
            ),
            models.CheckConstraint(
                condition=Q(kind="delivery") | Q(kind="pickup", carrier=""), name="shipping_shippingmethod_kind"
            ),
            models.CheckConstraint(
                condition=Q(rate_by="flat", tiers=[])
                | (Q(rate_by__in=("weight", "volume", "price", "quantity")) & ~Q(tiers=[])),
                name="shipping_shippingmethod_rate_by",
            ),
            models.CheckConstraint(
                condition=Q(working_days__len__gt=0) & Q(working_days__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                name="shipping_shippingmethod_working_days",
            ),
            models.CheckConstraint(condition=is_list_without("tiers", _NO_TIER), name="shipping_shippingmethod_tiers"),
            models.CheckConstraint(
                condition=~Q(carrier="") | Q(carrier_service="", carrier_fallback=False),
                name="shipping_shippingmethod_carrier",
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class ShippingExclusion(models.Model):
    """A product, or a category with all below it, that a method doesn't take."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    method = models.ForeignKey(ShippingMethod, on_delete=models.CASCADE, related_name="exclusions", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        """One thing a row, each once."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(product__isnull=True, category__isnull=False)
                | Q(product__isnull=False, category__isnull=True),
                name="shipping_shippingexclusion_one",
            ),
            models.UniqueConstraint(fields=("method", "product"), name="shipping_shippingexclusion_product"),
            models.UniqueConstraint(fields=("method", "category"), name="shipping_shippingexclusion_category"),
        )

    def __str__(self) -> str:
        """Name the thing."""
        return str(self.product or self.category)


class PickupPoint(models.Model):
    """A place where a pick-up method's goods are collected. Its address is one as `users.addresses` has them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    method = models.ForeignKey(ShippingMethod, on_delete=models.CASCADE, related_name="pickup_points", db_index=False)
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    address = models.JSONField()
    opening_hours = models.TextField(max_length=500, blank=True, help_text="As people read them.")
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """One code per method."""

        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=("method", "code"), name="shipping_pickuppoint_code"),
            models.CheckConstraint(
                condition=Q(address__has_key="country") & Q(address__country__regex=r"^[A-Z]{2}$"),
                name="shipping_pickuppoint_country",
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name

    @property
    def place(self) -> Place:
        """Return where it is taxed."""
        return Place.of_address(self.address)
