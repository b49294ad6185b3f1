"""What goes into and comes out of the endpoints of cases."""

from rest_framework import serializers

from core.serializers import StrictSerializer, TextField
from core.views import PageQuery
from events.models import Case


class CaseResolveInput(StrictSerializer):
    """What was done about it."""

    resolution = TextField(max_length=500, required=False, default="", allow_blank=True)


class CaseOutput(serializers.ModelSerializer[Case]):
    """Something that a person has to look at, or has."""

    class Meta:
        """All of it."""

        model = Case
        fields = (
            "id",
            "kind",
            "status",
            "subject_type",
            "subject_id",
            "title",
            "detail",
            "remedy",
            "data",
            "opened_at",
            "resolved_at",
            "resolved_by",
            "resolution",
        )
        read_only_fields = fields


class CaseQuery(PageQuery):
    """The query parameters of the list of cases."""

    status = serializers.ChoiceField(choices=Case.Status.choices, required=False)
    kind = serializers.CharField(required=False, max_length=40, help_text="Such as paid_without_stock.")
    subject_type = serializers.CharField(required=False, max_length=30, help_text="order, payment, job or cart.")
    subject_id = serializers.UUIDField(required=False)
    sort = serializers.ChoiceField(choices=["newest", "oldest"], required=False, default="newest")
