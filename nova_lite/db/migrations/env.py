"""What alembic runs: the migrations, over the connection that db/migration.py hands in."""

from alembic import context

from nova_lite.db import models

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=models.Base.metadata,
    version_table="alembic_version",
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)

with context.begin_transaction():
    context.run_migrations()
