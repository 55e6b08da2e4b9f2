"""Short numbers for people in need that cost the caller nothing, each with its source.

A freephone number (0800 ...) is not here: the public metadata knows those.
"""

# Commission Decision 2007/116/EC: 116xxx is reserved for harmonised services of social value,
# free for the caller, in the European Union and the EEA. Switzerland (OFCOM), the United Kingdom
# (Ofcom, numbering plan, part A) and Macedonia (AEC) have opened the range as well, and what
# follows one of these plans has it, too.
_116_COUNTRIES = (
    "AT AX BE BG BL CH CY CZ DE DK EE ES FI FR GB GF GG GI GP GR HR HU IE IM IS IT LI LT LU "
    "LV MF MK MQ MT NL NO PL PT RE RO SE SI SJ SK YT"
)
_116 = r"116\d\d\d"

_FURTHER: dict[str, str] = {
    "AL": r"116(?:000|006|111|123)",  # AKEP, numbering plan: the harmonised services
    "AR": r"102|137|144",  # ENACOM: children, family violence, violence against women
    # State Emergency Service (storms and floods); Lifeline, free from fixed lines and, since
    # 1 July 2011, from mobiles.
    "AU": r"132500|131114",
    "BD": r"109|1098",  # BTRC: women and children, Child Helpline
    "BE": r"1712|1813",  # BIPT: violence, suicide prevention
    "BR": r"100|181|188",  # Anatel, utilidade pública: human rights, reports, suicide prevention
    "BW": r"116",  # BOCRA: Childline
    "CL": r"14[79]|1455",  # SUBTEL: children, family violence, violence against women
    "CO": r"106|141|155",  # CRC: crisis line, children, women
    "ES": r"01[67]|02[48]",  # CNMC, PNNT: violence, cyber crime, suicide prevention, hate
    "FR": r"3018|3114|3919",  # ARCEP: children on line, suicide prevention, violence
    "GB": r"101|105|111|119",  # Ofcom, part A: police, power cuts, NHS (all free to call)
    "IL": r"105|118|1201",  # Ministry of Communications: children, welfare, ERAN
    "IN": r"181|1098|14416",  # DoT, level 1 codes: women, Childline, Tele-MANAS
    "IT": r"1522|19696",  # AGCOM: violence, Telefono Azzurro
    # The five harmonised ones only: six digits may be a local number in Jersey.
    "JE": r"116(?:000|006|111|117|123)",  # Ofcom, part A; JCRA
    "JP": r"189",  # MIC: child abuse, free since 2019
    "KE": r"116|1195",  # CA: Childline, violence against women
    "KR": r"109",  # MSIT: suicide prevention, since 2024
    "LK": r"1926|1929",  # TRCSL: mental health, ChildLine
    "MD": r"116\d\d\d",  # ANRCETI, numbering plan: services of social value
    "ME": r"116\d\d\d",  # EKIP, numbering plan: services of social value
    "MW": r"116",  # MACRA: Tithandizane
    "MY": r"15999",  # MCMC: Talian Kasih
    "NA": r"116",  # CRAN: Lifeline/Childline
    "NL": r"113",  # ACM: suicide prevention
    "NP": r"1098|1166",  # NTA: children, suicide prevention
    "NZ": r"105|1737",  # Number Administration Deed: police, Need to talk?
    "PE": r"100|113",  # MTC: violence, health
    "PH": r"1553",  # NCMH crisis line
    "PT": r"144",  # ANACOM, PNN: social emergency line
    "RS": r"116\d\d\d",  # RATEL, numbering plan: services of social value
    "RU": r"123",  # Mintsifry: children in danger
    "RW": r"116|351[12]",  # RURA: children, abuse
    "TH": r"1300|1323",  # NBTC: social assistance, mental health
    "TR": r"183",  # Ministry of Family and Social Services
    "TW": r"113|1925",  # NCC: protection, suicide prevention
    "TZ": r"116",  # TCRA: Child Helpline
    "UA": r"116(?:006|111|123)",  # NKEK: the harmonised services
    "UG": r"116",  # UCC: Sauti
    "VN": r"111",  # MIC: children
    "ZA": r"116",  # ICASA, Numbering Plan Regulations: Childline
    "ZM": r"116|933",  # ZICTA: Lifeline/Childline
    "ZW": r"116",  # POTRAZ: Childline
}


def _together() -> dict[str, str]:
    patterns = dict.fromkeys(_116_COUNTRIES.split(), _116)
    for country, more in _FURTHER.items():
        before = patterns.get(country)
        patterns[country] = f"{before}|{more}" if before else more
    return patterns


HELPLINES: dict[str, str] = _together()
"""Country to the pattern that a helpline's digits match as a whole."""
