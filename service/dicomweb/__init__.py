"""The DICOMweb edge (PS3.18): search by QIDO-RS, retrieve by WADO-RS, as stored."""
