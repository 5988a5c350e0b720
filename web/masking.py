"""Names and numbers as a list shows them: enough to recognise, too little to tell."""

from __future__ import annotations

__all__ = ["mask_id", "mask_name", "mask_phone"]


def mask_name(name: str) -> str:
    """Show the first character of a name.

    >>> mask_name("张桂兰")
    '张*'
    """
    return f"{name[:1]}*" if name else ""


def mask_phone(number: str) -> str:
    """Show the first three and the last four digits of a telephone number.

    >>> mask_phone("13800005678")
    '138****5678'
    """
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 8 else "*" * len(number)


def mask_id(number: str | None) -> str:
    """Show the first four and the last four characters of an identity number.

    >>> mask_id("990101194403121232")
    '9901**********1232'
    """
    if not number:
        return ""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 8 else "*" * len(number)
