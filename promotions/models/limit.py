"""Tables of limits and of what was used of them. What is limited, and how far, callers say."""

import pgtrigger
from django.db import models
from django.db.models import F, Q


class LimitUse(models.Model):
    """How much of a limit somebody has used: one row per limited thing and holder, the counter of its claims.

    The scope says what is limited, the subject which one, the holder whose use is counted: a customer, an e-mail
    address, or nobody in particular for a limit of all together.
    """

    class Scope(models.TextChoices):
        """What is limited: pieces of a variant, uses of a promotion or a code, minor units of a promotion's budget."""

        VARIANT = "variant"
        PROMOTION = "promotion"
        CODE = "code"
        BUDGET = "budget"

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    holder = models.CharField(max_length=300, blank=True, help_text="customer:ID, email:ADDRESS; blank is everybody.")
    used = models.PositiveBigIntegerField()
    allowed = models.PositiveBigIntegerField(help_text="As it was at the last claim.")

    class Meta:
        """Nobody has used more than was allowed when they did."""

        db_table = "orders_limituse"  # Where they have always been: servers of the last version go on counting there.
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("scope", "subject_id", "holder"), name="orders_limituse_once"),
            models.CheckConstraint(condition=Q(used__gte=0) & Q(used__lte=F("allowed")), name="orders_limituse_used"),
        )

    def __str__(self) -> str:
        """Write how much is used."""
        return f"{self.used} of {self.allowed}"


class LimitClaim(models.Model):
    """What an order has used of a limit; that of a cancelled order is given back, and stays to be read."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="limit_claims")
    use = models.ForeignKey(LimitUse, on_delete=models.PROTECT, related_name="claims")
    quantity = models.PositiveBigIntegerField()

    class Meta:
        """Once per order and limit."""

        db_table = "orders_limitclaim"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("order", "use"), name="orders_limitclaim_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_limitclaim_quantity"),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        """Write how much."""
        return str(self.quantity)
