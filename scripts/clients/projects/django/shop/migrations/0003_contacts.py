"""Rows move to a table of their own, locked meanwhile."""
import django.db.models.deletion
from django.db import migrations, models


def move(apps, schema_editor):
    Account, Contact = apps.get_model("shop", "Account"), apps.get_model("shop", "Contact")
    accounts = Account.objects.select_for_update().exclude(email="").iterator(chunk_size=1)
    Contact.objects.bulk_create([Contact(account=account, email=account.email, seen={"in": "shop"}) for account in accounts])


def back(apps, schema_editor):
    for contact in apps.get_model("shop", "Contact").objects.select_related("account"):
        contact.account.email = contact.email
        contact.account.save(update_fields=["email"])


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_slugs")]
    operations = [
        migrations.CreateModel(
            "Contact",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="shop.account")),
                ("email", models.EmailField(max_length=254)),
                ("seen", models.JSONField(default=dict)),
            ],
        ),
        migrations.RunPython(move, back),
        migrations.AddConstraint(
            "Contact", models.UniqueConstraint(fields=["account", "email"], name="one_of_a_kind")
        ),
        migrations.RemoveField("Account", "email"),
    ]
