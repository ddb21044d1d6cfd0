"""Packages (a MONAI bundle with its manifest): what they promise, how a series is chosen for them, how they are run."""
