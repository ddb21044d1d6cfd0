"""A MONAI bundle on disk: its configuration, read without running it, and its weights."""
