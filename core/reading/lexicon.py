"""The words of the language, as opposed to those of a menu: what each says about the talk around it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar, Final

from core.reading.constants import Constants
from core.reading.lexicon_english import ENGLISH_PHRASES
from core.reading.lexicon_talk import TALK_WORDS


class Word(Constants):
    """What a word of the language does in a message."""

    FILL: ClassVar[Word]  # politeness and particles: says nothing
    WANT: ClassVar[Word]  # orders: 来, 要, 帮我点, i'd like
    POLITE: ClassVar[Word]  # orders in the form of a question: 可以帮我点
    WISH: ClassVar[Word]  # may order: 想吃
    AGAIN: ClassVar[Word]  # orders more: 再来
    CONN: ClassVar[Word]  # joins two things: 和, 还有, and
    WITH: ClassVar[Word]  # what follows belongs to the thing before: with, topped with
    SIDE: ClassVar[Word]  # what follows is a thing of its own: a side of
    RESPECTIVELY: ClassVar[Word]  # 分别: the numbers that follow count the items before, in order
    ALL: ClassVar[Word]  # spreads a wish or number: 都, 各
    OTHER: ClassVar[Word]  # the rest of a number: 另一杯, 剩下的
    NO: ClassVar[Word]  # 不要 X
    MORE: ClassVar[Word]  # 多 X
    LESS: ClassVar[Word]  # 少 X
    ADD: ClassVar[Word]  # 加 X
    DROP: ClassVar[Word]  # takes a thing back: 不要了, 去掉
    SWAP: ClassVar[Word]  # puts another in its place: 换成
    OOPS: ClassVar[Word]  # corrects what was just said: 不对, 口误
    RESTART: ClassVar[Word]  # what was said before it is void: 重新来
    WAIT: ClassVar[Word]  # 等等: corrects where it stands alone
    EITHER: ClassVar[Word]  # A 或者 B: one of them, which nobody can know
    STILL: ClassVar[Word]  # 还是: corrects after something was said
    ENOUGH: ClassVar[Word]  # 就够了: the number before it is the one that counts
    SAME: ClassVar[Word]  # 同上: points at another order
    CANCEL: ClassVar[Word]  # takes a stored order back
    STATUS: ClassVar[Word]  # asks where an order is
    ORDERED: ClassVar[Word]  # names an order or delivery: 外卖, 订单
    MENU: ClassVar[Word]  # asks what there is or what it costs
    STOCKED: ClassVar[Word]  # asks for a dish: 有没有, 还有
    ASK: ClassVar[Word]  # makes a question of it: 吗
    HELP: ClassVar[Word]  # asks how to order
    PAST: ClassVar[Word]  # tells of what was: 吃了, 昨天
    CHAT: ClassVar[Word]  # talk: opinions, other people, other things
    NOTE: ClassVar[Word]  # opens a note: 备注
    GOODS: ClassVar[Word]  # things that come along and are no dish: 筷子
    DELIVER: ClassVar[Word]  # how and when to bring it
    CATEGORY: ClassVar[Word]  # a kind of food no menu line is called by: 饮料
    DISH: ClassVar[Word]  # such a kind, where the menu has nothing of it
    PAID: ClassVar[Word]  # 已付: list keeping
    UNIT: ClassVar[Word]  # a measure word
    NUMBER: ClassVar[Word]  # a number word of English
    NEGATIVE: ClassVar[Word]  # 负: the number after it is below zero


_WORDS: Final[dict[Word, str]] = {
    Word.FILL: """
        老板娘 这里 那里 一点 一点儿 一点点 点儿 一些 的 了 吧 啊 呀 哦 噢 喔 嗯 额 呃 哈 啦 嘛 哟 哒 呗 诶 欸 哎 呢
        么么 咯 哇 嘞 喽 哩 我 俺 咱 咱们 我们 是 就 先 也 那 那个 这个 这 一下 麻烦 麻烦你 谢谢 谢 谢啦 谢谢啦
        谢谢老板 多谢 谢了 感谢 3q thx 辛苦 辛苦了 辛苦啦 拜托 拜托了 请 老板 老板好 店家 亲 你好 您好 哈喽 嗨 嘿
        在吗 师傅 大哥 帅哥 美女 小哥 阿姨 管理员 机器人 小助手 群主 团长 楼长 今天 今晚 中午 晚上 早上 早餐 午餐
        晚餐 午饭 晚饭 夜宵 宵夜 早饭 现在 下午 下午茶 一共 总共 合计 共 就行 就好 就可以 就可以了 就行了 即可
        就这些 就这样 这样 这些 可以 行 好的 好 ok okay 嗯嗯 接龙 拼单 拼团 拼 开团 凑单 组团 统计 汇总 名单 系列
        点单 一起拼 味 味的 口味 规格 做成 做 还 吃 喝 直接 随便 按 给 算 又 顺便 顺带 就要 只 只要 单点 正常 普通
        默认 原样 要求 需要 放 里面 里 上 a里 份量正常 那就 那我 我就 其实 主要 一律 因为 所以 但是 但 不过 刚好
        就够了 够了 就够 团 噻 撒 嗷 咧 呐 嘅 啰 喃 老板儿 室友 老师 同学 数量 菜名 菜品 品名 点餐人 份数 名称 商品
        店铺 内容 好饿 饿死 饿死了 饿了 馋了 馋死了 好馋 饿 重点 救命 速速 拜托拜托 侬好 侬 唔该 俺们 给我们
        我们寝室 我们宿舍 咱寝室 咱宿舍 全寝 全宿舍 全体 一人 上面 上面的 开会用 聚餐用 聚会用 班会用 活动用 周一
        周二 周三 周四 周五 周六 周日 星期一 星期二 星期三 星期四 星期五 那个什么 那什么 不该 前面 前面的 后面
        后面的 下面 下面的 不好意思 不急 不着急 不客气 没事 没关系 请问 在这里 明早 续命 兄弟 兄弟们 姐妹 姐妹们
        哥们 姐们 家人们 宝子 宝贝 宝 各位 麻溜 麻溜的 暖暖 滴
    """,
    Word.WANT: """
        要 来 来个 点 点个 整 搞 弄 订 定 下单 想要 我要 给我 给我来 给来 来上 来点 我点 我来 帮我点 帮我订 帮我来
        帮我要 帮我拿 帮我下单 帮我带 帮点 帮订 帮带 帮忙点 帮忙带 麻烦来 请给我 我想要 想点 我想点 我想订 想来
        我想来 要一下 要了 上 得来 先来 先要 还是要 就来 就要 给我整 给整 整上 整个 整点 搞个 弄个 弄点 搞点 买 我买
        帮我买 预订 预定 拿 得要 要点 带 捎 安排 安排上 走起 代买 下一单 点一下 点餐 订餐 嘬 炫 求个 跪求 恰 恰个 蹲
        蹲个 整起来 搞起来 点起来 干饭
    """,
    Word.WISH: "想吃 想喝 我想吃 我想喝 好想吃 好想喝 吃个 喝个 吃点 喝点 吃 喝",
    Word.AGAIN: """
        再来 再要 再加 再点 再给我 再给我来 再整 再搞 再弄 再拿 还要 还想要 还来 另要 另来 另加 另外要 另外来 另外加
        再多来 再多要 再添 加一单 再上 再带 再订 多来 也来 也要 我也要 我也来
    """,
    Word.CONN: "和 跟 与 及 以及 还有 加上 另外 然后 外加 再 并 同时 此外 最后 、 & +",
    Word.WITH: "",
    Word.SIDE: "",
    Word.ALL: """
        都 全部 全都 全 各 每 每样 每个 每份 每杯 每种 各来 各要 各点 各种 各自 统一 通通 统统 一律 都要 都来 全要
        都是 都给我 都做 都得 全部要 各样 一样来 每样来 每样要 一样要
    """,
    Word.RESPECTIVELY: "分别 分别要 分别来 分别是 依次",
    Word.OTHER: "另 其中 剩下 剩下的 其他 其他的 其余 其余的 另外的 剩余 其它 其它的",
    Word.NO: """
        不要 不要放 不放 别放 别加 免 去 走 不加 不用 不用放 不吃 勿放 勿加 免放 千万别放 千万不要 千万别加
        一点都不要 无 别 不用加 不需要 去除 不想要 忌 不能吃 免加 莫放 莫要 莫加 不得放 请勿放 甭放 别给我放 不必放
    """,
    Word.MORE: """
        多一点 多一些 多些 多一点点 多点儿 再多一点 多 多放 多加 多要 多给 多来 多点 多放点 多加点 多多 双倍 加倍
        超多
    """,
    Word.LESS: """
        少要 少来 少拿 少一点 少一些 少些 少一点点 少点儿 再少一点 少 少放 少加 少点 少放点 少加点 少来点 少许 微
        不要太 别太 不太 不要那么 别那么
    """,
    Word.ADD: "加 加个 加份 加点 添 放点 加一份 加一个 配 换",
    Word.DROP: """
        不要了 不用了 去掉 去了 取消掉 删掉 删了 删除 划掉 撤掉 退掉 不点了 不来了 不要啦 别要了 去除掉 拿掉 减掉
        算了不要了 算了不要 先不要了 就不要了 不订了 不买了 免了 撤了 去掉吧 扣掉 剔除 不吃了 不喝了 不加了 别加了
        别放了 不放了 不用加了 不用放了 取消了 取消吧 不需要了 退出 退团 弃权 不参加 不参加了 放弃 撤销 退出了 弃
    """,
    Word.SWAP: """
        换成 改成 改为 换为 改要 换个 换作 改 变成 换一个 换一份 换 替换成 更换为 调成 调整为 改到 改做 改点
    """,
    Word.OOPS: """
        算了 不对 错了 说错了 打错了 点错了 写错了 口误 更正 更正一下 纠正 纠正一下 说错 打错 哦不 噢不 啊不 啊不是
        哦不是 不不 不不不 不是不是 不是 不对不对 搞错了 弄错了 手滑 手误 重新来 重来 重新点 我改一下 改一下
        修改一下 修改 改下 更改 等等不对 等下不对 错啦 说岔了 记错了 看错了 应该是 不不是 算了算了 算了还是 啊错了
        重新下单 发错了 点错啦 作废
    """,
    Word.EITHER: "或者 或 或是 要么",
    Word.RESTART: """
        重新来 重来 重新点 重新下单 重新发 重发 重发一遍 重新发一遍 发错了 点错了 打错了 写错了 说错了 作废 重点一遍
        重新点一下 重新点一遍 重新报一下 再发一遍 再发一次
    """,
    Word.ENOUGH: "就够了 就够 够了 就行 就行了 就可以了",
    Word.WAIT: "等下 等一下 等等 等等等 稍等 等会 慢着",
    Word.STILL: "还是 要不 要不还是 要不然 还是要 还是来 还是点 还是换",
    Word.SAME: """
        同上 一样 一样的 跟楼上一样 和楼上一样 同楼上 跟上面一样 和上面一样 跟前面一样 和前面一样 跟他一样 和他一样
        跟她一样 和她一样 跟他们一样 同款 老样子 跟昨天一样 和昨天一样 跟上次一样 和上次一样 照旧 照上次 照昨天
        照着上次 照楼上 同前 楼上+1 如上 复制楼上 跟上一个一样 和上一个一样 和刚才一样 跟刚才一样 跟刚刚一样 同样的
        同样 再来一单 再来一次 老规矩 跟前一位一样 和前面那个一样 跟前面那个一样 跟上 楼上同款 同一楼 跟一个 照样
        照样来 跟团 老三样 跟之前一样 和之前一样 像上次一样 像昨天一样 跟他要一样的 和他要一样的 跟她要一样的
        要一样的
    """,
    Word.CANCEL: """
        取消 取消订单 取消我的 撤单 退单 撤销 取消下单 取消掉 我要取消 帮我取消 不想要了 我不要了 我不点了 不点了
        退了 退掉 退款 把单退了 撤回订单 取消刚刚点的 取消刚才点的 取消刚点的 退订 取消这单 取消那单 取消上一单 撤回
        取消吧 单子取消 订单取消 帮我退 帮我退了 帮我撤了 撤了 别做了 先别做 删单 弃单 不订了 订单不要了 单子不要了
        刚才的单不要了 刚才点的不要了 刚刚点的不要了 刚点的不要了
    """,
    Word.STATUS: """
        到哪 到哪了 到哪儿了 到哪里了 送到了吗 送到没 送到了没 送到没有 送来了吗 到了吗 到了没 到没 送了吗 还没到
        还没送到 还没送来 怎么还没到 怎么还没送到 怎么还没送来 怎么还没送 还没来 怎么还不来 怎么还不到 怎么还不送
        还不来 还不到 什么时候到 什么时候送到 什么时候能到 什么时候送 什么时候来 几点到 几点能到 几点送到 几点送
        多久到 多久能到 还要多久 多久送到 多长时间到 还有多久 什么状态 啥状态 订单状态 订单进度 进度 催单 催一下
        催催 催一催 帮我催 做好了吗 做好没 做好了没 出餐了吗 出餐没 配送到哪 查订单 查单 查一下订单 查下订单
        查看订单 订单查询 看看订单 送出了吗 接单了吗 接单没 接单了没 下单成功了吗 下单成功没 点上了吗 点上没
        记上了吗 记上没 收到订单了吗 订上了吗 订上没 开始送了吗 啥时候到 啥时候送到 啥时候能到 啥时候来 啥时候送
        怎么这么慢 配送中 骑手在哪 到楼下了吗 到楼下没 快到了吗 快到没 啥情况 什么情况 怎么样了 咋样了 到底啥时候
        卡住了吗 好了没 好了吗 好没 好了没有 做好没有
    """,
    Word.ORDERED: """
        外卖 订单 单子 我的单 我点的 我订的 我的餐 我的外卖 我的饭 骑手 配送员 我那单 我下的单 下的单 这单 我的 饭
        餐 点的 订的 外卖小哥 东西 单号 奶茶到 我的订单
    """,
    Word.MENU: """
        菜单 菜谱 餐单 价目表 价格表 价格 价钱 多少钱 几块 几块钱 几元 多钱 咋卖 怎么卖 啥价 什么价 啥价格 什么价格
        有啥 有什么 都有啥 都有什么 有哪些 都有哪些 有什么吃的 有啥吃的 有什么喝的 有啥喝的 有什么可以点 有什么能点
        能点什么 能点啥 可以点什么 可以点啥 可以点哪些 卖什么 卖啥 卖完了没 卖完了吗 卖完没 卖光了吗 卖光了没
        售罄了吗 售罄 没货了吗 还有货吗 有货吗 有货没 还有没有 还剩 还剩多少 剩多少 几点关门 几点开门 营业吗 开门吗
        开门了吗 还营业吗 还开吗 关门了吗 打烊 打烊了吗 贵吗 多少一份 多少一杯 多少一个 多少一瓶 一份多少 一杯多少
        一个多少 一瓶多少 什么口味 哪些口味 有几种 几种口味 都有什么口味 有什么口味 有啥口味 看看菜单 发下菜单
        发个菜单 发一下菜单 开着吗 还卖吗 还有卖 有卖 有得卖 卖不卖 几点能点 几点截止 最晚几点 最晚几点能点餐
        还能下单吗 还能点吗 能下单吗 还能点餐吗 还接单吗 几点下班 几点打烊 几点上班 几点结束 几点关 供应吗 还供应
        缺货吗 缺货没 多少元 要多少 得多少 卖多少 是多少钱 开门没 营业没 开门了没 价格一样吗
    """,
    Word.STOCKED: """
        有没有 还有 有 还能点 能点 可以点 可以加 能加 能不能加 可不可以加 能不能点 可不可以点 还卖 卖 有无 能做
        可以做 能不能做 可不可以做 能换 可以换 能不能换 可不可以换 能放 可以放
    """,
    Word.ASK: """
        吗 么 没 没有 不 咩 没了 木有 是不是 能不能 可不可以 行不行 是多少 有没有 能不能点 可不可以点 能不能加
        可不可以加 有无
    """,
    Word.HELP: """
        帮助 使用说明 怎么点 怎么点餐 怎么下单 怎么订 怎么订餐 怎么用 怎么使用 怎么操作 怎么取消 怎么改 怎么付款
        怎么付钱 怎么支付 如何点 如何点餐 如何下单 如何使用 如何付款 如何取消 下单格式 点餐格式 点单格式 什么格式
        格式 格式是什么 教程 说明书 说明 指令 命令 有哪些命令 咋点 咋点餐 咋下单 咋用 咋弄 咋订 怎么弄 怎么个点法
        怎么在这点 怎么在群里点 怎么买 使用方法 操作说明 怎么下 怎样点餐 怎样下单 怎样点 怎样订餐 新手 第一次用
        不会用 不会点 不会下单 这个怎么用 功能 可以干嘛 能干嘛 点餐流程 下单流程 流程 怎么接龙 怎么报 怎么报名 规则
        怎么写 怎么填 怎么发 怎么接 咋写 咋填 怎么下订单 怎么预定 怎么预订 咋下订单 格式是啥 啥格式 格式是什么样
    """,
    Word.NOTE: "备注 注 备注一下 附言 留言",
    Word.GOODS: """
        筷子 勺子 勺 叉子 吸管 餐具 一次性餐具 袋子 塑料袋 醋包 辣椒包 酱包 番茄酱包 手套 一次性手套 小票 发票
        纸巾包 餐巾纸 杯套 打包盒 盖子 保温袋 冰袋
    """,
    Word.DELIVER: """
        帮忙 宿管阿姨 宿管 门卫 门卫室 保安 保安亭 传达室 鞋柜 鞋架 人不在 不在就 不在 打不通 没人接 送到 送 送来
        送上来 送上楼 送去 送过来 放 放到 放在 放门口 门口 门把手 挂门上 敲门 别敲门 不要敲门 地址 电话 打电话
        别打电话 尽快 快点 快一点 快些 速度 搞快点 急 楼下 前台 宿管那 下课 以后送 以后 之后 之前送 点前 到了 叫我
        喊我 微信联系 联系 手机号 收货人 收件人 姓名 姓 名字 自取 自提 带上来 拿上来 楼梯口 电梯口 分开装 分开 打包
        单独装 一起送 一起 趁热 别洒 轻放 付款 付 到付 货到付款 已付款 扫码 转账 微信付 支付宝 现金 尾号 号码 多久
        分钟 半小时 下课后 点半 点钟 左右 大概 别送错 别漏 别忘了 别忘 记得放 记得送 帮我放 请放 准时 早点 晚点 稍后
        一会 一会儿 待会 马上 加急 寝室 宿舍 房间 我在 住 我住 在 到 我这 这边 这里是 地址是 楼上 室友代收 代收 过敏
        趁热送 尽量快 快点送 快送 不要太甜 别太甜 不要太咸 别太咸 不要太油 别太油 不要太酸 别太酸 不要太硬 别太硬
        不要太烫 别太烫 不要太辣 别太辣 分量足点 热乎点 新鲜点 煮软点 煎老点
    """,
    Word.CATEGORY: """
        饮料 喝的 主食 小吃 甜品 套餐 奶茶 汉堡 盖饭 盖浇饭 炒饭 炒面 面条 粥 汤 咖啡 果汁 水果 零食 点心 早点 烧烤
        火锅 炸鸡 面 饭 粉 饼 米线 酸奶 冷饮 热饮 沙拉 三明治 披萨 寿司
    """,
    Word.PAID: """
        已付 已付款 已支付 已转 已转账 付了 付款了 已交 交了 转了 已收 没付 未付 未付款 未支付 没给 待付 欠
    """,
    Word.NEGATIVE: "负 负的",
}

#: how names of people begin
SURNAMES: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
#: kinds of food that no single name on a menu shows
ANY_FOOD: Final = frozenset(("饮料", "喝的", "主食", "小吃", "甜品", "零食", "点心", "早点", "水果", "冷饮", "热饮"))
#: questions put together from parts: 什么时候 + 能 + 送到
_TOGETHER: Final = (
    (
        Word.SAME,
        "跟 和 同 像 照",
        "上面 前面 楼上 上一 刚才 旁边 前 上",
        "那个 那位 一位 位 个 的 那位同学 那个人 _",
        "一样 一样的 相同",
    ),
    (
        Word.POLITE,
        "可以 能 能不能 可不可以 能否 可否 方便 有空",
        "帮我 帮忙 给我 麻烦 请 _",
        "点 来 带 订 买 下单 留 拿",
    ),
    (
        Word.STATUS,
        "什么时候 啥时候 几点 多久 多长时间 还要多久 大概多久 大概几点",
        "_ 能 会 才能 可以 才",
        "到 送到 送来 送达 来 送 好 做好 送过来 拿到 吃上",
    ),
    (
        Word.STATUS,
        "送到 送达 送 到 做好 出餐 接单 配送 下单成功 取 送出 送出来 出发 备好",
        "了 _",
        "吗 没 没有 没啊 了没 么",
    ),
    (
        Word.STATUS,
        "查 查一下 查下 看看 看下 看一下 帮我查 帮我查一下 帮我看看",
        "我的 我 一下我的 _",
        "订单 单子 单 外卖",
    ),
    (
        Word.MENU,
        "有什么 有啥 有哪些 都有什么 都有啥 都有哪些 还有什么 还有啥 还有哪些 卖什么 卖啥 都卖什么 都卖啥 "
        "卖些什么 有些什么 有些啥 供应什么",
        "_ 能 可以 可",
        "吃的 喝的 点的 菜 饮料 套餐 小吃 主食 口味 选的 选 点 甜品 奶茶 好点的 品种 _",
    ),
)


def all_words() -> Iterator[tuple[Word, str]]:
    """Every word of both languages with what it does."""
    for word, table in _WORDS.items():
        yield from ((word, surface) for surface in table.split())
    for name, table in TALK_WORDS.items():
        yield from ((getattr(Word, name.upper()), surface) for surface in table.split())
    for name, table in ENGLISH_PHRASES.items():
        yield from ((getattr(Word, name.upper()), phrase.strip()) for phrase in table.split(";") if phrase.strip())
    for word, *parts in _TOGETHER:
        for pieces in product(*(part.split() for part in parts)):
            if len(surface := "".join(pieces).replace("_", "")) > 2:
                yield word, surface
