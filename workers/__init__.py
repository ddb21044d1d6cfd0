"""Celery workers: the flow queue (complete, dispatch, encode, deliver, probe) and the analyse queue."""
