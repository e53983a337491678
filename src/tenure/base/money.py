"""Money: an exact amount in a currency, rounded half away from zero, and split so that no cent is lost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, Inexact, localcontext

# Minor units that are not two digits (ISO 4217).
_NONE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF")
_DIGITS = {
    **dict.fromkeys((*_NONE, "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
# Wide enough that sums and products of real amounts and rates are exact; whatever is not, is an error.
_EXACT = Context(prec=60, traps=[Inexact])

Number = Decimal | int


class MoneyError(ValueError):
    """Amounts that cannot be combined or read: what was found and what was expected."""


def minor_digits(currency: str) -> int:
    """How many digits after the point the currency is paid in: 2 for USD, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of a currency. Arithmetic is exact and may hold parts of a cent until `rounded` is asked for.

    Attributes
    ----------
    amount : a finite decimal; an int or a text of digits is taken too, a float never.
    currency : three capital letters (ISO 4217).

    >>> Money("10.00", "USD").split(3)
    (Money('3.34', 'USD'), Money('3.33', 'USD'), Money('3.33', 'USD'))
    """

    amount: Decimal
    currency: str

    def __init__(self, amount: Number | str, currency: str) -> None:
        if isinstance(amount, float | bool):
            raise MoneyError(f"{amount!r} is no exact amount; give a Decimal, an int or a text")
        try:
            value = Decimal(amount)
        except ArithmeticError as error:
            raise MoneyError(f"{amount!r} is no amount") from error
        if not value.is_finite():
            raise MoneyError(f"{amount!r} is no amount")
        if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
            raise MoneyError(f"{currency!r} is no currency; expected three capital letters such as USD")
        object.__setattr__(self, "amount", value)
        object.__setattr__(self, "currency", currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum; nothing adds up to zero of `currency`."""
        result = cls.zero(currency)
        for each in amounts:
            result += each
        return result

    def __add__(self, other: "Money") -> "Money":
        return self._with(_EXACT.add(self.amount, self._same(other)))

    def __sub__(self, other: "Money") -> "Money":
        return self._with(_EXACT.subtract(self.amount, self._same(other)))

    def __neg__(self) -> "Money":
        return self._with(self.amount.copy_negate())

    def __abs__(self) -> "Money":
        return self._with(self.amount.copy_abs())

    def __mul__(self, factor: Number) -> "Money":
        return self._with(_EXACT.multiply(self.amount, _number(factor)))

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def percent(self, rate: Number) -> "Money":
        """So many per cent of it, exact: 2.5 per cent of 1,000.10 is 25.0025."""
        return self._with(_EXACT.multiply(self.amount, _EXACT.scaleb(_number(rate), -2)))

    def ratio(self, other: "Money") -> Decimal | None:
        """It as a multiple of `other`, to 28 digits; None (unknown) where `other` is zero."""
        divisor = self._same(other)
        return self.amount / divisor if divisor else None

    def rounded(self) -> "Money":
        """To the currency's minor unit; half a unit goes away from zero, so that a debt rounds as a claim does."""
        return self._with(_quantised(self.amount, self.currency, ROUND_HALF_UP))

    @property
    def is_whole(self) -> bool:
        """Whether it can be paid as it stands: it holds no part of a minor unit."""
        return self.amount == self.rounded().amount

    def split(self, parts: int) -> tuple["Money", ...]:
        """Even parts that add up to the rounded whole; what does not divide falls to the first ones."""
        if parts < 1:
            raise MoneyError(f"expected at least one part, found {parts}")
        return self.split_by([1] * parts)

    def split_by(self, weights: Sequence[Number]) -> tuple["Money", ...]:
        """Parts in proportion to `weights` that add up to the rounded whole.

        Each part is cut to a minor unit, and the units left over go one each to the parts that lost most, the earlier
        first where they lost the same. Raises MoneyError for a negative weight or weights that are all zero.
        """
        shares = [_number(weight) for weight in weights]
        whole = sum(shares, Decimal(0))
        if whole <= 0 or any(share < 0 for share in shares):
            raise MoneyError("weights must not be negative, and one must be above zero")
        target = self.rounded().amount
        unit = Decimal(1).scaleb(-minor_digits(self.currency)).copy_sign(target)
        with localcontext(Context(prec=60)):
            exact = [target * share / whole for share in shares]
            parts = [_quantised(part, self.currency, ROUND_DOWN) for part in exact]
            left = int((target - sum(parts, Decimal(0))) / unit)
            losers = sorted(range(len(parts)), key=lambda at: (-abs(exact[at] - parts[at]), at))
            for at in losers[:left]:
                parts[at] += unit
        return tuple(self._with(part) for part in parts)

    def __str__(self) -> str:
        """As people read it: rounded, with thousands apart: ``1,234.50 USD``."""
        return f"{self.rounded().amount:,} {self.currency}"

    def __repr__(self) -> str:
        return f"Money({str(self.amount)!r}, {self.currency!r})"

    def _with(self, amount: Decimal) -> "Money":
        return Money(amount, self.currency)

    def _same(self, other: "Money") -> Decimal:
        if not isinstance(other, Money):
            raise MoneyError(f"{other!r} is no money")
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not mix; convert one of them first")
        return other.amount


def _number(value: Number) -> Decimal:
    if isinstance(value, float | bool):
        raise MoneyError(f"{value!r} is no exact number; give a Decimal or an int")
    return Decimal(value)


def _quantised(amount: Decimal, currency: str, rounding: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=rounding, context=Context(prec=60))
