"""A column is added, filled row by row and made mandatory, all in one transaction."""
import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"

accounts = sa.table("accounts", sa.column("id"), sa.column("name"), sa.column("slug"))


def upgrade():
    op.add_column("accounts", sa.Column("slug", sa.Text))
    connection = op.get_bind()
    for row in connection.execute(sa.select(accounts.c.id, accounts.c.name)).all():
        slug = f"{row.name.lower()}-{row.id}"
        connection.execute(accounts.update().where(accounts.c.id == row.id).values(slug=slug, name=row.name))
    op.alter_column("accounts", "slug", nullable=False)
    op.create_unique_constraint("accounts_slug", "accounts", ["slug"])


def downgrade():
    op.drop_constraint("accounts_slug", "accounts")
    op.drop_column("accounts", "slug")
