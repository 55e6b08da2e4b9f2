"""Who asks, by what the switch has authenticated: liars, transfers, forwards, forks."""

import pytest

from callmark.policy.payer import AskedBy
from callmark.switches.freeswitch.event_socket import Event
from callmark.switches.freeswitch.identity import leg_request, question_of, tag_request
from callmark.switches.freeswitch.legs import MOST_ENDED, MOST_LIVING, Legs
from callmark.switches.port import LegRequest

PHONE_101 = {
    "Call-Direction": "inbound",
    "variable_sip_authorized": "true",
    "variable_sip_auth_username": "101",
    "variable_sip_auth_realm": "acme.test",
    "variable_user_name": "101",
    "variable_domain_name": "acme.test",
}
RANG_102 = {
    "Call-Direction": "outbound",
    "variable_dialed_user": "102",
    "variable_dialed_domain": "acme.test",
    "variable_originating_leg_uuid": "A",
}
HANDED_OVER = {  # transcript F
    "Call-Direction": "outbound",
    "Answer-State": "answered",
    "Channel-Name": "sofia/external/0111",
    "Caller-Destination-Number": "0112",
    "Caller-RDNIS": "0111",
    "Caller-Context": "acme.test",
    "variable_originating_leg_uuid": "A",
    "variable_last_bridge_to": "A",
    "variable_bridge_uuid": "A",
    "variable_sip_refer_to": "<sip:0112@acme.test>",
    "variable_sip_h_Referred-By": "<sip:102@acme.test>",
    "variable_transfer_source": "1764142000:x:bl_xfer:0112/acme.test/XML",
}


def question(uuid: str, fields: dict[str, str], legs: Legs | None = None) -> LegRequest:
    table = Legs() if legs is None else legs
    asked = Event("CHANNEL_DATA", {"Unique-ID": uuid, **fields})
    request = leg_request(asked, "main", table)
    table.has_asked(question_of(asked))
    return request


def seen(*legs: tuple[str, dict[str, str]]) -> Legs:
    """The watcher has seen these legs begin."""
    table = Legs()
    for uuid, fields in legs:
        table.learn(Event("CHANNEL_CREATE", {"Unique-ID": uuid, **fields}))
    return table


@pytest.mark.parametrize(
    "lie",
    [
        {},
        {"Channel-Name": "sofia/internal/102@acme.test", "Caller-Username": "102"},
        {"Channel-Name": "sofia/internal/boss@acme.test", "Caller-ANI": "boss"},
        {"Caller-Caller-ID-Number": "102", "variable_sip_h_P-Asserted-Identity": "<sip:102@a>"},
        {"variable_sip_h_Remote-Party-ID": "102", "variable_effective_caller_id_number": "102"},
        {"variable_sip_req_host": "globex.test", "variable_sip_h_X-callmark_phone": "102@a"},
        {"variable_sip_h_Referred-By": "<sip:102@acme.test>", "variable_accountcode": "102"},
        {"variable_sip_redirected_by": "<sip:102@acme.test>"},
    ],
)
def test_a_phone_is_who_it_proved_to_be_whatever_it_says(lie: dict[str, str]) -> None:
    assert question("A", PHONE_101 | lie).asked_by == AskedBy(line="101@acme.test")


@pytest.mark.parametrize(
    "missing",
    ["variable_sip_authorized", "variable_sip_auth_username", "variable_sip_auth_realm"],
)
def test_without_all_of_the_proof_it_is_nobody(missing: str) -> None:
    said = {name: value for name, value in PHONE_101.items() if name != missing}
    assert question("A", said).asked_by == AskedBy()
    assert question("A", PHONE_101 | {"variable_sip_authorized": "false"}).asked_by == AskedBy()


def test_the_same_user_of_another_domain_is_another() -> None:
    other = PHONE_101 | {"variable_sip_auth_realm": "globex.test"}
    assert question("A", other).asked_by.line == "101@globex.test"


