"""Run in a database that the test runner makes and drops."""
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from shop.models import Account, Contact


class AccountTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.dee = Account.objects.create(name="Dee", slug="dee")

    def test_migrations_filled_the_tables(self):
        self.assertEqual(set(Account.objects.values_list("slug", flat=True)), {"ada-1", "bo-2", "cy-3", "dee"})
        self.assertEqual(Contact.objects.get(account__slug="ada-1").email, "ada.one@example.com")

    def test_get_or_create(self):
        account, made = Account.objects.get_or_create(slug="dee", defaults={"name": "other"})
        self.assertEqual((account.name, made), ("Dee", False))

    def test_a_savepoint_is_rolled_back(self):
        try:
            with transaction.atomic():
                Account.objects.create(name="E", slug="e")
                raise ValueError
        except ValueError:
            pass
        self.assertFalse(Account.objects.filter(slug="e").exists())

    def test_json(self):
        Contact.objects.create(account=self.dee, email="dee@example.com", seen={"in": {"shop": [1, 2]}})
        self.assertEqual(Contact.objects.get(seen__in__shop__1=2).account, self.dee)


class LockTests(TransactionTestCase):
    """Truncates every table afterwards."""

    def test_rows_are_locked(self):
        Account.objects.create(name="Eve", slug="eve")
        with transaction.atomic():
            eve = Account.objects.select_for_update(skip_locked=True).get(slug="eve")
            eve.name = "Evelyn"
            eve.save()
        self.assertEqual(Account.objects.get(slug="eve").name, "Evelyn")
