"""Made-up reports in Chinese: a place, a thing, what is wrong with it, and what is asked."""

from __future__ import annotations

import random

TOWNS = ("环北街道", "河西街道", "锦江街道", "灯塔街道", "坝黄镇", "云场坪镇", "漾头镇", "桐木坪乡", "滑石乡", "和平乡")
ROADS = ("北门路", "锦江北路", "滨河大道", "解放路", "文昌街", "东太大道", "清水大道", "民主路", "人民路", "花果山路")
PLACES = ("农贸市场门口", "小学南侧", "公交站旁", "小区三号楼下", "十字路口", "人民医院对面", "河堤步道", "停车场入口")
THINGS = ("排水井", "井盖", "路灯", "垃圾桶", "护栏", "消火栓", "行道树", "人行道地砖", "交通标志牌", "电缆井")
TROUBLES = (
    "水位超警，路面积水约二十米，车辆无法通行",
    "破损松动，夜间行人多次被绊倒",
    "连续三天不亮，老人出行不便",
    "堆放建筑垃圾，气味难闻，苍蝇很多",
    "被占用摆摊经营，油烟很大，影响居民休息",
    "深夜仍在施工，噪声扰民，已多次劝阻无效",
    "倾斜开裂，担心倒下砸到行人和车辆",
    "供水压力不足，早晚高峰停水",
)
ASKS = ("请尽快派人处理。", "希望相关部门到现场核实。", "请回复处理结果。", "要求今天之内解决。", "请给出整改时间表。")


def report(dice: random.Random) -> tuple[str, str, str]:
    """Title, description and address."""
    town, road, place = dice.choice(TOWNS), dice.choice(ROADS), dice.choice(PLACES)
    thing, trouble = dice.choice(THINGS), dice.choice(TROUBLES)
    house, tag = dice.randint(1, 399), f"{dice.choice('ABCD')}-{dice.randint(100, 999)}"
    title = f"{road}{place}{thing}{tag}{trouble.split('，', maxsplit=1)[0]}"
    description = f"{town}{road}{house}号附近，{place}的{thing}（编号 {tag}）{trouble}。{dice.choice(ASKS)}"
    return title, description, f"{town}{road}{house}号"
