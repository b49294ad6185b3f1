import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    """Limits come from orders: the tables and their rows stay as they are."""

    dependencies = [
        ('orders', '0009_limits_move'),
        ('promotions', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='LimitUse',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('scope', models.CharField(max_length=20)),
                        ('subject_id', models.UUIDField()),
                        ('holder', models.CharField(blank=True, help_text='customer:ID, email:ADDRESS; blank is everybody.', max_length=300)),
                        ('used', models.PositiveIntegerField()),
                        ('allowed', models.PositiveIntegerField(help_text='As it was at the last claim.')),
                    ],
                    options={
                        'db_table': 'orders_limituse',
                        'ordering': ('-id',),
                        'constraints': [models.UniqueConstraint(fields=('scope', 'subject_id', 'holder'), name='orders_limituse_once'), models.CheckConstraint(condition=models.Q(('used__gte', 0), ('used__lte', models.F('allowed'))), name='orders_limituse_used')],
                    },
                ),
                migrations.CreateModel(
                    name='LimitClaim',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('quantity', models.PositiveIntegerField()),
                        ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='limit_claims', to='orders.order')),
                        ('use', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='promotions.limituse')),
                    ],
                    options={
                        'db_table': 'orders_limitclaim',
                        'ordering': ('-id',),
                        'constraints': [models.UniqueConstraint(fields=('order', 'use'), name='orders_limitclaim_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='orders_limitclaim_quantity')],
                    },
                ),
            ],
        ),
        migrations.AlterField(
            model_name='limitclaim',
            name='quantity',
            field=models.PositiveBigIntegerField(),
        ),
        migrations.AlterField(
            model_name='limituse',
            name='allowed',
            field=models.PositiveBigIntegerField(help_text='As it was at the last claim.'),
        ),
        migrations.AlterField(
            model_name='limituse',
            name='used',
            field=models.PositiveBigIntegerField(),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='limitclaim',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f8f20d097c20fef130c598ec25a6a9b6a63a2de5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_19ac8', table='orders_limitclaim', when='BEFORE')),
        ),
    ]
