"""Transfer syntaxes (PS3.5 section 10, PS3.6 annex A): how each is encoded, and whether its pixels can be decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

IMPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"

_STANDARD_ROOT: Final = "1.2.840.10008.1.2."
# RFC 2557 MIME and XML are no binary encoding at all (PS3.6 annex A, both retired).
_NOT_A_DATA_SET: Final = "1.2.840.10008.1.2.6."


class UnknownTransferSyntax(ValueError):
    """A transfer syntax that no written rule can walk: private, or not an encoding of data sets."""


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """How a data set is encoded.

    lossy: pixels went through a lossy codec, or may have. decodable: we turn its pixels into numbers (AC-24).
    """

    uid: str
    name: str
    explicit: bool = True
    little_endian: bool = True
    deflated: bool = False
    encapsulated: bool = True
    lossy: bool = False
    decodable: bool = False


def _encapsulated(number: str, name: str, *, lossy: bool = False, decodable: bool = False) -> TransferSyntax:
    return TransferSyntax(_STANDARD_ROOT + number, name, lossy=lossy, decodable=decodable)


_RETIRED_LOSSY_JPEG: Final = {
    "4.52": "JPEG Extended (Process 3 and 5)",
    "4.53": "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)",
    "4.54": "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)",
    "4.55": "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)",
    "4.56": "JPEG Full Progression, Non-Hierarchical (Process 11 and 13)",
    "4.59": "JPEG Extended, Hierarchical (Process 16 and 18)",
    "4.60": "JPEG Extended, Hierarchical (Process 17 and 19)",
    "4.61": "JPEG Spectral Selection, Hierarchical (Process 20 and 22)",
    "4.62": "JPEG Spectral Selection, Hierarchical (Process 21 and 23)",
    "4.63": "JPEG Full Progression, Hierarchical (Process 24 and 26)",
    "4.64": "JPEG Full Progression, Hierarchical (Process 25 and 27)",
}
_RETIRED_LOSSLESS_JPEG: Final = {
    "4.58": "JPEG Lossless, Non-Hierarchical (Process 15)",
    "4.65": "JPEG Lossless, Hierarchical (Process 28)",
    "4.66": "JPEG Lossless, Hierarchical (Process 29)",
}
_VIDEO: Final = {
    "4.100": "MPEG2 Main Profile / Main Level",
    "4.100.1": "Fragmentable MPEG2 Main Profile / Main Level",
    "4.101": "MPEG2 Main Profile / High Level",
    "4.101.1": "Fragmentable MPEG2 Main Profile / High Level",
    "4.102": "MPEG-4 AVC/H.264 High Profile / Level 4.1",
    "4.102.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1",
    "4.103": "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
    "4.103.1": "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
    "4.104": "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
    "4.104.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
    "4.105": "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
    "4.105.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
    "4.106": "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
    "4.106.1": "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
    "4.107": "HEVC/H.265 Main Profile / Level 5.1",
    "4.108": "HEVC/H.265 Main 10 Profile / Level 5.1",
}

_NATIVE: Final = (
    TransferSyntax(
        IMPLICIT_VR_LITTLE_ENDIAN,
        "Implicit VR Little Endian",
        explicit=False,
        encapsulated=False,
        decodable=True,
    ),
    TransferSyntax(EXPLICIT_VR_LITTLE_ENDIAN, "Explicit VR Little Endian", encapsulated=False, decodable=True),
    TransferSyntax(
        DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        "Deflated Explicit VR Little Endian",
        deflated=True,
        encapsulated=False,
        decodable=True,
    ),
    TransferSyntax(
        EXPLICIT_VR_BIG_ENDIAN,
        "Explicit VR Big Endian",
        little_endian=False,
        encapsulated=False,
        decodable=True,
    ),
    # The pixels of the JPIP kinds are behind a URL: the data set holds none (PS3.5 A.6, A.7).
    TransferSyntax(_STANDARD_ROOT + "4.94", "JPIP Referenced", encapsulated=False, lossy=True),
    TransferSyntax(_STANDARD_ROOT + "4.95", "JPIP Referenced Deflate", deflated=True, encapsulated=False, lossy=True),
    TransferSyntax(_STANDARD_ROOT + "4.204", "JPIP HTJ2K Referenced", encapsulated=False, lossy=True),
    TransferSyntax(
        _STANDARD_ROOT + "4.205",
        "JPIP HTJ2K Referenced Deflate",
        deflated=True,
        encapsulated=False,
        lossy=True,
    ),
)

_ENCAPSULATED: Final = (
    _encapsulated("1.98", "Encapsulated Uncompressed Explicit VR Little Endian", decodable=True),
    _encapsulated("4.50", "JPEG Baseline (Process 1)", lossy=True, decodable=True),
    _encapsulated("4.51", "JPEG Extended (Process 2 and 4)", lossy=True, decodable=True),
    _encapsulated("4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", decodable=True),
    _encapsulated("4.70", "JPEG Lossless, First-Order Prediction (Process 14 [Selection Value 1])", decodable=True),
    _encapsulated("4.80", "JPEG-LS Lossless Image Compression", decodable=True),
    _encapsulated("4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression", lossy=True, decodable=True),
    _encapsulated("4.90", "JPEG 2000 Image Compression (Lossless Only)", decodable=True),
    _encapsulated("4.91", "JPEG 2000 Image Compression", lossy=True, decodable=True),
    _encapsulated("4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)"),
    _encapsulated("4.93", "JPEG 2000 Part 2 Multi-component Image Compression", lossy=True),
    _encapsulated("4.110", "JPEG XL Lossless"),
    _encapsulated("4.111", "JPEG XL JPEG Recompression", lossy=True),
    _encapsulated("4.112", "JPEG XL", lossy=True),
    _encapsulated("4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", decodable=True),
    _encapsulated("4.202", "High-Throughput JPEG 2000 with RPCL Options (Lossless Only)", decodable=True),
    _encapsulated("4.203", "High-Throughput JPEG 2000 Image Compression", lossy=True, decodable=True),
    _encapsulated("5", "RLE Lossless", decodable=True),
    _encapsulated("7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video"),
    _encapsulated("7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video"),
    _encapsulated("7.3", "SMPTE ST 2110-30 PCM Digital Audio"),
    _encapsulated("8.1", "Deflated Image Frame Compression"),
    *(_encapsulated(number, name, lossy=True) for number, name in {**_RETIRED_LOSSY_JPEG, **_VIDEO}.items()),
    *(_encapsulated(number, name) for number, name in _RETIRED_LOSSLESS_JPEG.items()),
)

TRANSFER_SYNTAXES: Final = {syntax.uid: syntax for syntax in (*_NATIVE, *_ENCAPSULATED)}
"""Every transfer syntax we propose and accept by name, by UID."""


def transfer_syntax(uid: str) -> TransferSyntax:
    """How a data set under this UID is encoded.

    A standard one that the table does not know is explicit little endian with native or encapsulated pixels, as every
    one since 1993 has been; it is taken as lossy, since nobody can say. Raises UnknownTransferSyntax for the rest.
    """
    known = TRANSFER_SYNTAXES.get(uid)
    if known is not None:
        return known
    if not uid.startswith(_STANDARD_ROOT) or uid.startswith(_NOT_A_DATA_SET):
        raise UnknownTransferSyntax(f"transfer syntax {uid[:64]!a} is private or unknown; send a standard one")
    return TransferSyntax(uid, "a standard transfer syntax of a later edition", lossy=True)
