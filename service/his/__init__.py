"""The HIS edge: orders in, status, coded findings and events out, a signed webhook when an outcome is ready."""
