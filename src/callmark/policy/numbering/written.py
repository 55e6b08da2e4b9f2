"""Telephone numbers as people write them, on paper or in a search."""

import phonenumbers

_LONGEST = 40


def number_written(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    """The number in '+44 (0)20 7946 0138', or '020 7946 0138' in that country; None: it is none.

    Of a part of one it is None, and of a text with letters, which may be a name.
    """
    if len(text) > _LONGEST or any(one.isalpha() for one in text):
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def e164_written(text: str, country: str) -> str:
    """The same in E.164; '' where it is no whole number."""
    number = number_written(text, country)
    return phonenumbers.format_number(number, _E164) if number else ""


_E164 = phonenumbers.PhoneNumberFormat.E164
