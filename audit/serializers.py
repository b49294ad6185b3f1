"""What clients see of audits."""

from rest_framework import serializers

from audit.models import AuditDifference, AuditRun
from core.views import PageQuery


class AuditCheckOutput(serializers.Serializer[dict[str, object]]):
    """How one check of a run went."""

    check = serializers.CharField(help_text="Its name, as `manage.py audit --only` takes it.")
    promise = serializers.CharField(help_text="What holds when it finds nothing.")
    row_count = serializers.IntegerField(help_text="Rows looked at.")
    difference_count = serializers.IntegerField()
    seconds = serializers.FloatField()


class AuditRunOutput(serializers.ModelSerializer[AuditRun]):
    """One audit, and how each check went."""

    is_clean = serializers.BooleanField(
        read_only=True, allow_null=True, help_text="Whether all added up; null while it is at work, or was cut off."
    )
    checks = AuditCheckOutput(many=True, read_only=True)

    class Meta:
        """All but what it found."""

        model = AuditRun
        fields: tuple[str, ...] = (
            "id",
            "started_at",
            "finished_at",
            "since",
            "is_clean",
            "row_count",
            "difference_count",
            "checks",
            "actor",
        )
        read_only_fields = fields


class AuditDifferenceOutput(serializers.ModelSerializer[AuditDifference]):
    """One stored value that wasn't what its ledger says."""

    check = serializers.CharField(source="check_name", read_only=True)

    class Meta:
        """As `manage.py audit --json` has it."""

        model = AuditDifference
        fields = ("check", "kind", "row_id", "label", "field", "stored", "recomputed")
        read_only_fields = fields


class AuditRunDetailOutput(AuditRunOutput):
    """One audit with what it found."""

    differences = AuditDifferenceOutput(many=True, read_only=True, help_text="The first 1,000.")

    class Meta(AuditRunOutput.Meta):
        """All of it."""

        fields = (*AuditRunOutput.Meta.fields, "differences")
        read_only_fields = fields


class AuditRunQuery(PageQuery):
    """The query parameters of the list of audits."""
