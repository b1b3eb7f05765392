"""Alembic's entry: migrates on the connection that `store/upgrade.py` hands over."""

from alembic import context

from trk.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds everything
)
context.run_migrations()
