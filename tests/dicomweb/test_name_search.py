"""A person is found by any writing of the name: as written, in the other script, in pinyin, by initials (AC-34)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import pytest
from pydicom.dataset import FileDataset
from sqlalchemy import text

from service.archive import query
from service.archive.matches import Level
from service.archive.matching import NameLike
from service.archive.query import Query
from service.archive.tables import QUARANTINE
from service.dicom.attributes import Tag
from service.domain.visibility import Unsigned
from service.flow.quarantine import accept
from tests.support.edges import SYSTEM, Customer, Edges
from tests.support.series import ct_slice

NAMES = """
    Wang^XiaoDong=王^小东      王^小东       wang   xiaodong
    =王^晓东                   王^晓东       wang   xiaodong
    =王^芳                     王^芳         wang   fang
    王伟                       王^伟         wang   wei
    Zhang^Wei=张^伟            张^伟         zhang  wei
    =張^麗華                   张^丽华       zhang  lihua
    李娜                       李^娜         li     na
    =劉^德華                   刘^德华       liu    dehua
    Chan^Tai_Man=陳^大文       陈^大文       chen   dawen
    =黃^國強                   黄^国强       huang  guoqiang
    =趙^雲                     赵^云         zhao   yun
    =周^杰倫                   周^杰伦       zhou   jielun
    吳宇森                     吴^宇森       wu     yusen
    =孫^悟空                   孙^悟空       sun    wukong
    =馬^雲                     马^云         ma     yun
    胡锦                       胡^锦         hu     jin
    =單^田芳                   单^田芳       shan   tianfang
    =仇^英                     仇^英         qiu    ying
    =曾^國藩                   曾^国藩       zeng   guofan
    解缙                       解^缙         xie    jin
    =區^永祥                   区^永祥       ou     yongxiang
    =查^良鏞                   查^良镛       zha    liangyong
    朴树                       朴^树         piao   shu
    =任^长霞                   任^长霞       ren    changxia
    =華^罗庚                   华^罗庚       hua    luogeng
    =薄^希来                   薄^希来       bo     xilai
    =种^师道                   种^师道       chong  shidao
    =員^半千                   员^半千       yun    banqian
    =繁^钦                     繁^钦         po     qin
    =冼^星海                   冼^星海       xian   xinghai
    =折^彦质                   折^彦质       she    yanzhi
    =召^平                     召^平         shao   ping
    =盖^聂                     盖^聂         ge     nie
    =繆^荃孫                   缪^荃孙       miao   quansun
    =翟^志刚                   翟^志刚       zhai   zhigang
    =覃^輝                     覃^辉         qin    hui
    =尉^健                     尉^健         wei    jian
    =阚^清子                   阚^清子       kan    qingzi
    =郇^红                     郇^红         xun    hong
    =秘^书                     秘^书         bi     shu
    =那^英                     那^英         na     ying
    =歐陽^明                   欧阳^明       ouyang ming
    欧阳修                     欧阳^修       ouyang xiu
    =司馬^光                   司马^光       sima   guang
    上官婉儿                   上官^婉儿     shangguan waner
    =諸葛^亮                   诸葛^亮       zhuge  liang
    =尉遲^恭                   尉迟^恭       yuchi  gong
    =万俟^卨                   万俟^卨       moqi   xie
    长孙无忌                   长孙^无忌     zhangsun wuji
    =令狐^冲                   令狐^冲       linghu chong
    =澹台^灭明                 澹台^灭明     tantai mieming
    =单于^飞                   单于^飞       chanyu fei
    =皇甫^嵩                   皇甫^嵩       huangfu song
    =慕容^雪                   慕容^雪       murong xue
    =阿依古丽·买买提           阿依古丽·买买提 ayiguli maimaiti
    =迪丽热巴·迪力木拉提       迪丽热巴·迪力木拉提 dilireba dilimulati
    =扎西•多吉                 扎西·多吉     zhaxi  duoji
    =巴特尔・额尔敦             巴特尔·额尔敦 bateer eerdun
    =艾尼瓦尔^买买提           艾尼瓦尔^买买提 ainiwaer maimaiti
    =呂^布                     吕^布         lv     bu
