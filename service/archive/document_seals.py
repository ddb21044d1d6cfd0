"""The centre's seal on each document of a report: that these bytes are what it made of that version.

HMAC-SHA-256 under the installation's key, which lies outside the database. Who can write rows and objects and does not
have the key cannot put other bytes in a document's place.
"""

from __future__ import annotations

import hmac
import json
from typing import Final

_PURPOSE: Final = b"consilium document seal v1"


def document_seal(
    installation_key: bytes,
    *,
    hospital: str,
    report_id: str,
    kind: str,
    sop_instance_uid: str,
    sha256: str,
    is_provisional: bool,
) -> str:
    """The seal in hexadecimal. sha256: of the document's data set."""
    own_key = hmac.digest(installation_key, _PURPOSE, "sha256")
    sealed = json.dumps([hospital, report_id, kind, sop_instance_uid, sha256, is_provisional])
    return hmac.digest(own_key, sealed.encode(), "sha256").hex()
