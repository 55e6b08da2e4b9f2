"""Numbers that the public metadata does not describe, each group with the source it is from."""

import re

# 47 U.S.C. 623 and 47 CFR 9.16 (911), E911 test line (933), GSM and EU emergency (112), the
# Commonwealth's 999, and the 988 lifeline (47 CFR 52.201): emergency everywhere.
ALWAYS_EMERGENCY = frozenset({"911", "933", "112", "999", "988"})

# A caller used to dialling 9 (or 0, in Europe) for a line does so in panic where none is needed.
HABITUAL_LINE_DIGITS = ("9", "0")

# Emergency numbers of a country that the metadata lists as ordinary short codes, or not at all.
FURTHER_EMERGENCY: dict[str, frozenset[str]] = {
    "AT": frozenset({"140", "141"}),  # mountain rescue, doctors: KEM-V 2009, public emergency
    "CH": frozenset({"1414", "1415"}),  # air rescue: OFCOM, list of short numbers
    "ES": frozenset({"061", "062", "080", "091", "092"}),  # health, police, fire: PNNT
    "FR": frozenset({"114", "191", "196"}),  # deaf callers, air and sea rescue: ARCEP plan
    "GB": frozenset({"18000"}),  # 999 by text relay: Ofcom numbering plan, part A
    "GG": frozenset({"18000"}),
    "IM": frozenset({"112", "18000"}),
    "JE": frozenset({"18000"}),
    "IT": frozenset({"1515", "1530"}),  # forest fires, coast guard: AGCOM plan
    "JP": frozenset({"118"}),  # coast guard: MIC numbering plan
}

# Operators may bill these +1 regions as international. The United States' own territories and
# Canada are left out: carriers price them like the mainland.
BILLABLE_NANP_REGIONS = {
    "AG": "Antigua and Barbuda",
    "AI": "Anguilla",
    "BB": "Barbados",
    "BM": "Bermuda",
    "BS": "Bahamas",
    "DM": "Dominica",
    "DO": "Dominican Republic",
    "GD": "Grenada",
    "JM": "Jamaica",
    "KN": "Saint Kitts and Nevis",
    "KY": "Cayman Islands",
    "LC": "Saint Lucia",
    "MS": "Montserrat",
    "SX": "Sint Maarten",
    "TC": "Turks and Caicos Islands",
    "TT": "Trinidad and Tobago",
    "VC": "Saint Vincent and the Grenadines",
    "VG": "British Virgin Islands",
}

# NANPA: codes that are not an area. A 976 exchange or a region means nothing inside them.
NANP_TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
NANP_PREMIUM = "900"
_PERSONAL_NUMBERS = {"500", "533", "544", "566", "577", "588", *map(str, range(521, 530))}
_CARRIERS_AND_GOVERNMENTS = {"600", "622", "633", "700", "710"}
NANP_NOT_GEOGRAPHIC = (
    NANP_TOLL_FREE | _PERSONAL_NUMBERS | _CARRIERS_AND_GOVERNMENTS | {NANP_PREMIUM}
)

# NANPA vertical service codes after which a number follows: caller-id block and unblock, call
# waiting off, call forwarding (which sends every later call to that number).
NUMBER_FOLLOWS_STAR_CODE = frozenset({"67", "82", "70", "72", "90", "92", "31", "21"})

# ECTRA/REC(97)01 gives 118(xx) to directory enquiry services; these countries follow it. Where
# 118 itself is an emergency number (Switzerland, Italy), emergency has been tested before.
_118_COUNTRIES = re.findall(
    r"[A-Z]{2}",
    "AD AL AT AX BA BE BG CY CZ DE DK EE ES FI FO FR GF GG GB GI GL GP GR HR HU IE IM IS JE LI LT "
    "LU LV MC MD ME MF MK MQ MT NL PL PM PT RE RO RS SE SI SK SM TR UA XK YT BL",
)
ENQUIRIES: dict[str, str] = dict.fromkeys(_118_COUNTRIES, r"118\d{0,3}")

# Numbers outside that recommendation, from the country's numbering plan (as sent to the ITU).
ENQUIRIES |= {
    "AE": r"181",
    "AR": r"110",
    "AU": r"1223|1225|1234|12455|12456",
    "BE": r"118\d{0,3}|1[234]0[47]|1[34]05",
    "BR": r"102",
    "CA": r"411",
    "CH": r"18(?:11|12|18|50)",
    "CL": r"103",
    "CN": r"114",
    "CO": r"113",
    "DE": r"118(?:0\d\d|\d\d)?",
    "EG": r"14[01]",
    "GB": r"118\d{3}|100|155|195",
    "HK": r"108[13]|1001[03]",
    "HU": r"118\d{0,2}|19[89]",
    "ID": r"108",
    "IE": r"118\d\d|10|114",
    "IL": r"144|188",
    "IN": r"197|183",
    "IT": r"12(?:\d\d)?|1254",
    "JP": r"104|100",
    "KE": r"991",
    "KR": r"114",
    "LK": r"1212|1234",
    "MA": r"160",
    "MX": r"0?40|0?[29]0",
    "MY": r"103|101",
    "NL": r"18(?:50|88)|118\d{0,3}",
    "NO": r"18[58]\d|180",
    "NZ": r"018|017[02]|010",
    "PE": r"103",
    "PH": r"187|114",
    "PK": r"1217|17",
    "RU": r"0?9|109|118\d{0,2}",
    "SA": r"905",
    "SG": r"100|104",
    "TH": r"1133|100",
    "TW": r"10[4-6]",
    "UA": r"118\d{0,3}|109",
    "VE": r"113",
    "VN": r"1080|116",
    "ZA": r"102[03]|1020\d?",
}

# Codes dialled in front of a number that hide the caller or choose a carrier. The number after
# them is what counts.
CODES_BEFORE_A_NUMBER: dict[str, str] = {
    "AU": r"183[12]",  # calling number display: ACMA numbering plan
    "DE": r"010(?:0\d\d|[1-9]\d)",  # call-by-call carriers: Bundesnetzagentur
    "GB": r"141|1470|1280",  # caller id off and on, carrier: Ofcom numbering plan, part A
    "HK": r"133",  # caller id off: OFCA numbering plan
    "IE": r"14[12]",  # caller id off and on: ComReg numbering conditions
    "JP": r"18[46]",  # caller id off and on: MIC numbering plan
    "NZ": r"019[67]",  # caller id off and on: Numbering Administration Deed
}
CODES_BEFORE_A_NUMBER |= dict.fromkeys(("GG", "IM", "JE"), r"141|1470")
