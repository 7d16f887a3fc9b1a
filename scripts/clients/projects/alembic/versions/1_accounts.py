import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    accounts = op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.bulk_insert(
        accounts,
        [{"name": "Ada", "email": "ada.one@example.com"}, {"name": "Bo", "email": "bo.two@example.com"}],
    )


def downgrade():
    op.drop_table("accounts")
