"""Tables of markets and taxes. Prices belong to products, shipping methods to shipping."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Cast, Concat

from core import clock
from core.ids import uuid7
from core.money import Rounding
from core.triggers import version_on_change


class TsTzRange(Func):
    """`tstzrange(from, until, '[)')`, for exclusion constraints over two columns."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def validity() -> TsTzRange:
    """Return the half-open range from `valid_from` until `valid_until`, either side open when null."""
    return TsTzRange("valid_from", "valid_until", RangeBoundary())


ROUNDINGS = ((Rounding.HALF_UP.value, "half up"), (Rounding.HALF_EVEN.value, "half to even"))

MAX_CASH_STEP = 1_000_000


class RoundingPlace(models.TextChoices):
    """Where percentages and taxes become whole minor units."""

    LINE = "line", "each line by itself"
    TOTAL = "total", "once for all that is taxed alike"


class PostalCodeRange(Func):
    """A range of postal codes, compared letter by letter whatever the database's language."""

    function = "MARKETS_POSTALCODERANGE"
    output_field = models.TextField()


def postal_codes() -> PostalCodeRange:
    """Return the codes from `postal_code_from` until all that begin with `postal_code_until`; both blank hold only "".

    "~" sorts behind every letter and digit, "!" before them.
    """
    upper = Case(
        When(postal_code_until="", then=Value("!")),
        default=Concat("postal_code_until", Value("~")),
        output_field=models.TextField(),
    )
    return PostalCodeRange("postal_code_from", upper, Value("[)"))


class HoldsPostalCode(Func):
    """Whether a row's postal codes hold this one."""

    template = "%(expressions)s"
    arg_joiner = " @> "
    output_field = models.BooleanField()

    def __init__(self, postal_code: str) -> None:
        """Compare with the row's columns."""
        super().__init__(postal_codes(), Cast(Value(postal_code), models.TextField()))


class Market(models.Model):
    """Where a sale happens: one currency, some countries and languages, prices with or without tax, how to round."""

    RoundingPlace = RoundingPlace

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    countries = ArrayField(models.CharField(max_length=2), help_text="ISO 3166-1 alpha-2; the first is the default.")
    languages = ArrayField(models.CharField(max_length=10), help_text="BCP 47; the first is the default.")
    prices_include_tax = models.BooleanField(help_text="Gross prices (shown with tax) or net (tax added).")
    rounding = models.CharField(
        max_length=10,
        choices=ROUNDINGS,
        default=Rounding.HALF_UP.value,
        db_default=Rounding.HALF_UP.value,
        help_text="What becomes of half a cent: up, or to the even neighbour.",
    )
    rounding_place = models.CharField(
        max_length=10,
        choices=RoundingPlace.choices,
        default=RoundingPlace.LINE,
        db_default=RoundingPlace.LINE,
        help_text="Discounts and taxes: rounded line by line, or once over all lines that are taxed alike.",
    )
    cash_step = models.PositiveIntegerField(
        default=1,
        db_default=1,
        help_text="Totals are rounded to a multiple of this, in minor units: 5 for Swiss francs; 1 rounds nothing.",
    )
    tax_country = models.CharField(
        max_length=2,
        blank=True,
        help_text="Where the seller is registered for VAT, ISO 3166-1 alpha-2. Businesses of other EU countries pay "
        "by reverse charge then. Blank: never.",
    )
    tax_service = models.CharField(
        max_length=40,
        blank=True,
        db_default="",
        help_text="Who is asked which taxes apply, by its name in the settings. Blank: nobody, the tax rates hold.",
    )
    is_default = models.BooleanField(default=False, help_text="Used when a request names no market.")
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.BigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """One default; at least a country and a language."""

        ordering = ("position", "code")
        triggers = (version_on_change("markets_version"),)
        constraints = (
            models.UniqueConstraint(
                fields=("is_default",), condition=Q(is_default=True), name="markets_market_default"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="markets_market_currency"),
            models.CheckConstraint(condition=Q(countries__len__gt=0), name="markets_market_countries"),
            models.CheckConstraint(condition=Q(languages__len__gt=0), name="markets_market_languages"),
            models.CheckConstraint(condition=Q(rounding__in=("half_up", "half_even")), name="markets_market_rounding"),
            models.CheckConstraint(
                condition=Q(rounding_place__in=RoundingPlace.values), name="markets_market_rounding_place"
            ),
            models.CheckConstraint(
                condition=Q(cash_step__gte=1, cash_step__lte=MAX_CASH_STEP), name="markets_market_cash_step"
            ),
        )

    def __str__(self) -> str:
        """Give its name and currency."""
        return f"{self.name} ({self.currency})"


