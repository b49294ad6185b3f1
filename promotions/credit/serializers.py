"""DTOs of gift cards and store credit. A code is told once, to who issues a card or has bought it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.serializers import (
    AllOptional,
    BooleanField,
    MoneyField,
    PaidMoneyField,
    StrictSerializer,
    TextField,
    UUIDField,
)
from core.views import PageQuery
from promotions.models import CreditEntry, GiftCard, StoreCredit


class CreditEntryOutput(serializers.ModelSerializer[CreditEntry]):
    """One change of a balance."""

    amount = serializers.SerializerMethodField(help_text="Below zero is less to spend.")
    order_number = serializers.CharField(source="order.number", read_only=True, default=None, allow_null=True)

    class Meta:
        """All of it."""

        model = CreditEntry
        fields = ("id", "kind", "amount", "order_id", "order_number", "payment_id", "actor", "reason", "created_at")
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_amount(self, entry: CreditEntry) -> dict[str, Any]:
        """Return it as money."""
        return {"amount": entry.amount, "currency": self.context["currency"]}


@extend_schema_field(CreditEntryOutput(many=True))
class EntriesField(serializers.Field):
    """The newest entries of a balance, that one first."""

    def __init__(self, **kwargs: Any) -> None:
        """Read the whole row."""
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: GiftCard | StoreCredit) -> Any:
        """Write them in the balance's currency."""
        entries: Sequence[CreditEntry] = getattr(value, "newest_entries", ())
        return CreditEntryOutput(entries, many=True, context={"currency": value.currency}).data


class _Balance(serializers.Serializer[Any]):
    balance = serializers.SerializerMethodField(help_text="What is left.")

    @extend_schema_field(MoneyField)
    def get_balance(self, row: GiftCard | StoreCredit) -> dict[str, Any]:
        """Return it as money."""
        return {"amount": row.balance_amount, "currency": row.currency}


class GiftCardSummaryOutput(_Balance, serializers.ModelSerializer[GiftCard]):
    """A gift card; its code is nowhere."""

    amount = serializers.SerializerMethodField(help_text="All that was ever put on it.")
    order_id = serializers.SerializerMethodField(help_text="The order that it was sold by.")

    class Meta:
        """All of it but the digest."""

        model = GiftCard
        fields: tuple[str, ...] = (
            "id",
            "last_characters",
            "amount",
            "balance",
            "currency",
            "is_active",
            "expires_at",
            "customer_id",
            "order_id",
            "note",
            "version",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_amount(self, card: GiftCard) -> dict[str, Any]:
        """Return it as money."""
        return {"amount": card.issued_amount, "currency": card.currency}

    def get_order_id(self, card: GiftCard) -> uuid.UUID | None:
        """Return the order; None for a card that staff have issued."""
        return card.order_line.order_id if card.order_line is not None else None


class GiftCardOutput(GiftCardSummaryOutput):
    """A gift card with what happened to its balance."""

    entries = EntriesField(help_text="The newest first, a hundred at the most.")

    class Meta(GiftCardSummaryOutput.Meta):
        """With its entries."""

        fields = (*GiftCardSummaryOutput.Meta.fields, "entries")
        read_only_fields = fields


class IssuedCardOutput(GiftCardOutput):
    """A new gift card with its code, which is told here and not again."""

    code = serializers.CharField(
        allow_null=True, help_text="Told at this time only; null in a late replay whose key is gone."
    )

    class Meta(GiftCardOutput.Meta):
        """With the code."""

        fields = (*GiftCardOutput.Meta.fields, "code")
        read_only_fields = fields


class GiftCardInput(StrictSerializer):
    """A new gift card."""

    amount = PaidMoneyField()
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Left out or null: never.")
    customer_id = UUIDField(required=False, allow_null=True, help_text="Whom it is given to, for your own knowledge.")
    note = TextField(required=False, allow_blank=True, max_length=500, help_text="For staff.")


class _GiftCardFields(StrictSerializer):
    is_active = BooleanField(help_text="False stops it from paying; what is on it stays.")
    expires_at = serializers.DateTimeField(allow_null=True)
    customer_id = UUIDField(allow_null=True)
    note = TextField(allow_blank=True, max_length=500)


class GiftCardPatch(AllOptional, _GiftCardFields):
    """What can change of a card besides its balance."""


class GiftCardQuery(PageQuery):
    """The filters of gift cards."""

    last_characters = serializers.CharField(required=False, max_length=4, help_text="Of the code, in capitals.")
    customer = serializers.UUIDField(required=False, help_text="Their id.")
    order = serializers.UUIDField(required=False, help_text="The id of the order that sold it.")
    currency = serializers.CharField(required=False, max_length=3)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)


class CreditAdjustInput(StrictSerializer):
    """So much more or less, and why."""

    amount = MoneyField(is_negative_allowed=True, help_text="Below zero takes away.")
    reason = TextField(max_length=500)


class StoreCreditOutput(_Balance, serializers.ModelSerializer[StoreCredit]):
    """What the shop owes a customer in one currency."""

    entries = EntriesField(help_text="The newest first, a hundred at the most.")

    class Meta:
        """All of it."""

        model = StoreCredit
        fields = ("currency", "balance", "version", "updated_at", "entries")
        read_only_fields = fields


class StoreCreditsOutput(serializers.Serializer[Any]):
    """Store credit in every currency that there is some in."""

    results = StoreCreditOutput(many=True)


class OwnCreditOutput(_Balance, serializers.ModelSerializer[StoreCredit]):
    """Your own store credit in one currency."""

    class Meta:
        """Without what staff write."""

        model = StoreCredit
        fields = ("currency", "balance")
        read_only_fields = fields


class OwnCreditsOutput(serializers.Serializer[Any]):
    """Your own store credit in every currency that there is some in."""

    results = OwnCreditOutput(many=True)
