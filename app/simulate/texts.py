"""
What petitioners write and offices answer: subjects with the units competent for them, and sentences to fill.

Everything personal made here goes into `sealed` values and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

TOWNSHIP = "township"  # stands for any township of the county


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject code, the units that may handle it, and how petitions about it read."""

    code: str
    units: tuple[str, ...]
    texts: tuple[str, ...]


SUBJECTS = (
    Subject(
        "housing.title",
        ("housing", "natural-resources"),
        (
            "{place}小区交房{n}年，开发商一直未办理不动产权证，要求协调解决。",
            "购买{place}安置房已付清{money}元，至今不能办理房产证。",
        ),
    ),
    Subject(
        "labour.wages",
        ("human-resources",),
        (
            "在{place}工地干活{n}个月，包工头拖欠工资{money}元，多次催要未果。",
            "{place}一家工厂停产后拖欠{n}名工人工资合计{money}元。",
        ),
    ),
    Subject(
        "environment.noise",
        ("environment", "urban-management"),
        (
            "{place}夜间施工到凌晨{n}点，噪音严重影响休息。",
            "{place}楼下烧烤店油烟噪音扰民，投诉{n}次没有改善。",
        ),
    ),
    Subject(
        "land.compensation",
        ("natural-resources", TOWNSHIP),
        (
            "{place}修路征用承包地{n}亩，补偿款{money}元未足额发放。",
            "对{place}征地青苗补偿面积有异议，少量{n}亩。",
        ),
    ),
    Subject(
        "road.repair",
        ("transport", TOWNSHIP),
        ("通往{place}的道路破损{n}公里，雨天无法通行，请求修复。", "{place}路段路灯不亮已{n}个月，夜间出行危险。"),
    ),
    Subject(
        "education.place",
        ("education",),
        ("孩子到入学年龄，{place}学区划分不合理，申请就近入学。", "{place}小学附近托管班收费{money}元，请求规范。"),
    ),
    Subject(
        "welfare.allowance",
        ("civil-affairs", TOWNSHIP),
        ("家中{n}口人，主要劳动力患病，申请低保被退回，请求核实。", "{place}村民反映低保金停发{n}个月，未告知原因。"),
    ),
    Subject(
        "housing.property-management",
        ("housing", "urban-management"),
        (
            "{place}小区物业收取物业费{money}元，电梯停运{n}天无人维修。",
            "{place}小区公共维修资金使用未公示，要求公开账目。",
        ),
    ),
    Subject(
        "health.care",
        ("health",),
        ("在{place}卫生院就诊收费{money}元，认为收费不合理。", "医保报销材料退回{n}次，请求明确所缺材料。"),
    ),
    Subject(
        "agriculture.subsidy",
        ("agriculture", TOWNSHIP),
        (
            "{place}合作社种粮补贴{money}元未到账，同村他户已领。",
            "{place}灌溉渠道淤塞，{n}亩水田无法浇灌。",
        ),
    ),
    Subject(
        "police.report",
        ("police",),
        ("在{place}被骗{money}元，报案{n}个月没有答复。", "{place}路口停车混乱，希望增设标志。"),
    ),
    Subject(
        "market.consumer",
        ("market-regulation",),
        ("在{place}商场购买家电{money}元，商家拒绝退货。", "{place}健身房关门，预付卡余额{money}元无法退还。"),
    ),
    Subject(
        "water.supply",
        ("water", TOWNSHIP),
        ("{place}自来水每天停供{n}小时，请求解决。", "{place}河道堤岸垮塌{n}米，汛期有危险。"),
    ),
    Subject(
        "veterans.treatment",
        ("veterans",),
        ("退役后安置手续办理{n}个月未完成，请求落实待遇。", "优抚补助{money}元本年度未发放，请求核查。"),
    ),
)

PLACES = ("东关", "西河湾", "南塘", "北门", "新桥", "龙泉", "枫林", "石榴园", "百花", "太平", "红旗", "金湖", "桃源")
SURNAMES = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严金魏姜谢邹苏潘葛范彭鲁马方任袁柳史唐"
GIVEN = "建国志强文明晓东海燕丽华玉兰俊杰永平春生国庆美玲秀英德胜振宇思远家豪雅琴立新成刚凤霞长林"
STEPS = (
    "现场核查",
    "调阅档案",
    "与信访人沟通",
    "组织协调会",
    "征求法律意见",
    "联系有关企业",
    "入户走访",
    "研究处理方案",
    "核对账目",
    "现场测量",
)
ANSWERS = {
    "support": "经核查，您反映的{place}有关问题属实，我单位支持您的请求，将在规定期限内落实。",
    "support_in_part": "经核查，您反映的{place}问题部分属实，其中{n}项予以支持，其余依据不足。",
    "explain": "经核查，{place}事项现行政策已有规定，现将第{n}项依据和办理途径向您说明。",
    "not_support": "经核查，您关于{place}的请求缺乏事实依据，不予支持。",
}


def fill(rng: Random, text: str) -> str:
    return text.format(place=rng.choice(PLACES), n=rng.randint(2, 30), money=rng.randrange(800, 98000, 50))


def full_name(rng: Random, taken: set[str]) -> str:
    """A name of three characters that nobody else in this simulation bears."""
    while True:
        name = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)
        if name not in taken:
            taken.add(name)
            return name


def petition(rng: Random, subject: Subject, name: str) -> tuple[tuple[str, str], ...]:
    """The sealed values of an arrival: who, how to reach them, and what they wrote."""
    return (
        ("petitioner_name", name),
        ("petitioner_contact", f"1990000{rng.randint(0, 9999):04d}"),
        ("text", fill(rng, rng.choice(subject.texts))),
    )