class TaxCategory(models.Model):
    """A kind of goods that is taxed alike: standard, reduced, books."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    is_default = models.BooleanField(default=False, help_text="For products and shipping that name none.")

    class Meta:
        """One default."""

        ordering = ("code",)
        verbose_name_plural = "tax categories"
        constraints = (
            models.UniqueConstraint(
                fields=("is_default",), condition=Q(is_default=True), name="markets_taxcategory_default"
            ),
        )

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class TaxRate(models.Model):
    """What a place takes of a category during a time. Rates of one place and name never overlap.

    Of several rates of one name the most specific holds: by postal code, else by region, else the country's. Rates of
    different names are taken together, in the order of their positions.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    category = models.ForeignKey(TaxCategory, on_delete=models.CASCADE, related_name="rates")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    region = models.CharField(max_length=10, blank=True, help_text="Such as CA in US; blank is the whole country.")
    name = models.CharField(max_length=60, help_text="As the invoice calls it: VAT, IVA, Sales tax.")
    postal_code_from = models.CharField(
        max_length=12, blank=True, db_collation="C", help_text="The first postal code; blank is everywhere."
    )
    postal_code_until = models.CharField(
        max_length=12,
        blank=True,
        db_collation="C",
        help_text="The last one, with all that begin with it: 35 holds 35001.",
    )
    rate_ppm = models.PositiveIntegerField(help_text="Millionths: 21 % is 210000, 8.875 % is 88750.")
    is_compound = models.BooleanField(
        default=False, verbose_name="compound", help_text="Taken of the price with the taxes before it."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="The order in which several taxes are taken.")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Exclusive.")

    class Meta:
        """No two rates of a place, category and name at one time. The rule's index finds the rates of a place too."""

        ordering = ("country", "region", "postal_code_from", "category", "position", "name")
        indexes = (models.Index(fields=("country", "postal_code_from"), name="markets_taxrate_place"),)
        constraints = (
            models.CheckConstraint(condition=Q(rate_ppm__lte=1_000_000), name="markets_taxrate_bound"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
                name="markets_taxrate_validity",
            ),
            models.CheckConstraint(
                condition=Q(postal_code_from="", postal_code_until="")
                | Q(
                    postal_code_from__regex=r"^[0-9A-Z]+$",
                    postal_code_until__regex=r"^[0-9A-Z]+$",
                    postal_code_from__lt=Concat("postal_code_until", Value("~")),
                ),
                name="markets_taxrate_postal_codes",
            ),
            ExclusionConstraint(
                name="markets_taxrate_overlap",
                expressions=[
                    ("country", RangeOperators.EQUAL),
                    (postal_codes(), RangeOperators.OVERLAPS),
                    ("region", RangeOperators.EQUAL),
                    ("category", RangeOperators.EQUAL),
                    ("name", RangeOperators.EQUAL),
                    (validity(), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        """Write it as people read it."""
        place = f"{self.country}-{self.region}" if self.region else self.country
        return f"{self.name} {self.rate_ppm / 10_000:g} % {place} {self.postal_code_from}".rstrip()


class CurrencyRate(models.Model):
    """What one unit of a currency was worth in another on a day, by a source: what it says, never reckoned on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    base = models.CharField(max_length=3, help_text="ISO 4217: one unit of this ...")
    quote = models.CharField(max_length=3, help_text="... was worth `rate` units of this.")
    rate = models.DecimalField(max_digits=24, decimal_places=12, help_text="In whole units: dollars for one euro.")
    valid_on = models.DateField(help_text="The day that it is of.")
    source = models.CharField(max_length=80, help_text="Who says so, such as ECB.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """One rate of two currencies for a day."""

        ordering = ("-valid_on", "base", "quote")
        constraints = (
            models.UniqueConstraint(fields=("base", "quote", "valid_on"), name="markets_currencyrate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="markets_currencyrate_rate"),
            models.CheckConstraint(
                condition=Q(base__regex=r"^[A-Z]{3}$", quote__regex=r"^[A-Z]{3}$") & ~Q(base=F("quote")),
                name="markets_currencyrate_currencies",
            ),
        )

    def __str__(self) -> str:
        """Write it as people read it."""
        return f"1 {self.base} = {self.rate.normalize():f} {self.quote} ({self.valid_on})"
