"""Currencies that an account can be billed in.

Source: ISO 4217, list one (active codes): without funds, metals, and codes for testing.
"""

from decimal import Decimal

from django.utils.translation import gettext

from callmark.languages import language_now
from callmark.local_formats import currency as name_of_currency
from callmark.local_formats import number

_NAMES = """
AED UAE dirham|AFN Afghani|ALL Albanian lek|AMD Armenian dram|AOA Angolan kwanza
ARS Argentine peso|AUD Australian dollar|AWG Aruban florin|AZN Azerbaijani manat
BAM Bosnian convertible mark|BBD Barbados dollar|BDT Bangladeshi taka|BHD Bahraini dinar
BIF Burundian franc|BMD Bermudian dollar|BND Brunei dollar|BOB Bolivian boliviano
BRL Brazilian real|BSD Bahamian dollar|BTN Bhutanese ngultrum|BWP Botswana pula
BYN Belarusian ruble|BZD Belize dollar|CAD Canadian dollar|CDF Congolese franc|CHF Swiss franc
CLP Chilean peso|CNY Chinese yuan|COP Colombian peso|CRC Costa Rican colon|CUP Cuban peso
CVE Cape Verdean escudo|CZK Czech koruna|DJF Djiboutian franc|DKK Danish krone|DOP Dominican peso
DZD Algerian dinar|EGP Egyptian pound|ERN Eritrean nakfa|ETB Ethiopian birr|EUR Euro
FJD Fijian dollar|FKP Falkland Islands pound|GBP Pound sterling|GEL Georgian lari
GHS Ghanaian cedi|GIP Gibraltar pound|GMD Gambian dalasi|GNF Guinean franc
GTQ Guatemalan quetzal|GYD Guyanese dollar|HKD Hong Kong dollar|HNL Honduran lempira
HTG Haitian gourde|HUF Hungarian forint|IDR Indonesian rupiah|ILS Israeli new shekel
INR Indian rupee|IQD Iraqi dinar|IRR Iranian rial|ISK Icelandic krona|JMD Jamaican dollar
JOD Jordanian dinar|JPY Japanese yen|KES Kenyan shilling|KGS Kyrgyzstani som
KHR Cambodian riel|KMF Comorian franc|KPW North Korean won|KRW South Korean won
KWD Kuwaiti dinar|KYD Cayman Islands dollar|KZT Kazakhstani tenge|LAK Lao kip
LBP Lebanese pound|LKR Sri Lankan rupee|LRD Liberian dollar|LSL Lesotho loti|LYD Libyan dinar
MAD Moroccan dirham|MDL Moldovan leu|MGA Malagasy ariary|MKD Macedonian denar
MMK Myanmar kyat|MNT Mongolian tugrik|MOP Macanese pataca|MRU Mauritanian ouguiya
MUR Mauritian rupee|MVR Maldivian rufiyaa|MWK Malawian kwacha|MXN Mexican peso
MYR Malaysian ringgit|MZN Mozambican metical|NAD Namibian dollar|NGN Nigerian naira
NIO Nicaraguan cordoba|NOK Norwegian krone|NPR Nepalese rupee|NZD New Zealand dollar
OMR Omani rial|PAB Panamanian balboa|PEN Peruvian sol|PGK Papua New Guinean kina
PHP Philippine peso|PKR Pakistani rupee|PLN Polish zloty|PYG Paraguayan guarani
QAR Qatari riyal|RON Romanian leu|RSD Serbian dinar|RUB Russian ruble|RWF Rwandan franc
SAR Saudi riyal|SBD Solomon Islands dollar|SCR Seychelles rupee|SDG Sudanese pound
SEK Swedish krona|SGD Singapore dollar|SHP Saint Helena pound|SLE Sierra Leonean leone
SOS Somali shilling|SRD Surinamese dollar|SSP South Sudanese pound|STN Sao Tome dobra
SYP Syrian pound|SZL Swazi lilangeni|THB Thai baht|TJS Tajikistani somoni
TMT Turkmenistan manat|TND Tunisian dinar|TOP Tongan pa'anga|TRY Turkish lira
TTD Trinidad and Tobago dollar|TWD New Taiwan dollar|TZS Tanzanian shilling
UAH Ukrainian hryvnia|UGX Ugandan shilling|USD US dollar|UYU Uruguayan peso|UZS Uzbekistan sum
VES Venezuelan bolivar|VND Vietnamese dong|VUV Vanuatu vatu|WST Samoan tala
XAF Central African CFA franc|XCD East Caribbean dollar|XCG Caribbean guilder
XOF West African CFA franc|XPF CFP franc|YER Yemeni rial|ZAR South African rand
ZMW Zambian kwacha|ZWG Zimbabwe gold
"""
_WITHOUT_DECIMALS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_WITH_THREE = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

CURRENCIES: dict[str, str] = {
    entry[:3]: entry[4:] for line in _NAMES.split("\n") for entry in line.split("|") if entry
}
"""Name in English by code, in order of the codes."""


def decimals_of(currency: str) -> int:
    """How many decimals its amounts are written with."""
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _WITH_THREE else 2


def currency_name(currency: str) -> str:
    """Its name in the reader's language."""
    if language_now() == "en":
        return CURRENCIES[currency]
    return name_of_currency(currency)


def with_currency(amount: Decimal, currency: str) -> str:
    """An amount and what it is of: USD 1,204.50."""
    words = gettext("{currency} {amount}")
    return words.format(currency=currency, amount=written(amount, currency))


def written(amount: Decimal, currency: str) -> str:
    """An amount with all its decimals, those of its currency at least: 1,204.50.

    With the points and commas of the reader's language.
    """
    least = decimals_of(currency)
    digits = -int(amount.normalize().as_tuple().exponent) if amount else 0
    return number(amount, max(least, digits))
