"""The Celery bell: a task by name, sent after commit; the row it is about is found by whoever looks."""
