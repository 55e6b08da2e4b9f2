"""Numbers that the public metadata does not describe, each group with the source it is from."""

import re

# A caller used to dialing 9 (or 0, in Europe) for a line does so in panic where none is needed.
HABITUAL_LINE_DIGITS = ("9", "0")

# What an address that names no number (urn:service:sos) is dialed as, where 112 or 911 is not the
# number that all phones of the country reach: ITU list of national emergency numbers (E.129).
MAIN_EMERGENCY: dict[str, str] = {
    "AU": "000",
    "BR": "190",
    "CN": "110",
    "GB": "999",
    "HK": "999",
    "IL": "100",
    "JP": "110",
    "MY": "999",
    "NZ": "111",
    "SG": "999",
    "TH": "191",
}

# Operators may bill these +1 regions as international. The United States' own territories and
# Canada are left out: carriers price them like the mainland.
BILLABLE_NANP_REGIONS = frozenset(
    re.findall(r"[A-Z]{2}", "AG AI BB BM BS DM DO GD JM KN KY LC MS SX TC TT VC VG")
)

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
# As dialed: *67, *31#, #31#, **21*.
STAR_CODE_BEFORE_A_NUMBER = rf"[*#]{{1,2}}(?:{'|'.join(sorted(NUMBER_FOLLOWS_STAR_CODE))})[*#]?"

# ECTRA/REC(97)01 gives 118(xx) to directory enquiry services; these countries follow it. Where
# 118 itself is an emergency number (Switzerland, Italy), emergency has been tested before.
_118_COUNTRIES = re.findall(
    r"[A-Z]{2}",
    "AD AL AT AX BA BE BG CY CZ DE DK EE ES FI FO FR GF GG GB GI GL GP GR HR HU IE IM IS JE LI LT "
    "LU LV MC MD ME MF MK MQ MT NL PL PM PT RE RO RS SE SI SK SM TR UA XK YT BL",
)
ENQUIRIES: dict[str, str] = dict.fromkeys(_118_COUNTRIES, r"118\d{0,3}")

# Further enquiry numbers and operators, from the country's own numbering plan (most plans are also
# at the ITU, as "National Numbering Plan" of the country).
ENQUIRIES |= {
    "AE": r"181",  # TDRA
    "AR": r"110",  # ENACOM, Plan Fundamental de Numeración Nacional
    "AU": r"1223|1225|1234|12455|12456",  # ACMA, Telecommunications Numbering Plan
    "BE": r"118\d{0,3}|1[234]0[47]",  # BIPT
    "BR": r"102",  # Anatel, Regulamento de Numeração
    "CH": r"18(?:11|12|18|50)",  # OFCOM, short numbers
    "CL": r"103",  # SUBTEL
    "CN": r"114",  # MIIT
    "CO": r"113",  # CRC
    "DE": r"118(?:0\d\d|\d\d)",  # Bundesnetzagentur, Nummernplan Auskunftsdienste
    "EG": r"140",  # NTRA
    "FI": r"118|0100100|02020\d",  # Traficom, directory inquiries and onward connection
    "GB": r"118\d{3}|100|155|195",  # Ofcom, National Telephone Numbering Plan, part A
    "HK": r"108[13]|1001[03]",  # OFCA
    "HU": r"118\d{0,2}|19[89]",  # NMHH
    "ID": r"108",  # Kominfo, Fundamental Technical Plan
    "IE": r"118\d\d|10|114",  # ComReg, Numbering Conditions of Use
    "IL": r"144|188",  # Ministry of Communications
    "IN": r"197|183",  # DoT, National Numbering Plan
    "IS": r"118\d{0,3}|181[89]",  # ECOI
    "IT": r"12\d\d",  # AGCOM, Piano di numerazione
    "JP": r"104",  # MIC
    "KR": r"114",  # MSIT
    "LK": r"1212",  # TRCSL
    "MA": r"160",  # ANRT
    "MX": r"0[249]0",  # IFT, Plan Técnico Fundamental de Numeración
    "MY": r"10[13]",  # MCMC
    "NL": r"18\d\d|118\d{0,3}",  # ACM, Nummerplan: 18xy
    "NO": r"18\d\d",  # Nkom, 18xy
    "NZ": r"01[08]|017[02]",  # Numbering Administration Deed
    "PE": r"103",  # MTC
    "PH": r"187|114",  # NTC
    "PK": r"1217|17",  # PTA
    "PT": r"118\d{0,3}|1820",  # ANACOM, Plano Nacional de Numeração
    "RU": r"09|109|118",  # Mintsifry, numbering plan
    "SA": r"905",  # CST
    "SG": r"10[04]",  # IMDA, National Numbering Plan
    "TH": r"1133",  # NBTC
    "TW": r"10[4-6]",  # NCC
    "UA": r"118\d{0,3}|109",  # NKEK
    "VE": r"113",  # CONATEL
    "VN": r"1080|116",  # MIC
    "ZA": r"1023|10903",  # ICASA, Numbering Plan Regulations
}

# Public short codes that the metadata lacks.
FURTHER_SHORT_CODES: dict[str, frozenset[str]] = {
    # Faults, telegrams, orders, time, message board in disasters, weather: MIC numbering plan.
    "JP": frozenset({"113", "115", "116", "117", "171", "177"}),
}

# Codes dialed in front of a number that hide the caller or choose a carrier. The number after
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
