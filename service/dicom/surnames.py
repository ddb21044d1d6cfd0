"""How Chinese characters are read in names where that is not their usual reading, and surnames of several characters.

Collected by us. Where families or parents read one character differently, all readings are listed, the most frequent
first. Characters are simplified; ü is v.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

Readings: TypeAlias = tuple[str, ...]
"""The ways to read one character."""


def _table(text: str) -> Iterator[tuple[str, tuple[Readings, ...]]]:
    """Entries such as 盖ge/gai and 万俟mo-qi: the characters, and for each of them how it is read."""
    for name, spelled in re.findall(r"([^a-z/\s-]+)([a-z/-]+)", text):
        yield name, tuple(tuple(syllable.split("/")) for syllable in spelled.split("-"))


_SURNAMES: Final = """
    单shan 仇qiu 曾zeng 解xie 区ou 查zha 朴piao 任ren 华hua 薄bo 卜bu 种chong 重chong 员yun 繁po 秘bi 冼xian 洗xian
    折she 召shao 盖ge/gai 缪miao 翟zhai/di 覃qin/tan 乐yue/le 尉wei 宓mi/fu 隗wei/kui 阚kan 牟mou/mu 柏bai/bo 燕yan
    句gou 勾gou 那na 能nai 乜nie 佴nai 逄pang 郇xun/huan 郗xi/chi 郄qie/xi 祭zhai/ji 迮ze 粘nian/zhan 炅gui
    晟cheng/sheng 么yao 幺yao 隽juan/jun 适kuo/shi 藏zang 莘xin/shen 都du 车che 贲ben 黑he/hei 钭tou/dou 谌chen/shen
    降xiang 颉xie 行xing/hang 角jue 葛ge 过guo 哈ha 纪ji 应ying 宁ning 相xiang 盛sheng 石shi 沈shen 贾jia 俞yu
    费fei/bi 褚chu 冯feng 万wan 殷yin 强qiang 叶ye 谷gu 长zhang 朝chao/zhao 撒sa 塔ta 蕃bo/fan 呙guo 眭sui 睢sui
    厍she 訾zi 仉zhang 昝zan 笪da 禚zhuo 撖han 庹tuo 亓qi 妫gui 逯lu 濮pu 璩qu 臧zang 咸xian 苻fu 菅jian 省xing/sheng
    占zhan 斗dou 参shen 番pan/fan 称cheng 便bian/pian 调tiao/diao 还huan 宿su 扁bian 会gui/hui 不fou/bu 芮rui 谯qiao
    酆feng 鞠ju 暨ji 甯ning 瞿qu
"""
_COMPOUND: Final = """
    欧阳ou-yang 司马si-ma 上官shang-guan 诸葛zhu-ge 尉迟yu-chi 万俟mo-qi 长孙zhang-sun 令狐ling-hu
    澹台tan-tai 单于chan-yu 鲜于xian-yu 皇甫huang-fu 宇文yu-wen 慕容mu-rong 公孙gong-sun 呼延hu-yan
    东方dong-fang 独孤du-gu 南宫nan-gong 西门xi-men 夏侯xia-hou 钟离zhong-li 轩辕xuan-yuan 端木duan-mu
    百里bai-li 申屠shen-tu 太史tai-shi 濮阳pu-yang 淳于chun-yu 赫连he-lian 闻人wen-ren 公冶gong-ye
    宗政zong-zheng 仲孙zhong-sun 司徒si-tu 司空si-kong 司寇si-kou 左丘zuo-qiu 拓跋tuo-ba 纳兰na-lan
    第五di-wu 梁丘liang-qiu 谷梁gu-liang 谷粱gu-liang 榖梁gu-liang 闾丘lv-qiu 亓官qi-guan 公良gong-liang
    公西gong-xi 公羊gong-yang 巫马wu-ma 乐正yue-zheng 漆雕qi-diao 壤驷rang-si 夹谷jia-gu 宰父zai-fu
    段干duan-gan 东郭dong-guo 东门dong-men 南门nan-men 羊舌yang-she 微生wei-sheng 贺兰he-lan 完颜wan-yan
    叶赫ye-he 那拉na-la 耶律ye-lv 归海gui-hai 呼衍hu-yan 子车zi-ju 颛孙zhuan-sun 南荣nan-rong 北宫bei-gong
    钟吾zhong-wu 屈突qu-tu 斛律hu-lv 哥舒ge-shu 沙陀sha-tuo 范姜fan-jiang 达奚da-xi 侯莫陈hou-mo-chen
    叶赫那拉ye-he-na-la 爱新觉罗ai-xin-jue-luo
"""
_GIVEN: Final = """
    乐le/yue 行xing/hang 朝chao/zhao 长chang/zhang 重zhong/chong 茜qian/xi 晟sheng/cheng 柏bai/bo 蔚wei/yu 单dan/shan
    曾zeng/ceng 解jie/xie 传chuan/zhuan 调diao/tiao 莞guan/wan 浚jun/xun 筠yun/jun 校xiao/jiao 参can/shen 弹tan/dan
    盛sheng/cheng 隽jun/juan 藏cang/zang 还huan/hai 都du/dou 降xiang/jiang 颉jie/xie 率shuai/lv 角jiao/jue
    便bian/pian 泊bo/po 尉wei/yu 贾jia/gu 伽jia/qie 炅jiong/gui 缪miao/mou 翟di/zhai 薄bo/bao 覃tan/qin 车che/ju
    鹄hu/gu 沈shen/chen 番fan/pan 盖gai/ge 种zhong/chong 禅chan/shan 蔓man/wan 见jian/xian 说shuo/yue 会hui/kuai
    奇qi/ji 大da/dai 塞sai/se 卜bu/bo 石shi/dan 区qu/ou 仇chou/qiu 查cha/zha 契qi/xie 澹dan/tan
"""

SURNAMES: Final = {surname: readings for surname, (readings,) in _table(_SURNAMES)}
"""Surnames of one character."""

COMPOUND: Final = dict(_table(_COMPOUND))
"""Surnames of several characters."""

LONGEST_COMPOUND: Final = max(map(len, COMPOUND))

GIVEN: Final = {character: readings for character, (readings,) in _table(_GIVEN)}
"""Characters of given names."""
