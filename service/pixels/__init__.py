"""Pictures from stored bytes, made in child processes without network: a broken file can break only its own child."""
