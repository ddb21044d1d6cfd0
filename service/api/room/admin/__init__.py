"""What the system administrator does: hospitals, packages, queue, deliveries, quarantine; no patient is named here."""
