"""The centre's DICOM node: Verification and Storage SCP towards hospitals, Storage SCU for results."""