"""


@dataclass(frozen=True)
class Person:
    """One line of the table, typed by hand: as sent, simplified, family name and given name in pinyin."""

    patient_id: str
    sent: str
    simplified: str
    family: str
    given: str

    @property
    def initials(self) -> str:
        """The first letter of every syllable, of which each character has one."""
        return INITIALS[self.family] + INITIALS[self.given]


INITIALS = dict(
    re.findall(
        r"(\w+):(\w+)",
        "wang:w xiaodong:xd fang:f wei:w zhang:z lihua:lh li:l na:n liu:l dehua:dh chen:c dawen:dw huang:h guoqiang:gq "
        "zhao:z yun:y zhou:z jielun:jl wu:w yusen:ys sun:s wukong:wk ma:m hu:h jin:j shan:s tianfang:tf qiu:q ying:y "
        "zeng:z guofan:gf xie:x ou:o yongxiang:yx zha:z liangyong:ly piao:p shu:s ren:r changxia:cx hua:h luogeng:lg "
        "bo:b xilai:xl chong:c shidao:sd banqian:bq po:p qin:q xian:x xinghai:xh she:s yanzhi:yz shao:s ping:p ge:g "
        "nie:n miao:m quansun:qs zhai:z zhigang:zg hui:h jian:j kan:k qingzi:qz xun:x hong:h bi:b ouyang:oy ming:m "
        "xiu:x sima:sm guang:g shangguan:sg waner:we zhuge:zg liang:l yuchi:yc gong:g moqi:mq zhangsun:zs wuji:wj "
        "linghu:lh tantai:tt mieming:mm chanyu:cy fei:f huangfu:hf song:s murong:mr xue:x ayiguli:aygl maimaiti:mmt "
        "dilireba:dlrb dilimulati:dlmlt zhaxi:zx duoji:dj bateer:bte eerdun:eed ainiwaer:anwe lv:l bu:b",
    )
)


def people() -> tuple[Person, ...]:
    lines = [line.split() for line in NAMES.strip().splitlines()]
    return tuple(
        Person(f"N{number:02}", sent.replace("_", " "), simplified, family, given)
        for number, (sent, simplified, family, given) in enumerate(lines)
    )


PEOPLE = people()


def sending(patient_id: str, name: str, number: int = 1, *, index: int = 0, referring: str = "") -> FileDataset:
    """One image of a study of a patient."""
    study_uid = f"1.2.34.{int(patient_id[1:]) + 1}.{number}"
    image = ct_slice(study_uid=study_uid, series_uid=f"{study_uid}.1", index=index, size=16, patient_id=patient_id)
    image.PatientName, image.ReferringPhysicianName = name, referring
    return image


@pytest.fixture(scope="module")
def hospital(edges: Edges) -> Customer:
    """Everybody of the table, one study each."""
    customer = edges.hospital()
    edges.receive(customer, *(sending(each.patient_id, each.sent) for each in PEOPLE))
    return customer


@pytest.fixture(scope="module")
def client(edges: Edges, hospital: Customer) -> httpx.Client:
    return edges.client(hospital)


def found(client: httpx.Client, name: str, level: str = "studies", **more: str) -> list[str]:
    """The patients of all that a search by name finds, sorted."""
    answer = client.get(f"/dicom-web/{level}", params={"PatientName": name, **more})
    assert answer.status_code in {200, 204}, answer.text
    return sorted(each["00100020"]["Value"][0] for each in answer.json()) if answer.content else []


def held(edges: Edges, hospital: Customer, name: str) -> list[str]:
    """The same of the archive itself, for the long tables."""
    wanted = Query(hospital.id, Level.STUDY, {Tag.PATIENT_NAME: NameLike(name)}, unsigned=Unsigned.SHOWN)
    with edges.archive.read() as connection:
        hits = list(query.search(connection, SYSTEM, wanted, offset=0, limit=100))
    return sorted(str(hit.values[Tag.PATIENT_ID]) for hit in hits)


def ids(names: Sequence[str]) -> list[str]:
    """The patients with these simplified names."""
    chosen = sorted(each.patient_id for each in PEOPLE if each.simplified in names)
    assert len(chosen) == len(names)
    return chosen


def test_the_table_has_sixty_names() -> None:
    assert len(PEOPLE) == 60
    assert len({each.simplified for each in PEOPLE}) == 60
    assert sum(1 for each in PEOPLE if "·" in each.simplified) == 4


def test_everybody_is_found_in_pinyin_with_and_without_the_caret_and_nobody_else(
    edges: Edges, hospital: Customer
) -> None:
    for each in PEOPLE:
        alike = sorted(other.patient_id for other in PEOPLE if (other.family, other.given) == (each.family, each.given))
        for name in (
            each.family + each.given,
            f"{each.family}^{each.given}",
            f"{each.family} {each.given}".upper(),
            f"{each.family}^{each.given[:-1]}?",
        ):
            assert held(edges, hospital, name) == alike, (each, name)


def test_everybody_is_found_by_initials_and_nobody_else(edges: Edges, hospital: Customer) -> None:
    for each in PEOPLE:
        alike = sorted(other.patient_id for other in PEOPLE if other.initials == each.initials)
        assert held(edges, hospital, each.initials) == alike, each
        assert each.patient_id in held(edges, hospital, f"{each.initials}*"), each


def test_everybody_is_found_in_either_script_and_nobody_else(edges: Edges, hospital: Customer) -> None:
    for each in PEOPLE:
        as_sent = each.sent.split("=")[-1]
        for name in (each.simplified, as_sent, re.sub(r"[\^·•・]", "", each.simplified), each.sent):
            assert held(edges, hospital, name) == [each.patient_id], (each, name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("*王*", ["王^小东", "王^晓东", "王^芳", "王^伟"]),
        ("wang*", ["王^小东", "王^晓东", "王^芳", "王^伟"]),
        ("WANG^*", ["王^小东", "王^晓东", "王^芳", "王^伟"]),
        ("wxd*", ["王^小东", "王^晓东"]),
        ("WXD", ["王^小东", "王^晓东"]),
        ("WANG^XIAODONG", ["王^小东", "王^晓东"]),
        ("wangxiaodong", ["王^小东", "王^晓东"]),
        ("Wáng Xiǎodōng", ["王^小东", "王^晓东"]),
        ("Wang Xiao-Dong", ["王^小东", "王^晓东"]),
        ("*xiaodong", ["王^小东", "王^晓东"]),
        ("ｗａｎｇ＊", ["王^小东", "王^晓东", "王^芳", "王^伟"]),
        ("ＷＡＮＧ＾ＸＩＡＯＤＯＮＧ", ["王^小东", "王^晓东"]),
        ("＊張＊", ["张^伟", "张^丽华"]),
        ("*張*", ["张^伟", "张^丽华"]),
        ("*张*", ["张^伟", "张^丽华"]),
        ("张？华", ["张^丽华"]),
        ("张？？", ["张^伟", "张^丽华"]),
        ("王^?", ["王^芳", "王^伟"]),
        ("王　伟", ["王^伟"]),
        ("li^*", ["李^娜"]),
        ("欧^*", []),
        ("ou^*", ["区^永祥"]),
        ("*國*", ["黄^国强", "曾^国藩"]),
        ("chan^taiman", ["陈^大文"]),
        ("chan tai man", ["陈^大文"]),
        ("chen*", ["陈^大文"]),
        ("lu^bu", ["吕^布"]),
        ("LÜ^BU", ["吕^布"]),
        ("lyu bu", ["吕^布"]),
        ("*买买提*", ["阿依古丽·买买提", "艾尼瓦尔^买买提"]),
        ("阿依古丽‧買買提", ["阿依古丽·买买提"]),
        ("*=王^小东", ["王^小东"]),
        ("Wang^XiaoDong=王^小*", ["王^小东"]),
        ("Wang^XiaoDong=王*", ["王^小东", "王^晓东"]),
        ("zhang*=王*", []),
        ("dan*", []),
        ("chou*", []),
        ("ceng*", []),
        ("jie*", []),
        ("qu*", []),
        ("cha^*", []),
        ("pu*", []),
        ("wang", []),
        ("小东", []),
        ("xd*", []),
        ("w*东", []),
        ("·", []),
        ("%", []),
        ("_*", []),
        ("王_东", []),
    ],
)
def test_what_people_type_finds_whom_they_mean(client: httpx.Client, name: str, expected: list[str]) -> None:
    """A wildcard stays inside one writing (w*东); ? stands for ^ too, as the standard has it (张？？)."""
    assert found(client, name) == ids(expected)


def test_series_and_instances_are_found_by_name_too(client: httpx.Client) -> None:
    for level in ("series", "instances"):
        assert found(client, "ouyangming", level, includefield="00100020") == ids(["欧阳^明"])


def test_names_go_out_as_they_came_in_and_pinyin_stays_inside(client: httpx.Client) -> None:
    for name, sent in (
        ("zhanglihua", {"Ideographic": "張^麗華"}),
        ("lina", {"Alphabetic": "李娜"}),
        ("chendawen", {"Alphabetic": "Chan^Tai Man", "Ideographic": "陳^大文"}),
    ):
        (study,) = client.get("/dicom-web/studies", params={"PatientName": name}).json()
        (metadata, *_) = client.get(f"/dicom-web/studies/{study['0020000D']['Value'][0]}/metadata").json()

        assert study["00100010"]["Value"] == metadata["00100010"]["Value"] == [sent]


def test_fuzzy_matching_is_what_every_search_by_name_does_and_needs_no_warning(client: httpx.Client) -> None:
    answer = client.get("/dicom-web/studies", params={"PatientName": "wxd", "fuzzymatching": "true"})

    assert sorted(each["00100020"]["Value"][0] for each in answer.json()) == ids(["王^小东", "王^晓东"])
    assert "warning" not in answer.headers


def test_the_referring_physician_is_found_the_same_way_and_not_taken_for_the_patient(edges: Edges) -> None:
    customer = edges.hospital()
    edges.receive(customer, sending("N00", "Li^Na", referring="=單^雄信"), sending("N01", "Shan^Xiongxin"))
    client = edges.client(customer)

    referred = client.get("/dicom-web/studies", params={"ReferringPhysicianName": "shanxiongxin"})

    assert [each["00100020"]["Value"][0] for each in referred.json()] == ["N00"]
    assert found(client, "shan*") == ["N01"]


def test_a_name_is_never_found_behind_the_wall(edges: Edges, client: httpx.Client) -> None:
    stranger = edges.client(edges.hospital())

    assert found(client, "*王*")
    for name in ("*王*", "wangxiaodong", "wxd", "*"):
        assert found(stranger, name) == []


def test_a_name_that_comes_with_a_later_image_is_found_and_an_empty_one_takes_none_away(edges: Edges) -> None:
    customer = edges.hospital()
    client = edges.client(customer)

    edges.receive(customer, sending("N00", ""))
    assert found(client, "wang*") == []
    edges.receive(customer, sending("N00", "=王^小东", index=1))
    edges.receive(customer, sending("N00", "", index=2))

    assert found(client, "wangxiaodong") == ["N00"]


def test_a_study_whose_only_image_was_replaced_is_found_by_its_new_name_alone(edges: Edges) -> None:
    customer = edges.hospital()
    client = edges.client(customer)
    former, corrected = sending("N00", "=王^小东"), sending("N00", "=仇^英")
    corrected.SOPInstanceUID = corrected.file_meta.MediaStorageSOPInstanceUID = former.SOPInstanceUID
    edges.receive(customer, former)
    with pytest.raises(AssertionError, match="quarantine"):
        edges.receive(customer, corrected)
    with edges.archive.read() as connection:
        held = connection.execute(QUARANTINE.select().where(QUARANTINE.c.hospital_id == customer.id)).one()

    accept(edges.archive, SYSTEM, edges.bell, held.id)

    assert found(client, "qiuying") == ["N00"]
    assert found(client, "wang*") == found(client, "*王*") == []


@pytest.mark.parametrize("name", ["wang*", "王^小?", "wangxiaodong", "王^*", "wang^x*"])
def test_what_a_search_begins_with_is_looked_up_in_the_index(edges: Edges, hospital: Customer, name: str) -> None:
    """However many studies there are: the plan reads a range of the keys, not all of them."""
    wanted = Query(hospital.id, Level.STUDY, {Tag.PATIENT_NAME: NameLike(name)}, unsigned=Unsigned.SHOWN)
    with edges.archive.read() as connection:
        statement = query._matching(SYSTEM, wanted, text("study.id"))
        compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})
        steps = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]

    looked_up = re.compile(r"SEARCH name_key USING COVERING INDEX name_key_search \(.* AND key[>=]")
    about_keys = [step for step in steps if "name_key" in step]
    assert about_keys
    assert all(map(looked_up.match, about_keys)), steps
