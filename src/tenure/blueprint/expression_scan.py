"""The first, cheap look at an expression's text: its tokens, and everything that is refused before it is parsed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum, auto

from tenure.blueprint.expression_tree import Value

LONGEST_TEXT = 2000
LONGEST_NUMBER = 30
DEEPEST = 30
MOST_OPERATORS = 200

FUNCTIONS = ("abs", "round", "least", "greatest", "coalesce", "lower", "ago", "change", "over", "days_since")
KEYWORDS = frozenset(
    ["and", "or", "not", "in", "between", "is", "null", "case", "when", "then", "else", "end", "true", "false", "date"]
)
# Words of SQL that people try; they are named in the refusal instead of being called unknown measures.
_SQL = """
select from where join union having group order limit with exists any all some like ilike similar regexp rlike glob
cast try_cast convert interval distinct array struct map lambda unnest extract collate escape values xor div mod isnull
notnull
"""
REFUSED = frozenset(_SQL.split())

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>[0-9][0-9]*(?:\.[0-9]+)?(?![0-9A-Za-z_.]))
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<text>'(?:[^']|'')*')
      | (?P<symbol><=|>=|!=|<>|[=<>+\-*/(),])""",
    re.VERBOSE,
)
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")


class ExpressionError(ValueError):
    """What is wrong with an expression, at which column of its text (from 1), and the nearest right name, if any."""

    def __init__(self, message: str, column: int, nearest: str = "") -> None:
        self.message = message
        self.column = column
        self.nearest = nearest
        super().__init__(f"{message} (column {column})" + (f"; did you mean {nearest}?" if nearest else ""))