def test_a_call_from_a_trunk_is_nobodys_until_the_operator_vouches_for_it() -> None:
    trunk = {"Call-Direction": "inbound", "variable_domain_name": "acme.test"}
    assert question("I", trunk).asked_by == AskedBy()
    by_address = trunk | {"variable_callmark_phone": "101@acme.test"}
    assert question("I", by_address).asked_by == AskedBy(vouched_for="101@acme.test")


def test_who_transferred_a_leg_is_known_from_its_uuid() -> None:
    found = question("T", HANDED_OVER, seen(("A", PHONE_101)))
    assert found.asked_by == AskedBy(transferred_blind="101@acme.test")
    assert (found.number, found.leg) == ("0112", 1)


def test_also_after_the_one_who_transferred_is_gone() -> None:
    legs = seen(("A", PHONE_101))
    gone = {"Unique-ID": "A", "variable_transfer_to": "blind:T"}
    legs.learn(Event("CHANNEL_HANGUP_COMPLETE", gone))
    assert question("T", HANDED_OVER, legs).asked_by.transferred_blind == "101@acme.test"


def test_a_gate_that_began_later_knows_it_from_what_the_leg_carries() -> None:
    carried = HANDED_OVER | {"variable_callmark_of": "A/2/C/101@acme.test"}
    found = question("T", carried)
    assert found.asked_by.transferred_blind == "101@acme.test"
    assert found.conversation == "C"
    # It is only the word of the leg that dialed: another one that was bridged since is not known.
    moved_on = carried | {"variable_last_bridge_to": "X"}
    assert question("T", moved_on).asked_by.transferred_blind == "X"


def test_an_unknown_hand_leaves_the_payer_unknown_and_never_means_the_next_best() -> None:
    # Referred-By names Ben; nobody has the name that stands there now.
    assert question("T", HANDED_OVER).asked_by == AskedBy(transferred_blind="A")


def test_a_callee_who_transfers_an_inbound_call_pays() -> None:
    inbound = {
        "Call-Direction": "inbound",
        "variable_last_bridge_to": "B",
        "variable_dialed_user": "103",  # another phone that rang, too
        "variable_dialed_domain": "acme.test",
        "variable_transfer_source": "1764142000:x:bl_xfer:0112/acme.test/XML",
    }
    legs = seen(("B", RANG_102))
    assert question("I", inbound, legs).asked_by == AskedBy(transferred_blind="102@acme.test")


def test_a_colleague_who_was_called_and_handed_on_is_on_the_line() -> None:
    handed_on = RANG_102 | {
        "variable_last_bridge_to": "A",
        "variable_transfer_source": "1764142000:x:bl_xfer:0112/acme.test/XML",
    }
    found = question("B", handed_on, seen(("A", PHONE_101))).asked_by
    assert found == AskedBy(line="102@acme.test", transferred_blind="101@acme.test")


def test_a_phone_that_forwards_by_302_pays_and_the_caller_is_on_the_line() -> None:
    redirected = PHONE_101 | {
        "Caller-Destination-Number": "0114420",
        "Caller-RDNIS": "102",
        "variable_dialed_user": "102",
        "variable_dialed_domain": "acme.test",
        "variable_sip_redirected_to": "<sip:0114420@acme.test>",
        "variable_sip_redirect_contact_user_0": "0114420",
        "variable_sip_redirected_by": "<sip:boss@acme.test>",
    }
    legs = Legs()
    first = question("A", PHONE_101 | {"Caller-Destination-Number": "102"}, legs)
    assert first.asked_by == AskedBy(line="101@acme.test")
    again = redirected | {"variable_callmark_call": "A/1/A/101@acme.test"}
    second = question("A", again, legs)
    assert second.asked_by == AskedBy(line="101@acme.test", forwarded="102@acme.test")
    assert (second.leg, second.conversation) == (2, "A")
    # The channel asks once more, and nothing was forwarded since.
    third = question("A", redirected | {"variable_callmark_call": "A/2/A/"}, legs)
    assert (third.asked_by, third.leg) == (AskedBy(line="101@acme.test"), 3)


