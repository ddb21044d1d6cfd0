"""The numbers of a volume are those of the files, whatever their encoding, or the series is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - the name its own documentation uses
from hypothesis import given
from hypothesis import strategies as st
from made_series import COLUMNS, ROWS, axial, enhanced, header, write, write_all
from pydicom import Dataset
from pydicom.encaps import encapsulate, get_frame

from models.contract import RefusalReason, Refused, SeriesFile, Volume
from models.decoding import PixelFault, read_instance, stored_values
from models.pixels import read_volume

SHAPE = (ROWS, COLUMNS)
CT_FOLDERS = [
    "ct_lidc_nodules/LIDC-IDRI-0001/dicom",
    "ct_thorax_other/Lung_Dx-A0002/dicom",
    "ct_thorax_other/totalsegmentator_abdomen/dicom_j2k_missing_uids",
]
# One picture in many encodings, all without loss: each gives the values of the first.
SAME_PICTURE = {
    "transfer_syntax/MR_small.dcm": [
        "transfer_syntax/MR_small_RLE.dcm", "transfer_syntax/MR_small_bigendian.dcm",
        "transfer_syntax/MR_small_expb.dcm", "transfer_syntax/MR_small_implicit.dcm",
        "transfer_syntax/MR_small_jp2klossless.dcm", "transfer_syntax/MR_small_jpeg_ls_lossless.dcm",
    ],
    "sop_class/emri_small.dcm": [
        "transfer_syntax/emri_small_RLE.dcm", "transfer_syntax/emri_small_big_endian.dcm",
        "transfer_syntax/emri_small_jpeg_2k_lossless.dcm", "transfer_syntax/emri_small_jpeg_ls_lossless.dcm",
    ],
}  # fmt: skip
# Read by SimpleITK (GDCM) too: JPEG 2000, JPEG-LS, JPEG lossless, JPEG-LS with loss, RLE, signed and unsigned.
AS_SIMPLEITK_READS = [
    "693_J2KI.dcm", "D_CLUNIE_CT1_RLE_FRAGS.dcm", "ELSCINT1_JP2vsJ2K.dcm", "GH610.dcm", "J2K_pixelrep_mismatch.dcm",
    "JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm", "MR-JPEGLosslessSV1.dcm", "WG04_CT2_JPLL.dcm",
    "WG04_CT1_UNC.fragmented_bot_jpeg_ls.80.dcm.dcm", "WG04_NM1_J2KI.dcm", "image_dfl.dcm", "rtdose_rle.dcm",
]  # fmt: skip
JPEG_OF_12_BITS = [
    "CT0012.fragmented_no_bot_jpeg_baseline.51.dcm", "WG04_MR3_JPLY.dcm", "WG04_NM1_JPLY.dcm", "WG04_XA1_JPLY.dcm",
]  # fmt: skip
BROKEN = [
    "malformed/syn_nested_undefined_5000.dcm",
    "transfer_syntax/JPEG2000-embedded-sequence-delimiter.dcm", "transfer_syntax/syn_video_hevc_main.dcm",
]  # fmt: skip


def read(made: Volume | Refused) -> Volume:
    assert isinstance(made, Volume), made
    return made


def refusal(made: Volume | Refused) -> Refused:
    assert isinstance(made, Refused), made
    return made


def file_of(path: Path, header_read: Dataset) -> SeriesFile:
    syntax = str(header_read.file_meta.TransferSyntaxUID)
    return SeriesFile(path, str(header_read.SOPClassUID), str(header_read.get("SOPInstanceUID", "")), syntax)


def folder_files(folder: Path) -> list[SeriesFile]:
    return [file_of(path, pydicom.dcmread(path, stop_before_pixels=True)) for path in sorted(folder.iterdir())]


def by_simpleitk(path: Path) -> np.ndarray:
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("folder", CT_FOLDERS)
def test_a_real_series_has_the_values_and_the_place_that_simpleitk_gives(folder: str, datasets: Path) -> None:
    files = folder_files(datasets / folder)
    volume = read(read_volume(files[::-1]))
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(datasets / folder)))
    image = reader.Execute()
    assert volume.hu.dtype == np.int16
    assert np.array_equal(volume.hu, np.maximum(sitk.GetArrayFromImage(image), -1024))
    assert volume.grid.spacing_mm == pytest.approx(image.GetSpacing()[::-1])
    for corner in ((0, 0, 0), (3, 200, 7), tuple(length - 1 for length in volume.grid.shape)):
        expected = image.TransformIndexToPhysicalPoint(corner[::-1])
        assert volume.grid.lps_mm(np.array(corner)) == pytest.approx(expected, abs=1e-3)
    uids = {file.sop_instance_uid for file in files}
    assert {source.sop_instance_uid for source in volume.sources} == uids


@pytest.mark.real_data
def test_the_facts_of_a_real_acquisition_are_told(datasets: Path) -> None:
    acquisition = read(read_volume(folder_files(datasets / CT_FOLDERS[1]))).acquisition
    assert (acquisition.modality, acquisition.body_part, acquisition.kernel) == ("CT", "CHEST", "B70f")
    assert (acquisition.slice_thickness_mm, acquisition.manufacturer) == (8.0, "SIEMENS")
    assert (acquisition.patient_age_years, acquisition.patient_sex, acquisition.lossy) == (53.0, "F", False)


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("plain", "encoded"), [(p, e) for p, all_of in SAME_PICTURE.items() for e in all_of])
def test_a_picture_has_the_same_values_in_every_encoding_without_loss(plain: str, encoded: str, datasets: Path) -> None:
    suite = datasets / "dicom_suite"
    expected = np.atleast_3d(by_simpleitk(suite / plain))
    instance = read_instance(suite / encoded)
    syntax = str(instance.file_meta.TransferSyntaxUID)
    for place, picture in enumerate(expected, start=1):
        assert np.array_equal(stored_values(instance, syntax, place), picture)


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", AS_SIMPLEITK_READS)
def test_a_compressed_picture_has_the_values_that_simpleitk_gives(name: str, datasets: Path) -> None:
    path = datasets / "dicom_suite" / "transfer_syntax" / name
    instance = read_instance(path)
    slope, intercept = float(instance.get("RescaleSlope") or 1), float(instance.get("RescaleIntercept") or 0)
    values = stored_values(instance, str(instance.file_meta.TransferSyntaxUID), None) * slope + intercept
    assert np.allclose(values, by_simpleitk(path)[0])


@pytest.mark.real_data
@pytest.mark.system
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", JPEG_OF_12_BITS)
def test_a_jpeg_of_12_bits_has_the_values_that_dcmtk_gives(name: str, datasets: Path, tmp_path: Path) -> None:
    path = datasets / "dicom_suite" / "transfer_syntax" / name
    subprocess.run(["/usr/bin/dcmdjpeg", path, tmp_path / "plain.dcm"], check=True)
    instance = read_instance(path)
    frames = int(instance.get("NumberOfFrames") or 1)
    expected = pydicom.dcmread(tmp_path / "plain.dcm").pixel_array.reshape(frames, instance.Rows, instance.Columns)
    for place, picture in enumerate(expected, start=1):
        assert np.array_equal(stored_values(instance, "1.2.840.10008.1.2.4.51", place), picture)


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("cut", [0.9, 0.5, 0.01])
def test_a_cut_jpeg_of_12_bits_is_a_fault_and_no_picture(cut: float, datasets: Path) -> None:
    instance = read_instance(datasets / "dicom_suite" / "transfer_syntax" / "WG04_MR3_JPLY.dcm")
    frame = get_frame(instance.PixelData, 0, number_of_frames=1)
    instance.PixelData = encapsulate([frame[: int(len(frame) * cut)]])
    with pytest.raises(PixelFault):
        stored_values(instance, "1.2.840.10008.1.2.4.51", None)


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_faults_with_a_name_and_nothing_else(name: str, datasets: Path) -> None:
    path = datasets / "dicom_suite" / name
    with pytest.raises(PixelFault):
        stored_values(read_instance(path), str(read_instance(path).file_meta.TransferSyntaxUID), None)


@pytest.mark.real_data
def test_a_series_of_a_broken_file_is_refused_as_unreadable(datasets: Path) -> None:
    path = datasets / "dicom_suite" / "malformed" / "syn_nested_undefined_5000.dcm"
    files = [SeriesFile(path, "1.2.840.10008.5.1.4.1.1.2", "2.25.1", "1.2.840.10008.1.2.1")]
    assert refusal(read_volume(files)).reason is RefusalReason.UNREADABLE_PIXELS


@pytest.mark.real_data
@pytest.mark.filterwarnings("ignore")
def test_each_slice_is_scaled_by_its_own_slope(datasets: Path) -> None:
    files = folder_files(datasets / "dicom_suite" / "geometry" / "syn_rescale_varies")
    volume = read(read_volume(files))
    assert volume.hu.dtype == np.float32
    for place, file in enumerate(files):
        assert volume.hu[place] == pytest.approx(np.maximum(by_simpleitk(file.path)[0].astype(float), -1024))


def stored(*firsts: int, dtype: str = "<u2") -> list[np.ndarray]:
    return [(np.arange(ROWS * COLUMNS).reshape(SHAPE) + first).astype(dtype) for first in firsts]


def test_slices_come_out_in_the_order_of_position_with_their_source(tmp_path: Path) -> None:
    planes = stored(3000, 1000, 2000)
    volume = read(read_volume(write_all(tmp_path, axial(10, 0, 5), planes)))
    assert volume.hu.dtype == np.int16
    assert volume.hu.tolist() == [(planes[place].astype(int) - 1024).tolist() for place in (1, 2, 0)]
    assert [source.sop_instance_uid for source in volume.sources] == ["2.25.771", "2.25.772", "2.25.770"]
    assert (volume.series_instance_uid, volume.frame_of_reference_uid) == ("2.25.7", "2.25.8")
    assert volume.notes == ()


def test_padding_below_air_is_air_and_metal_does_not_wrap_round(tmp_path: Path) -> None:
    planes = stored(1000, 1000)
    planes[0][0, 0], planes[1][0, 0] = 65535, 0
    headers = [header(place, (0, 0, place), RescaleIntercept=-2000) for place in range(2)]
    hu = read(read_volume(write_all(tmp_path, headers, planes))).hu
    assert (hu[0, 0, 0], hu[1, 0, 0]) == (32767, -1024)


@pytest.mark.parametrize(("signed", "named"), [(1, 32767), (0, 65535), (1, 63536), (1, -2000)])
def test_padding_outside_the_field_of_view_is_air_whatever_number_it_was_given(
    signed: int, named: int, tmp_path: Path
) -> None:
    """Also where an unsigned VR holds the negative padding of a signed image, as GE writes it."""
    planes = stored(1000, 1000, dtype="<i2" if signed else "<u2")
    planes[0][0, 0] = np.array(named % 65536, dtype="<u2").astype(planes[0].dtype)
    headers = [header(place, (0, 0, place), PixelRepresentation=signed) for place in range(2)]
    for made in headers:
        made.add_new("PixelPaddingValue", "SS" if named < 0 else "US", named)
    hu = read(read_volume(write_all(tmp_path, headers, planes))).hu
    assert hu[0, 0, :2].tolist() == [-1024, 1001 - 1024]


def test_a_value_of_tissue_is_kept_though_it_is_named_as_padding(tmp_path: Path) -> None:
    headers = [header(place, (0, 0, place)) for place in range(2)]
    for made in headers:
        made.add_new("PixelPaddingValue", "US", 1024)
    assert read(read_volume(write_all(tmp_path, headers, stored(1024, 1024)))).hu[0, 0, 0] == 0


def test_an_image_that_came_twice_under_another_uid_counts_once_and_the_volume_says_so(tmp_path: Path) -> None:
    headers = [*axial(0, 5, 10), header(3, (-10, -20, 5), InstanceNumber=1)]
    planes = stored(1000, 2000, 3000, 2000)
    volume = read(read_volume(write_all(tmp_path, headers, planes)))
    assert volume.hu[:, 0, 0].tolist() == [-24, 976, 1976]
    assert len(volume.sources) == 3
    assert volume.notes == ("left out as a copy of another image under another UID: 1",)


@pytest.mark.parametrize("changes", [{}, {"RescaleIntercept": -1000}, {"PixelSpacing": [0.5, 2.0005]}])
def test_two_images_of_one_place_that_differ_in_anything_are_no_copies(
    changes: dict[str, object], tmp_path: Path
) -> None:
    headers = [*axial(0, 5, 10), header(3, (-10, -20, 5), **changes)]
    planes = stored(1000, 2000, 3000, 2000 if changes else 2001)
    assert refusal(read_volume(write_all(tmp_path, headers, planes))).reason is RefusalReason.DUPLICATE_POSITION


@given(st.integers(1, 16), st.booleans(), st.data())
def test_only_the_stored_bits_count(bits: int, signed: bool, choice: st.DataObject) -> None:
    """Overlay planes and rubbish above the stored bits are no part of the value (PS3.5 8.1.1)."""
    value = choice.draw(st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else st.integers(0, 2**bits - 1))
    rubbish = choice.draw(st.integers(0, 2 ** (16 - bits) - 1))
    cell = (value % 2**bits) | rubbish << bits
    made = header(0, (0, 0, 0), BitsStored=bits, HighBit=bits - 1, PixelRepresentation=int(signed))
    made.PixelData = np.full(SHAPE, cell, dtype="<u2").tobytes()
    values = stored_values(made, "1.2.840.10008.1.2.1", None)
    assert set(values.ravel().tolist()) == {value}


def test_a_fraction_in_the_slope_gives_floats(tmp_path: Path) -> None:
    headers = [header(place, (0, 0, place), RescaleSlope=0.5, RescaleIntercept=-100.25) for place in range(2)]
    hu = read(read_volume(write_all(tmp_path, headers, stored(100, 200)))).hu
    assert hu.dtype == np.float32
    assert hu[0, 0, :3].tolist() == [-50.25, -49.75, -49.25]


def test_mr_values_are_not_clipped_and_what_int16_cannot_hold_is_float(tmp_path: Path) -> None:
    headers = [header(place, (0, 0, place), Modality="MR", RescaleIntercept=-5000) for place in range(2)]
    hu = read(read_volume(write_all(tmp_path, headers, stored(0, 60000)))).hu
    assert hu.dtype == np.float32
    assert (hu[0, 0, 0], hu[1, 0, 0]) == (-5000, 55000)


def test_frames_of_a_multi_frame_file_are_read_each_with_its_scale(tmp_path: Path) -> None:
    made = enhanced([(0, 0, 5.0), (0, 0, 0.0)], Modality="MR", BitsStored=12, HighBit=11)
    planes = stored(10, 20)
    volume = read(read_volume([write(tmp_path, made, b"".join(each.tobytes() for each in planes))]))
    assert volume.hu.tolist() == [(planes[1] * 2 - 1000.0).tolist(), (planes[0] - 1000.0).tolist()]
    assert [source.frame_number for source in volume.sources] == [2, 1]
    assert volume.acquisition.slice_thickness_mm == 1.5


def test_of_several_phases_the_first_in_time_is_read_and_the_volume_says_so(tmp_path: Path) -> None:
    headers = axial(0, 5, 0, 5)
    for place, made in enumerate(headers):
        made.AcquisitionNumber = 2 if place < 2 else 1
    volume = read(read_volume(write_all(tmp_path, headers, stored(1000, 1100, 2000, 2100))))
    assert volume.hu[:, 0, 0].tolist() == [976, 1076]
    assert volume.notes == ("the series has 2 phases; read is number 1 in time, with 2 slices",)


def test_of_unequal_phases_the_one_with_most_slices_is_read(tmp_path: Path) -> None:
    headers = axial(0, 5, 0, 5, 10)
    for place, made in enumerate(headers):
        made.AcquisitionNumber = 1 if place < 2 else 2
    volume = read(read_volume(write_all(tmp_path, headers, stored(*[1000] * 5))))
    assert volume.hu.shape == (3, *SHAPE)
    assert "number 2 in time" in volume.notes[0]


def test_too_few_pixel_bytes_are_refused(tmp_path: Path) -> None:
    planes = stored(1000, 1000)
    planes[1] = planes[1][:2]
    refused = refusal(read_volume(write_all(tmp_path, axial(0, 5), planes)))
    assert refused.reason is RefusalReason.UNREADABLE_PIXELS
    assert refused.detail == "instance 1: Pixel Data has 24 bytes; frame 1 needs 48"


@pytest.mark.filterwarnings("ignore")
@given(choice=st.data())
def test_damaged_headers_make_a_volume_or_a_refusal_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, choice: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    files = write_all(folder, axial(0, 5, 10), stored(1000, 1000, 1000))
    content = bytearray(files[1].path.read_bytes())
    places = st.integers(132, len(content) - 1)
    for place in choice.draw(st.lists(places, min_size=1, max_size=6)):
        content[place] = choice.draw(st.integers(0, 255))
    files[1].path.write_bytes(content)
    assert isinstance(read_volume(files), Volume | Refused)


@pytest.mark.parametrize(("tag", "value_of_no_vr"), [("ImagePositionPatient", b"D?"), ("Rows", b"\x55\x07")])
def test_a_value_whose_type_no_one_knows_is_as_good_as_none(tag: str, value_of_no_vr: bytes, tmp_path: Path) -> None:
    files = write_all(tmp_path, axial(0, 5), stored(1000, 1000))
    content = files[0].path.read_bytes()
    element = {"ImagePositionPatient": b"\x20\x00\x32\x00", "Rows": b"\x28\x00\x10\x00"}[tag]
    at = content.index(element) + len(element)
    files[0].path.write_bytes(content[:at] + value_of_no_vr + content[at + 2 :])
    assert isinstance(read_volume(files), Refused)


def test_one_image_compressed_with_loss_makes_the_series_one_of_loss(tmp_path: Path) -> None:
    headers = [header(place, (0, 0, place), LossyImageCompression=lossy) for place, lossy in enumerate(("01", "00"))]
    assert read(read_volume(write_all(tmp_path, headers, stored(1000, 1000)))).acquisition.lossy


@pytest.mark.parametrize("syntax", [
    "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.201", "1.2.3",
])  # fmt: skip
def test_bytes_that_are_not_of_their_syntax_are_refused_without_a_word_of_the_patient(
    syntax: str, tmp_path: Path
) -> None:
    headers = axial(0, 5)
    for made in headers:
        made.PatientName = "SECRET^NAME"
    files = write_all(tmp_path, headers, stored(1000, 1000))
    lying = [SeriesFile(each.path, each.sop_class_uid, each.sop_instance_uid, syntax) for each in files]
    refused = refusal(read_volume(lying))
    assert refused.reason is RefusalReason.UNREADABLE_PIXELS
    assert "SECRET" not in refused.detail


def test_a_file_that_is_not_dicom_is_refused_and_a_file_that_is_gone_is_not(tmp_path: Path) -> None:
    path = tmp_path / "text.dcm"
    path.write_text("no image")
    file = SeriesFile(path, "1.2", "1.2.3", "1.2.840.10008.1.2.1")
    assert refusal(read_volume([file])).reason is RefusalReason.UNREADABLE_PIXELS
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read_volume([file])


def test_values_that_no_scanner_gives_are_refused(tmp_path: Path) -> None:
    files = write_all(tmp_path, axial(0, 5), stored(20000, 20000))
    assert refusal(read_volume(files)).reason is RefusalReason.VALUES_OUT_OF_RANGE


@pytest.mark.parametrize(("values", "years"), [
    ({"PatientAge": "034Y"}, 34), ({"PatientAge": "018M"}, 1.5), ({"PatientAge": "007D"}, 7 / 365.25),
    ({"PatientAge": "000Y"}, None), ({"PatientAge": "000D"}, 0),
    ({"PatientAge": "000Y", "PatientBirthDate": "20190101", "StudyDate": "20200101"}, 1),
    ({"PatientAge": "old", "PatientBirthDate": "20000101", "StudyDate": "20200101"}, 20),
    ({"PatientBirthDate": "20000101"}, None), ({"PatientBirthDate": "20009901", "StudyDate": "20200101"}, None),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_the_age_comes_from_the_age_or_from_the_dates(
    values: dict[str, str], years: float | None, tmp_path: Path
) -> None:
    headers = [header(place, (0, 0, place), **values) for place in range(2)]
    acquisition = read(read_volume(write_all(tmp_path, headers, stored(1000, 1000)))).acquisition
    assert acquisition.patient_age_years == (None if years is None else pytest.approx(years, abs=0.01))