class Sort(Enum):
    NAME = auto()
    FUNCTION = auto()
    LITERAL = auto()
    KEYWORD = auto()
    SYMBOL = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign of the text; `at` is its column."""

    sort: Sort
    text: str
    at: int
    value: Value = None


def nearest(word: str, known: Sequence[str] | frozenset[str]) -> str:
    """The name among `known` that looks most like the word, or nothing where none is near."""
    found = get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def scan(text: str) -> list[Token]:
    """The tokens of an expression. Raises ExpressionError for all that the language does not have."""
    if len(text) > LONGEST_TEXT:
        raise ExpressionError(f"the expression is longer than {LONGEST_TEXT:,} characters", LONGEST_TEXT + 1)
    tokens = _with_dates(_tokens(text))
    if not tokens:
        raise ExpressionError("the expression is empty", 1)
    _check_nesting(tokens)
    _check_order(tokens, len(text) + 1)
    return tokens


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        at = position + 1
        if text[position : position + 2] in ("--", "/*"):
            raise ExpressionError("comments are not part of an expression", at)
        match = _TOKEN.match(text, position)
        if match is None:
            raise _stranger(text, position)
        position = match.end()
        piece = match.group()
        match match.lastgroup:
            case "number":
                tokens.append(Token(Sort.LITERAL, piece, at, _number(piece, at)))
            case "text":
                tokens.append(Token(Sort.LITERAL, piece, at, _text(piece, at)))
            case "word":
                tokens.append(_word(piece, at, text[position:].lstrip().startswith("(")))
            case "symbol":
                tokens.append(Token(Sort.SYMBOL, "!=" if piece == "<>" else piece, at))
    return tokens


def _stranger(text: str, position: int) -> ExpressionError:
    """Why no token begins here."""
    sign, at = text[position], position + 1
    if sign == "'":
        return ExpressionError("a text is not closed by '", at)
    if sign.isascii() and sign.isdigit():
        return ExpressionError("a number is written in digits, with one point at most", at)
    if sign == '"':
        return ExpressionError("a text stands in single quotes, and a name in none", at)
    if sign == ";":
        return ExpressionError("an expression is one condition or value; “;” ends nothing here", at)
    if not sign.isascii() or not sign.isprintable():
        name = unicodedata.name(sign, "").lower() or f"U+{ord(sign):04X}"
        return ExpressionError(f"the sign “{name}” stands only inside a text", at)
    return ExpressionError(f"“{sign}” is not part of the language", at)


def _number(piece: str, at: int) -> Decimal:
    if len(piece) > LONGEST_NUMBER:
        raise ExpressionError(f"a number has at most {LONGEST_NUMBER} digits", at)
    return Decimal(piece)


def _text(piece: str, at: int) -> str:
    value = piece[1:-1].replace("''", "'")
    for offset, sign in enumerate(piece):
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise ExpressionError(f"a text holds an invisible sign (U+{ord(sign):04X})", at + offset)
    return value


def _word(piece: str, at: int, is_call: bool) -> Token:
    lower = piece.lower()
    if lower in REFUSED:
        raise ExpressionError(f"“{piece}” is not part of the language", at)
    if lower in KEYWORDS:
        if lower in ("true", "false"):
            return Token(Sort.LITERAL, lower, at, lower == "true")
        if is_call and lower in ("date", "null", "end"):
            raise ExpressionError(f"“{piece}” is not a function", at)
        return Token(Sort.KEYWORD, lower, at)
    if is_call:
        if piece not in FUNCTIONS:
            raise ExpressionError(f"there is no function “{piece}”", at, nearest(piece, FUNCTIONS))
        return Token(Sort.FUNCTION, piece, at)
    if len(piece) > 120 or not _NAME.fullmatch(piece):
        close = lower if _NAME.fullmatch(lower) else ""
        raise ExpressionError(f"“{piece[:120]}” is not a name: names are lower-case, with one dot at most", at, close)
    return Token(Sort.NAME, piece, at)


def _with_dates(tokens: list[Token]) -> list[Token]:
    """The tokens with each ``date '2026-01-31'`` joined into one, and each null that is not tested for a literal."""
    joined: list[Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        if before is not None and before.sort is Sort.KEYWORD and before.text == "date":
            joined[-1] = Token(Sort.LITERAL, token.text, before.at, _date(token, before.at))
        elif token.text == "null" and token.sort is Sort.KEYWORD and not _is_tested(joined):
            joined.append(Token(Sort.LITERAL, "null", token.at))
        else:
            joined.append(token)
    for token in joined:
        if token.sort is Sort.KEYWORD and token.text == "date":
            raise ExpressionError("date is followed by a day in quotes, such as date '2026-01-31'", token.at)
    return joined


def _is_tested(before: list[Token]) -> bool:
    words = [token.text for token in before[-2:] if token.sort is Sort.KEYWORD]
    return words[-1:] == ["is"] or words == ["is", "not"]


def _date(token: Token, at: int) -> date:
    if token.sort is Sort.LITERAL and isinstance(token.value, str) and len(token.value) == 10:
        try:
            return date.fromisoformat(token.value)
        except ValueError:
            pass
    raise ExpressionError("date is followed by a day in quotes, such as date '2026-01-31'", at)


def _check_nesting(tokens: list[Token]) -> None:
    """Refuse what nests deeper than 30 or has more than 200 operators, before anything recurses into it."""
    open_: list[Token] = []
    prefixes = operators = 0
    for token in tokens:
        is_prefix = token.text in ("not", "-") and token.sort in (Sort.KEYWORD, Sort.SYMBOL)
        prefixes = prefixes + 1 if is_prefix else 0
        if (token.sort is Sort.SYMBOL and token.text == "(") or (token.sort is Sort.KEYWORD and token.text == "case"):
            open_.append(token)
        elif (token.sort is Sort.SYMBOL and token.text == ")") or (token.sort is Sort.KEYWORD and token.text == "end"):
            wanted = "(" if token.text == ")" else "case"
            if not open_ or open_.pop().text != wanted:
                raise ExpressionError(f"“{token.text}” closes nothing", token.at)
        elif token.sort in (Sort.SYMBOL, Sort.KEYWORD):
            operators += 1
        if len(open_) + prefixes > DEEPEST:
            raise ExpressionError(f"the expression nests deeper than {DEEPEST} levels", token.at)
    if operators > MOST_OPERATORS:
        raise ExpressionError(f"the expression has more than {MOST_OPERATORS} operators", 1)
    if open_:
        raise ExpressionError(f"“{open_[-1].text}” is not closed", open_[-1].at)


_NEEDS_VALUE_BEFORE = frozenset(["and", "or", "in", "between", "is", "then", "else", "end"])


def _check_order(tokens: list[Token], end: int) -> None:
    """Refuse two values without an operator between them, and an operator without a value."""
    has_value = False  # whether a whole value stands right before the token
    for index, token in enumerate(tokens):
        starts_value = token.sort in (Sort.NAME, Sort.FUNCTION, Sort.LITERAL) or token.text in ("(", "case", "null")
        if token.text == "not" and token.sort is Sort.KEYWORD and has_value:
            following = tokens[index + 1].text if index + 1 < len(tokens) else ""
            if following in ("in", "between"):
                continue  # the value still stands before the `in`
            raise ExpressionError("after a value, “not” is followed by “in” or “between”", token.at)
        if token.text == "is" and token.sort is Sort.KEYWORD and not _asks_for_null(tokens[index + 1 :]):
            raise ExpressionError("“is” is followed by “null” or “not null”", token.at)
        if starts_value and has_value:
            raise ExpressionError(f"an operator is missing before “{token.text}”", token.at)
        needs = token.text in _NEEDS_VALUE_BEFORE if token.sort is Sort.KEYWORD else token.sort is Sort.SYMBOL
        if needs and token.text not in ("(", "-") and not has_value and not _is_empty_call(tokens, index):
            raise ExpressionError(f"a value is missing before “{token.text}”", token.at)
        has_value = token.sort in (Sort.NAME, Sort.LITERAL) or token.text in (")", "end", "null")
    if not has_value:
        raise ExpressionError("the expression ends where a value should follow", end)


def _asks_for_null(following: list[Token]) -> bool:
    words = [token.text for token in following[:2] if token.sort is Sort.KEYWORD]
    return words[:1] == ["null"] or words == ["not", "null"]


def _is_empty_call(tokens: list[Token], index: int) -> bool:
    """Whether the token closes brackets that hold nothing; the parser says what should stand there."""
    return tokens[index].text == ")" and index > 0 and tokens[index - 1].text == "("
