"""Users and codes to choose from as somebody types: for filters, where a list would be too long.

What is typed may be a code: it comes in a body, never in an address.
"""

from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from callmark.accounts.models import Extension, User
from callmark.portal.forms.calls import codes_to_choose
from callmark.portal.forms.test_call import with_extensions
from callmark.portal.pages import Here

_SHOWN = 20


@sensitive_post_parameters("q")
@require_POST
def users(request: HttpRequest, here: Here) -> HttpResponse:
    """Users whose names have the text in them."""
    if not here.may_read_history:
        raise Http404("No such page.")
    found = User.objects.of(here.account).filter(name__icontains=_typed(request))
    return _options(
        request, here, [(one.pk, one.name) for one in found.order_by("name", "pk")[:_SHOWN]]
    )


@sensitive_post_parameters("q")
@require_POST
def callers(request: HttpRequest, here: Here) -> HttpResponse:
    """Active users by a part of the name or the beginning of an extension, as one writes them."""
    text = _typed(request)
    active = User.objects.of(here.account).filter(is_active=True)
    numbered = Extension.objects.of(here.account).filter(number__startswith=text).values("user")
    found = active.filter(Q(name__icontains=text) | Q(pk__in=numbered) if text else Q())
    shown = found.prefetch_related("extensions").order_by("name", "pk")[:_SHOWN]
    return _options(request, here, [(one.pk, with_extensions(one)) for one in shown])


@sensitive_post_parameters("q")
@require_POST
def codes(request: HttpRequest, here: Here) -> HttpResponse:
    """Codes whose names have the text in them or, for administrators, whose digits it is."""
    found = codes_to_choose(here, _typed(request))
    return _options(
        request, here, [(one.pk, one.name) for one in found.order_by("name", "pk")[:_SHOWN]]
    )


def _typed(request: HttpRequest) -> str:
    return request.POST.get("q", "").strip()[:100]


def _options(request: HttpRequest, here: Here, options: list[tuple[UUID, str]]) -> HttpResponse:
    context = {"options": options, "more": len(options) == _SHOWN}
    return here.render(request, "portal/calls/options.html", context)
