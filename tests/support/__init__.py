"""What several tests use: a running centre, a sender that plays raw bytes, small CT series."""
