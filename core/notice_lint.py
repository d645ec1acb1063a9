"""Refuses notices that say nothing: vague words without a cause beside them, nothing at all, or far too much."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

#: Shortest and longest notice, in characters: a phone shows about six hundred without scrolling twice.
SHORTEST, LONGEST = 8, 1200
#: Letters of Chinese, or words of English, that a cause has at the least: 机房断电, "power cut".
_CAUSE_LETTERS, _CAUSE_WORDS = 3, 2

_VAGUE = re.compile(
    r"技术(问题|原因|故障)|系统(升级|维护|故障|异常|繁忙)|网络(原因|问题|异常|波动)|稍[后候]再?试|不可抗力|"
    r"出现?了?(一?[点些])?小?(问题|状况)|服务器?(异常|故障)|"
    r"technical (issue|problem|difficult|reason|fault)\w*|system (upgrade|error|issue|maintenance|problem)s?|"
    r"network (issue|problem|error|reason)s?|(please )?try again later|something went wrong|unforeseen \w+|"
    r"some (issue|problem)s?",
    re.IGNORECASE,
)
#: Words that surround a cause in every excuse and are none.
_FILLER = re.compile(
    r"由于|因为?|原因|所致|导致|目前|现在|暂时|临时|暂停|停止|无法|不能|使用|访问|下单|点餐|订餐|平台|系统|服务器?|业务|我们|你们|您|"
    r"大家|各位|同学们?|用户|请|敬请|谅解|抱歉|对不起|带来|造成|不便|耐心|等待|正在|已经|紧急|尽快|抢修|修复|处理|恢复|"
    r"工程师|技术人员|感谢|理解|支持|[的了是在和与及中出现发生有些点]",
)
_FILLER_WORD = re.compile(
    r"(?:a|an|the|we|us|our|you|your|is|are|was|were|be|been|has|have|had|to|of|for|with|by|on|in|at|and|or|it|"
    r"its|this|that|due|because|experiencing|currently|now|temporarily|unavailable|platform|service|services|"
    r"system|sorry|apologise|apologize|inconvenience|please|thank|thanks|patience|understanding|working|fix|"
    r"fixing|soon|possible|as|there|some|any|caused|cause|down|issue|issues|problem|problems)",
    re.IGNORECASE,
)
# Not the comma: the cause may stand in the clause before the vague word.
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z0-9_:/]+")


class FaultKind(StrEnum):
    """Why a notice is refused."""

    VAGUE = "vague"
    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a notice."""

    kind: FaultKind
    #: the words that are wrong; "" when it is the whole
    words: str = ""


def faults_of(notice: str) -> list[Fault]:
    """Everything wrong with a notice, in the order it is read; empty = it may be told."""
    said = notice.strip()
    faults = [
        Fault(FaultKind.VAGUE, found[0])
        for sentence in _SENTENCE_END.split(said)
        if (found := _VAGUE.search(sentence)) and not _has_cause(_VAGUE.sub(" ", sentence))
    ]
    if len(said) < SHORTEST:
        faults.append(Fault(FaultKind.SHORT))
    if len(said) > LONGEST:
        faults.append(Fault(FaultKind.LONG))
    return faults


def is_vague(reason: str) -> bool:
    """Whether a reason says nothing: no word of it is left once excuses are taken away."""
    rest = _VAGUE.sub(" ", reason)
    if rest != reason:
        return not _has_cause(rest)
    return not (_HAN.search(reason) or _WORD.search(reason))


def _has_cause(rest: str) -> bool:
    rest = _FILLER.sub("", rest)
    words = [word for word in _WORD.findall(rest) if not _FILLER_WORD.fullmatch(word)]
    return len(_HAN.findall(rest)) >= _CAUSE_LETTERS or len(words) >= _CAUSE_WORDS
