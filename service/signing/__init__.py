"""Who can prove a signature: own keys, sealed by what only the person knows."""
