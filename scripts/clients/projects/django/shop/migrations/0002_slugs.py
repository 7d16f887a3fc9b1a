"""A column is added and filled by saving each object, which writes what was read of the others."""
from django.db import migrations, models


def fill(apps, schema_editor):
    for account in apps.get_model("shop", "Account").objects.all():
        account.slug = f"{account.name.lower()}-{account.pk}"
        account.save()


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_accounts")]
    operations = [
        migrations.AddField("Account", "slug", models.CharField(max_length=50, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("Account", "slug", models.SlugField(unique=True)),
    ]
