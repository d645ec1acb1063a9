"""Measure words, and how the names of dishes end: what tells something to eat from anything else."""

from __future__ import annotations

from typing import Final

#: measure words; a menu adds its own
UNITS: Final = frozenset(
    "份碗杯个瓶盒罐听桶袋包根串笼屉张套块只支条锅盘碟提颗粒片枚板箱壶扎例客筒卷把勺盅煲钵斤筐排副盆捆篮摞枝件"
)
#: units of food that make an unknown word beside them an order
FOOD_UNITS: Final = frozenset("份碗杯瓶盒罐听桶串笼屉锅盘碟例客壶扎煲盅打")
#: units of anything: an unknown word beside one of them is a dish only if it ends like one, or beside known dishes
LOOSE_UNITS: Final = frozenset("个只根包袋条支块片张提筒套颗斤对双")
#: without one of these a name is another dish's, not a misspelt one: 红烧肉面 is not 红烧牛肉面
DISTINCTIVE: Final = frozenset(
    "牛羊猪鸡鸭鹅鱼虾蟹蛋肉菜豆瓜茄椒笋菇藕薯芋米面粉糯奶茶咖果梅桃莓橙柠檬梨枣栗杏桔葡榴芒椰桂红绿黑白青紫黄冰热辣酸甜咸麻"
    "大小双单三四五六七八九十素荤全半特"
)
#: how names of dishes end
DISH_ENDINGS: Final = frozenset(
    "饭面粉粥汤饼包茶奶鸡鸭鹅鱼肉虾蟹蛋糕饺串酒水汁果糖锅烫卷排丸酥派冰堡条团腐菜瓜豆椒爪翅腿肠馍馒糍粑圆芋"
    "薯啡乐碧达露饮浆酪酸奶冻沙挞挞司鲜丝丁片块煲羹馄饨抄皮螺蚝贝笋菇藕萝卜柿淋治狗"
)
