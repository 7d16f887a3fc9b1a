"""Rows move to a table of their own, by one statement."""
import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade():
    kind = sa.Enum("home", "work", name="contact_kind")
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id", name="contacts_account"), nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("kind", kind, nullable=False),
    )
    op.create_index("contacts_by_account", "contacts", ["account_id"])
    op.execute("INSERT INTO contacts (account_id, email, kind) SELECT id, email, 'work' FROM accounts")
    op.drop_column("accounts", "email")


def downgrade():
    op.add_column("accounts", sa.Column("email", sa.Text))
    op.execute("UPDATE accounts SET email = c.email FROM contacts c WHERE c.account_id = accounts.id")
    op.drop_table("contacts")
    op.execute("DROP TYPE contact_kind")
