"""Keeping what a person has chosen for a page, and finding it again."""

from typing import Any

from callmark.accounts.models import User
from callmark.portal.models import PageChoice


def kept_for(person: User, page: str) -> dict[str, Any]:
    """What the person chose last; empty: nothing yet. To be checked as what a form sends is."""
    found = PageChoice.objects.of(person).filter(page=page).values_list("values", flat=True).first()
    return found if isinstance(found, dict) else {}


def keep_for(person: User, page: str, values: dict[str, Any]) -> None:
    """Remember it."""
    PageChoice.objects.of(person).update_or_create(
        person=person, page=page, defaults={"values": values}
    )
