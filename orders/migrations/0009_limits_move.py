from django.db import migrations
import pgtrigger.migrations


class Migration(migrations.Migration):
    """Limits belong to promotions from here on: the tables and their rows stay as they are."""

    dependencies = [
        ('orders', '0008_tax_decisions'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='limitclaim',
            name='append_only',
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='LimitClaim'),
                migrations.DeleteModel(name='LimitUse'),
            ],
        ),
    ]
