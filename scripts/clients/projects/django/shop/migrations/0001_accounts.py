from django.db import migrations, models


def fill(apps, schema_editor):
    Account = apps.get_model("shop", "Account")
    Account.objects.create(name="Ada", email="ada.one@example.com")
    Account.objects.bulk_create([Account(name="Bo", email="bo.two@example.com"), Account(name="Cy", email="")])


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Account",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
