"""Names put together from common syllables: of people, villages and townships."""

from __future__ import annotations

from random import Random

__all__ = [
    "CITY",
    "COUNTY",
    "STREETS",
    "given_name",
    "odd_name",
    "person_name",
    "township_names",
    "village_names",
]

CITY = "云汀市"
COUNTY = "澄禾县"

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
_FEMALE = "秀英兰芳玉珍梅香荣凤霞云桂花翠莲月琴素巧菊红燕娟婷雪静敏慧"
_MALE = "国建德明志文福永保长金成大学军强伟民义忠东海平云宝根生林山春"
_YOUNG = "子梓雨欣浩宇轩涵佳怡晨思乐安嘉一诺可心睿"
_RARE = ("𠅤", "㛃", "䶮")
_DOTTED = ("阿依·古兰", "努尔·萨依", "巴特·云和", "卓玛·桑青")

_HEADS = "柳尹槐康石井渡谷桑仇褚滕祁樊芦茅季殷耿苗冉晏"
_TAILS = "湾铺集寨楼岗圩营庄堂"
_TOWN_HEADS = "青云禾清宁安永白松芳润碧"
_TOWN_TAILS = "渡埠溪塘桥畈沟台"

STREETS = ("青禾路", "望云街", "长宁街", "渡口路", "晒谷巷", "书院街", "粮站路", "南塘路")


def person_name(rng: Random, male: bool, surname: str = "", young: bool = False) -> str:
    """Return a name of two or three characters; a child may take a surname."""
    return (surname[:1] or rng.choice(_SURNAMES)) + given_name(rng, male, young)


def odd_name(rng: Random, count: int) -> str:
    """Return, for every 90th person, a name that programs stumble over; else nothing.

    They have a dot, or characters outside the basic plane or outside GB 2312.
    """
    if count % 90 != 40:
        return ""
    turn, kind = divmod(count // 90, 4)
    return rng.choice(_SURNAMES) + _RARE[kind - 1] if kind else _DOTTED[turn % len(_DOTTED)]


def given_name(rng: Random, male: bool, young: bool = False) -> str:
    """Return the part after the surname."""
    pool = _YOUNG if young else _MALE if male else _FEMALE
    first = rng.choice(pool)
    if rng.random() < 0.2:
        return first
    second = rng.choice(_YOUNG if young and rng.random() < 0.7 else _MALE if male else _FEMALE)
    return first + second


def village_names(rng: Random, count: int) -> list[str]:
    """Return different names for all villages of a county, without 村 at the end."""
    plain = [f"{head}家{tail}" for head in _HEADS for tail in _TAILS]
    sided = [f"{side}{name}" for side in "大小东西南北上下" for name in plain]
    return rng.sample(plain if count <= len(plain) else plain + sided, count)


def township_names(rng: Random, count: int) -> list[str]:
    """Return the names of a county's townships; the first is always 青渡镇."""
    pairs = [f"{h}{t}" for h in _TOWN_HEADS for t in _TOWN_TAILS if h + t != "青渡"]
    return ["青渡镇", *(f"{n}{'镇' if i % 3 else '乡'}" for i, n in enumerate(rng.sample(pairs, count - 1)))]