def test_a_transfer_of_long_ago_is_not_taken_for_a_forward_of_now() -> None:
    legs = seen(("B", RANG_102))
    transferred = PHONE_101 | {
        "variable_last_bridge_to": "B",
        "variable_transfer_source": "1764142000:x:bl_xfer:103/acme.test/XML",
    }
    assert question("A", transferred, legs).asked_by.transferred_blind == "102@acme.test"
    forwarded = transferred | {
        "variable_sip_redirected_to": "<sip:0112@acme.test>",
        "variable_dialed_user": "103",
        "variable_dialed_domain": "acme.test",
    }
    found = question("A", forwarded, legs).asked_by
    assert (found.transferred_blind, found.forwarded) == ("", "103@acme.test")


def test_a_forward_in_the_switch_is_paid_by_whom_the_dialplan_names() -> None:
    said = PHONE_101 | {"variable_callmark_forwarder": "102@acme.test"}
    assert question("A", said).asked_by.forwarded == "102@acme.test"


def test_an_attended_transfer_by_the_switchs_feature_asks_the_one_who_talks() -> None:
    feature = {
        "Channel-Name": "loopback/0112-b",
        "variable_loopback_leg": "B",
        "variable_other_loopback_from_uuid": "A",
    }
    legs = seen(("A", PHONE_101))
    question("A", PHONE_101 | {"variable_callmark_call": "A/1/C/101@acme.test"}, legs)
    found = question("L", feature, legs)
    assert found.asked_by == AskedBy(transferred_attended="101@acme.test")
    assert found.conversation == "C"
    assert question("L", feature).asked_by == AskedBy(transferred_attended="A")


def test_a_star_code_belongs_to_the_talk_at_the_other_end() -> None:
    outside = {"Call-Direction": "outbound", "variable_callmark_of": "A/2/A/101@acme.test"}
    legs = seen(("A", PHONE_101), ("T", outside), ("B", RANG_102))
    star = {"Unique-ID": "A", "variable_signal_bond": "T", **PHONE_101}
    asked = {"variable_callmark_call": "A/2/A/101@acme.test"}
    mine = tag_request(Event("CUSTOM", star | asked), "main", legs)
    assert (mine.call_id, mine.leg, mine.conversation) == ("A", 2, "A")
    # After an attended transfer its new holder is somebody who never asked for it.
    holder = tag_request(
        Event("CUSTOM", {"Unique-ID": "B", "variable_signal_bond": "T", **RANG_102}), "main", legs
    )
    assert (holder.call_id, holder.asked_by.line) == ("A", "102@acme.test")


def test_a_star_code_in_a_call_that_came_in_is_about_that_call() -> None:
    legs = seen(("I", {"variable_callmark_inbound": "acme"}), ("B", RANG_102))
    star = {"Unique-ID": "B", "Other-Leg-Unique-ID": "I", **RANG_102}
    found = tag_request(Event("CUSTOM", star), "main", legs)
    assert (found.call_id, found.conversation) == ("I", "I")


def test_legs_are_remembered_within_bounds_and_the_living_longer() -> None:
    legs = seen(("A", PHONE_101))
    for number in range(MOST_ENDED + 5):
        gone = {"Unique-ID": f"e{number}"}
        legs.learn(Event("CHANNEL_CREATE", gone))
        legs.learn(Event("CHANNEL_HANGUP_COMPLETE", gone))
    assert legs.phone("A") == "101@acme.test"
    assert len(legs) == MOST_ENDED + 1
    assert legs.find("e1") is None
    for number in range(MOST_LIVING):
        legs.learn(Event("CHANNEL_CREATE", {"Unique-ID": f"l{number}"}))
    assert len(legs) == MOST_ENDED + MOST_LIVING
