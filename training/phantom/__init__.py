"""A thorax phantom that the project makes itself: synthetic CT with known nodules, for demo, tests and validation."""
