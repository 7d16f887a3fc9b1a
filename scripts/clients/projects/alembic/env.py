import sqlalchemy as sa
from alembic import context

from models import metadata

# Everything is in libpq's variables.
engine = sa.create_engine("postgresql+psycopg://", poolclass=sa.NullPool)

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
