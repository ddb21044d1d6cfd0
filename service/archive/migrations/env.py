"""Runs the migrations on the connection the archive hands over."""

from alembic import context

from service.archive.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
