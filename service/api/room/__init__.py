"""The reading room's own interface, for the pages of `service/web`: everything behind a person's session."""
