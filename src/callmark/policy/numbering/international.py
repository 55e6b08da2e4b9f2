"""What follows the international prefix or a plus: a country calling code and a number."""

from callmark.policy.numbering import north_america
from callmark.policy.numbering.call_types import (
    COSTLY,
    GATED,
    CallType,
    NumberingPlan,
    Verdict,
    unroutable,
    verdict,
)
from callmark.policy.numbering.countries import country_name
from callmark.policy.numbering.metadata import (
    KnownNumber,
    begins_with_premium_number,
    facts,
    look_up,
)
from callmark.policy.numbering.ranges import calling_code_of
from callmark.policy.numbering.strictest import premium_behind
from callmark.policy.texts import Text


def international(digits: str, plan: NumberingPlan) -> Verdict:
    """What follows the international prefix: a country calling code and a number."""
    home_code = facts(plan.country).calling_code
    code = calling_code_of(digits)
    if code is None:
        return unroutable(
            Text("no country has this code"),
            {CallType.INTERNATIONAL},
            Text("international: it begins with the international prefix"),
        )
    national = digits[len(str(code)) :]
    if code == 1:
        return _to_nanp(national, plan)
    known = look_up("+" + digits)
    if known is not None and known.plausible:
        return known_number(known, plan)
    types = set()
    if code != home_code:
        types.add(CallType.INTERNATIONAL)
    if code == 979 or begins_with_premium_number(code, national):
        types.add(CallType.PREMIUM)
    return unroutable(
        Text("+{code} has no number of this length", code=code),
        types,
        Text("it begins with country code +{code}", code=code),
    )


def _to_nanp(national: str, plan: NumberingPlan) -> Verdict:
    if len(national) == 10:
        return north_america.ten_digit_number(national, plan)
    leading = north_america.home_number("1" + national, plan).types & GATED
    if facts(plan.country).calling_code != 1:
        leading = (leading & COSTLY) | {CallType.INTERNATIONAL}
    return unroutable(
        Text("a number behind +1 has ten digits"), leading, Text("it begins with country code +1")
    )


def known_number(known: KnownNumber, plan: NumberingPlan) -> Verdict:
    """A number outside +1 that is well formed."""
    home_code = facts(plan.country).calling_code
    types, why = set(), []
    if known.premium or known.calling_code == 979:
        types.add(CallType.PREMIUM)
        why.append(Text("premium: the numbering plan charges the caller extra for this range"))
    if known.calling_code == 800:
        # A universal freephone number has a country code of its own but costs the caller nothing.
        return verdict(
            CallType.TOLL_FREE, Text("toll-free: +800 is universal freephone"), e164=known.e164
        )
    if known.calling_code != home_code:
        types.add(CallType.INTERNATIONAL)
        why.append(
            Text(
                "international: country code +{calling_code} differs from the caller's "
                "+{home_code}",
                calling_code=known.calling_code,
                home_code=home_code,
            )
        )
    elif known.region != plan.country and known.region in plan.international_regions:
        types.add(CallType.INTERNATIONAL)
        name = country_name(known.region)
        why.append(Text("international: your operator bills {name} as international", name=name))
    elif known.toll_free:
        types.add(CallType.TOLL_FREE)
        why.append(Text("toll-free: the called party pays"))
    if not types:
        types.add(CallType.DOMESTIC)
        why.append(
            Text(
                "domestic: the number has the caller's own country code +{home_code}",
                home_code=home_code,
            )
        )
    if known.shared_cost:
        why.append(Text("caller and called party share the cost of this range"))
    found = verdict(types, *why, e164=known.e164)
    if known.valid:
        return found
    found = found.noting(Text("the published number ranges do not list it; its length is right"))
    premium = premium_behind(known.calling_code, known.national)
    further = {CallType.PREMIUM} if premium else set()
    return found.also(further, Text("with its first digits taken off it is of that type"))
