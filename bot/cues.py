"""Words that say the same thing to the learned heads: "an advisor", "your supervisor" and "主管" are all somebody to talk to.

Without them a head knows only the words that it was taught; with them it knows sentences of the same build. Written by us.
"""

from collections.abc import Iterator, Mapping, Sequence

_WORDS: Mapping[str, str] = {
    "who": (
        "person people human humans someone somebody anyone anybody agent agents representative representatives rep reps operator "
        "advisor adviser advisors advisers staff colleague colleagues specialist specialists supervisor supervisors manager managers "
        "boss executive consultant expert experts csr superior employee employees assistant technician receptionist reception "
        "some_one any_one sm1 some1 team_member staff_member member_of_staff customer_service customer_support customer_care "
        "support_team support_staff support_agent human_being in_charge your_team service_desk help_desk hotline "
        "人工 真人 活人 客服 专员 专人 坐席 座席 主管 经理 领导 负责人 老板 店长 接线员 工作人员 同事 人员 服务员 管事的 懂行的 "
        "有人 找人 叫人 换人 来人 派人 让人 某人 技术员 顾问 前台"
    ),
    "real": "real live actual living human_ normal breathing 真 活的 真正的 真实的",
    "talk": (
        "talk speak chat discuss converse speaking talking chatting have_a_word word_with connect connected transfer transferred "
        "escalate forward redirect reach get_through put_through put_me_through pass_me hand_me switch_me contact get_in_touch "
        "说 聊 谈 沟通 讲 对话 说话 交流 通话 转接 转到 接通 接到 转给 找 叫 换 喊 联系 联络 转 接"
    ),
    "call": "call phone ring callback call_me call_back calling ring_me phone_me 回电 打电话 来电 回个电话 打给 致电 电话联系",
    "bot": "bot bots robot robots robotic machine computer chatbot automated automatic ai 机器人 机器 智能客服 自动回复 程序 ai客服",
    "thing": (
        "policy insurance account accounts card lease plan booking reservation beneficiary driver passenger order room ticket money "
        "save pay sign pick_up parcel delivery 账户 账号 保单 保险 受益人 副卡 订单 签收 驾驶 收货 联系人 保人 房间 车票 快递 别人 家人"
    ),
    "job": "become job jobs hiring career commission estate salary recruit 成为 招聘 招 代理 佣金 加盟 兼职",
    "hours": "hours open available weekend weekends number 24_7 holiday holidays 几点 上班 下班 号码 时间 周末 节假日",
    "past": "yesterday told said spoke talked promised already earlier last_week 昨天 上次 说过 已经 刚才 之前 告诉我",
    "no": "not no never nobody none without nope 不 别 没 没有 无需 不用 不要 未",
    "me": "me i i_am my mine us we our 我 我们 咱",
    "you": "you your yours u ur 你 你们 您 贵公司 你家 你们家",
    "want": "want need would_like like_to prefer rather wanna let_me give_me get_me id_like 要 想 想要 需要 给我 让我",
    "ask": "what how why when where which who 怎么 什么 为什么 多少 如何 哪里 几点 吗 多久 哪 几 谁 怎样 为何",
    "may": "can could may is_it are_there is_there do_you does will 能 可以 能不能 可不可以 能否 可否 是否 有没有",
    "do": (
        "please cancel change book send move return reserve activate block update delete add remove refund replace schedule arrange "
        "resend transfer_me close open set turn order buy renew 帮我 帮忙 麻烦 请 取消 修改 预约 预订 订 退掉 申请 办理 开通 关闭 关掉 "
        "注销 安排 寄 查一下 替我 改到 续费 开一张 补办 更换 给我查"
    ),
    "idea": (
        "suggest suggestion suggestions recommend_that idea ideas consider considered would_be_nice would_be_great be_nice be_great "
        "be_useful be_helpful be_good should_add you_should you_could you_might might_want wish hope would_love love_to_see perhaps "
        "maybe why_not what_about in_the_future next_version feature feature_request improve improvement could_be better_if thought_about "
        "bring_back would_help should_come let_customers let_us instead_of ought_to "
        "建议 希望 要是 如果 就好了 更好 会更 最好 考虑 可以考虑 不妨 改进 优化 增加 增设 意见 提个 何不 多加 多设 精简 简化 期待 "
        "推出 应该 支持 下个版本 方便多 清楚很多 能加 加个 出个 要不要"
    ),
    "good": (
        "great good excellent fantastic amazing wonderful awesome perfect lovely nice best brilliant outstanding superb love loved loves "
        "adore adores happy pleased satisfied impressed grateful helpful kind friendly professional delicious fast quick quickly smooth "
        "smoothest easy fair neat clean polite patient recommend recommended angel star stars five_stars kudos bravo compliments enjoy "
        "enjoyed beautiful thankful appreciate appreciated comfortable reliable tasty fresh works_perfectly just_works well_done good_job "
        "made_my_day on_time gem delighted thrilled happier flawless definitely_be_back be_back buy_again "
        "好 棒 赞 满意 喜欢 不错 耐心 专业 贴心 热心 热情 亲切 给力 靠谱 好评 五星 点赞 表扬 感谢 感激 推荐 大推 好吃 好喝 好用 舒服 干净 "
        "划算 超值 物超所值 回购 神速 很快 超快 漂亮 完美 优秀 值得 爱了 惊喜 负责任 进步 放心 良心 搞定 周到 细心 用心 好多了 再来 还会来 "
        "不愧 没话说 没得说 暖心 高效 精致 实惠 正宗 美味"
    ),
    "bad": (
        "bad poor terrible horrible awful worst disgusting unacceptable rude slow broken late damaged dirty cold wrong useless pathetic "
        "disappointed disappointing unhappy angry furious annoyed annoying frustrated frustrating ridiculous joke rubbish garbage trash "
        "mess ignored ignoring lied lying lies cheated overcharged overbilled charged_twice complain complaint complaints fed_up sick_of "
        "waste scam fraud rip_off disgrace disgraceful outrageous unfair incompetent condescending not_happy not_good not_satisfied "
        "not_impressed never_again fell_apart nobody no_one no_show never_came crap cheap noisy smelly stale let_down shame excuses "
        "unprofessional dishonest refuse refuses refused rejected couldnt_care hung_up on_hold still_waiting not_acceptable failed fail "
        "shouting careless lousy worse hate dreadful appalling without_notice without_asking without_telling again_and_again done_with "
        "putting_up "
        "差 烂 坏 破 慢 脏 坑 骗 失望 不满 不满意 生气 气死 愤怒 恶心 恶劣 投诉 举报 曝光 太差 垃圾 离谱 过分 敷衍 推卸 推脱 踢皮球 "
        "没人管 没人理 不理 不负责 欺骗 欺诈 忽悠 霸王条款 无语 服了 难看 难吃 难用 难受 不好 不行 不值 不合理 不守信 不耐烦 不舒服 "
        "不接受 不认可 态度差 素质 冷淡 骗人 骗子 黑心 无良 缺德 扣我 乱收费 乱扣 多扣 擅自 偷偷 莫名其妙 阴阳怪气 刁难 强行 脸色 "
        "拖 催 还没 白等 放鸽子 假货 次品 劣质 受够 忍 差评 退钱 跑路 倒闭 打碎 洒 烫 吵 异味 凉的 糟糕 糟 气人 火大 坑人 不退 不赔 "
        "害我 搞什么 什么意思 合理吗 有没有搞错 当机 卡死 闪退 崩溃 瑕疵"
    ),
    "harm": (
        "stolen stole hacked scammed fraudster fire smoke gas leak flooding injured hurt collapsed swallowed emergency unauthorised "
        "unauthorized draining poisoned bleeding ambulance sparks burning danger dangerous trapped stuck "
        "盗 被盗 盗刷 被骗 诈骗 泄漏 外泄 漏电 着火 起火 冒烟 冒火花 受伤 晕倒 误食 吞下 吞 困 中毒 流血 煤气 瓦斯 燃气 报警 被偷 偷了 挂失"
    ),
    "now": (
        "now asap immediately urgent urgently right_now hurry emergency today tonight as_soon_as within_the_hour deadline minutes "
        "right_away straight_away this_minute at_the_gate at_the_airport at_the_checkout boarding departs leaves_in quick_help "
        "马上 立刻 立即 赶紧 赶快 尽快 急 很急 着急 加急 急用 紧急 今天之内 今天就 来不及 登机 在线等 正在 刚刚 现在就 快点 救命 快 "
        "半小时 两小时 一小时"
    ),
    "thanks": "thanks thank thank_you thx ty cheers 谢谢 多谢 谢",
}  # fmt: skip

CUES: Mapping[str, str] = {word.replace("_", " ").strip(): cue for cue, words in _WORDS.items() for word in words.split()}
"""A word, a phrase of at most three, or at most four Chinese characters, and what it stands for."""
_LATIN_MAX, _HAN_MAX = 3, 4
NEAR = 3
"""Words between two cues that still belong together."""


def cues(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """The cues of a text in their order, each with its words; "." stands where more than a few words lie between two of them."""
    found: list[tuple[str, str]] = []
    gap = 0
    for cue, words in _read(tokens):
        if not cue:
            gap += 1
            continue
        if gap > NEAR and found:
            found.append((".", ""))
        found.append((cue, words))
        gap = 0
    return found


def _read(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    start = 0
    while start < len(tokens):
        is_han = tokens[start] >= "\u3400"
        for size in range(_HAN_MAX if is_han else _LATIN_MAX, 0, -1):
            words = ("" if is_han else " ").join(tokens[start : start + size])
            if cue := CUES.get(words):
                yield cue, words
                break
        else:
            size = 1
            yield "", ""
        start += size
