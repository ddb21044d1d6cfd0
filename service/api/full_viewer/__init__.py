"""OHIF, the full viewer, on an origin of its own: its built files, its configuration, and the session it is behind."""
