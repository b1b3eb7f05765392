"""What stands above the codes of a list: a heading in the shop's language, titles and comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

_CODE = re.compile(
    r"c[óo]digos?|codes?|codice|codici|codul|kodu?|kod(e|er|es|y)|kódy?|koodi|κωδικός|коды?|קוד"
    "|(ال)?(رمز|كود)|コード|코드"
)
_JOINED = re.compile(
    "(promo|promotion|discount|coupon|voucher|rabatt?|kortings?|actie|aktions?|gutschein|geschenk|"
    "kupon|vorteils|alennus|gift|reward|промо)(codes?|kod(er?)?|kód|koodi|коды?)"
)
_UNSPACED = re.compile(r"[ぁ-ヿ一-鿿가-힣]*(コード|クーポン(番号)?|码|碼|코드|쿠폰)")
_VOUCHER = re.compile(
    "(coupon|voucher|gutschein|bon)(s|e|nr|nummern?)?|cup(ones|[oó]n|oms?)|buon[oi]|bonos?|"
    "kupon[yu]?|kupón|(waarde|cadeau)bon|купоны?|(ال)?قسيمة|クーポン|쿠폰|serial"
)
_NUMBER = re.compile("numbers?|no|nr|num|nummer|n[uú]m[eé]ro|numer|numarası|番号")
_ABOUT = re.compile(
    "promo|promotions?|promotion(al|nels?)|discount|gift|card|rewards?|unique|redemption|my|our|"
    "your|the|list|of|name|value|d[aeiou]?|del|l[ae]|des|réduction|remise|rabais|avantage|cadeau|"
    "promoci(onal|ón)|descuento|desconto|sconto|promozionale|kortings?|actie|rabatts?|rabatte|"
    "aktions?|geschenk|rabat|rabatow[ye]|promocyjn[ye]|zniżkowy|indirim|hediye|kampanya|promosyon|"
    "slevov[ýé]|скидк[аи]|(ال)?خصم|ترويجي"
)
_COMMENT = re.compile(r"(#|//)\s.*")
_PLAIN = re.compile(r"[^\W\d_]+([ _-][^\W\d_]+)*")
_LONGEST = 60
MOST_ABOVE = 10
"""The most lines that a title takes."""


def says_code(cell: str) -> bool:
    """Does a cell say that the codes are below it?"""
    words = _words(cell)
    if _UNSPACED.fullmatch("".join(words)):
        return True
    named = [word for word in words if _CODE.fullmatch(word) or _JOINED.fullmatch(word)]
    known = (word for word in words if _ABOUT.fullmatch(word) or _VOUCHER.fullmatch(word))
    return len(named) > 0 and len(named) + len(list(known)) == len(words)


def says_voucher(cell: str) -> bool:
    """The same in words that may mean something else, too, such as the voucher's name."""
    words = _words(cell)
    if not any(map(_VOUCHER.fullmatch, words)):
        return False
    return len(words) == 1 or any(map(_NUMBER.fullmatch, words[1:]))


def is_unlike(cell: str, others: Sequence[str]) -> bool:
    """Is a cell made of words, and written with what none of the others has, which have digits?"""
    if len(others) < 2 or not _words(cell) or not all(map(_has_digit, others)):
        return False
    return bool(_kinds(cell).difference(*map(_kinds, others)))


def words_above_digits(rows: Sequence[Sequence[str]]) -> bool:
    """Are the first of these rows words only, above cells that have digits throughout?"""
    first, *others = rows
    if len(others) < 2 or len(first) < 2 or not all(map(_PLAIN.fullmatch, first)):
        return False
    return any(
        all(n < len(row) and _has_digit(row[n]) for row in others) for n in range(len(first))
    )


def lines_above(rows: Sequence[Sequence[str]]) -> int:
    """How many rows come before the first code: titles and comments, then the heading, perhaps in
    two languages; 0 if nothing says that a row is one of them."""
    first = 0
    while first < len(rows) and _COMMENT.fullmatch(_filled(rows[first])[0]):
        first += 1
    if first == len(rows):
        return 0
    for n in range(first, min(len(rows), first + MOST_ABOVE)):
        if _is_heading(rows[n]) and all(_is_title(above, rows[n]) for above in rows[first:n]):
            again = takewhile(lambda row: len(row) > 1 and _is_heading(row), rows[n + 1 :])
            return n + 1 + len(list(again))
    return first


def _is_heading(cells: Sequence[str]) -> bool:
    return any(says_code(cell) or says_voucher(cell) for cell in cells)


def _is_title(cells: Sequence[str], heading: Sequence[str]) -> bool:
    """Are these cells no row of the table below, but what it is about?"""
    filled = _filled(cells)
    fewer = len(filled) < len(_filled(heading)) and not any(map(_has_digit, filled))
    return fewer or " " in filled[0]


def _filled(cells: Sequence[str]) -> list[str]:
    return list(filter(None, cells)) or [""]


def _words(cell: str) -> list[str]:
    """A cell's words; none if it is long, or has a digit."""
    if len(cell) > _LONGEST or _has_digit(cell):
        return []
    return re.findall(r"[^\W_]+", cell.casefold().replace("\u0307", ""))  # the dot of the Turkish İ


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)


def _kinds(text: str) -> set[str]:
    """Which kinds of characters a text has that codes seldom have."""
    kinds = {"space": " " in text, "lower": any(c.islower() for c in text)}
    kinds["other"] = not text.isascii()
    return {kind for kind, has in kinds.items() if has}
