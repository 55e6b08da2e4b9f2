"""Emergency numbers of Europe, and of what follows a European plan overseas."""

from callmark.policy.numbering.emergency_row import EmergencyRow as Row

# Directive (EU) 2018/1972, article 109: 112 in every country of the Union, and of the EEA.
_112 = "Directive (EU) 2018/1972, article 109"
_FRENCH = (
    "15 ambulance, 17 police, 18 fire, 112 all services, 114 deaf callers, "
    "115 social emergency, 119 children in danger, 191 air rescue, 196 sea rescue"
)

EUROPE: tuple[Row, ...] = (
    Row("AD", "110 police, 112 all services, 116 ambulance, 118 fire", "Andorra Telecom; Android"),
    Row(
        "AL",
        "112 all services, 125 sea rescue, 126 traffic police, 127 ambulance, 128 fire, 129 police",
        "AKEP, National Numbering Plan; DIDWW, emergency numbers; Microsoft",
    ),
    Row(
        "AT",
        "112 all services, 122 fire, 128 gas leaks, 130 provincial warning center, 133 police, "
        "140 mountain rescue, 141 doctors, 142 crisis line, 144 ambulance, 147 children in need",
        "RTR, KEM-V 2009: public emergency numbers; Microsoft",
    ),
    Row("AX FI", "112 all services", f"{_112}; Traficom"),
    Row(
        "BA",
        "112 all services, 121 civil protection, 122 police, 123 fire, 124 ambulance",
        "RAK, Numbering Plan; DIDWW, emergency numbers",
    ),
    Row(
        "BE",
        "100 fire and ambulance, 101 police, 102 children in need, 103 children in need, "
        "105 disasters (Red Cross), 106 crisis line, 107 crisis line, 108 crisis line, "
        "110 missing children, 112 all services, 116000 missing children",
        "Law of 13 June 2005, article 107; Royal Decree of 2 February 2007; Microsoft",
        "117 and 119 (Microsoft) could not be confirmed and are left out",
    ),
    Row("BG", "112 all services, 150 ambulance, 160 fire, 166 police", f"{_112}; CRC; Microsoft"),
    Row(
        "BY",
        "101 fire, 102 police, 103 ambulance, 104 gas leaks, 112 fire",
        "Ministry of Communications, numbering plan; Microsoft",
    ),
    Row(
        "CH LI",
        "112 all services, 117 police, 118 fire, 143 crisis line, 144 ambulance, 145 poisoning, "
        "147 children in need, 1414 air rescue, 1415 air rescue",
        "OFCOM, SR 784.101.1 (OTS) and list of short numbers; Microsoft",
    ),
    Row("CY", "112 all services, 199 all services", f"{_112}; OCECPR; Microsoft"),
    Row(
        "CZ",
        "112 all services, 150 fire, 155 ambulance, 156 municipal police, 158 police",
        "Act 127/2005, section 33; CTU numbering plan; Microsoft",
    ),
    Row("DE", "110 police, 112 fire and ambulance", "Notrufverordnung (NotrufV), section 1"),
    Row(
        "DK",
        "112 all services, 114 police",
        "Danish numbering plan (Energistyrelsen); Microsoft",
    ),
    Row("EE", "110 police, 112 all services", f"{_112}; TTJA"),
    Row(
        "ES",
        "061 ambulance, 062 Civil Guard, 080 fire, 085 fire, 088 police, 091 National Police, "
        "092 municipal police, 112 all services, 1006 civil protection",
        "CNMC, Plan Nacional de Numeración Telefónica; Microsoft; Android",
    ),
    Row("FO GL", "112 all services, 114 police", "Fjarskiftiseftirlitið; Tusass; Microsoft"),
    Row(
        "FR BL GF GP MF MQ PM RE YT",
        f"{_FRENCH}, 197 terror and abduction alerts, 116000 missing children, "
        "116111 children in danger, 116117 doctors on duty",
        "ARCEP, decision 02-1179 as amended (2016-0172, 2017-1251): list of emergency numbers",
    ),
    Row(
        "NC PF WF",
        f"{_FRENCH}, 16 sea rescue",
        "OPT Nouvelle-Calédonie; DGEN Polynésie française; SPT Wallis et Futuna; ARCEP",
        "these have plans of their own: the three-digit numbers of the French plan may not be "
        "open in each",
    ),
    Row("MC", "15 ambulance, 17 police, 18 fire, 112 all services, 196 sea rescue", "Microsoft"),
    Row(
        "GB GG IM JE",
        "112 all services, 999 all services, 18000 text relay to 999",
        "Ofcom, General Condition A3 and National Telephone Numbering Plan, part A; Microsoft",
    ),
    Row("GI", "112 all services, 190 fire and ambulance, 199 police, 999 all services", "GRA"),
    Row(
        "GR",
        "100 police, 108 coast guard, 109 drugs police, 112 all services, 166 ambulance, "
        "171 tourist police, 197 social emergency, 199 fire",
        "EETT, National Numbering Plan: emergency short codes; Microsoft",
        "171 has mostly moved to 1571; 11112 (Microsoft) could not be confirmed",
    ),
    Row(
        "HR",
        "112 all services, 192 police, 193 fire, 194 ambulance, 195 sea rescue",
        "HAKOM, ordinance on the national numbering plan; Microsoft",
        "1987 (Microsoft) is roadside assistance, a paid service, and left out",
    ),
    Row("HU", "104 ambulance, 105 fire, 107 police, 112 all services", "NMHH; Microsoft"),
    Row("IE", "112 all services, 999 all services", "ComReg, Numbering Conditions; Microsoft"),
    Row("IS", "112 all services", "Act 40/2008 on emergency calls"),
    Row(
        "IT SM VA",
        "112 all services, 113 police, 114 children in danger, 115 fire, 117 Guardia di Finanza, "
        "118 ambulance, 1515 forest fires, 1530 coast guard",
        "AGCOM, Piano di numerazione (delibera 8/15/CIR): emergency services; Microsoft",
        "in San Marino and the Vatican 114, 117, 1515 and 1530 reach Italy where they are open",
    ),
    Row(
        "LT",
        "01 fire, 02 police, 03 ambulance, 011 fire, 022 police, 033 ambulance, 101 fire, "
        "102 police, 103 ambulance, 112 all services",
        "RRT, numbering plan; libphonenumber",
    ),
    Row("LU", "112 fire and ambulance, 113 police", "ILR, plan de numérotation; Microsoft"),
    Row(
        "LV",
        "01 fire, 02 police, 03 ambulance, 110 police, 112 all services, 113 ambulance, "
        "114 gas leaks, 115 emergency service",
        "SPRK, national numbering plan; Microsoft",
        "115 is in Microsoft's list only",
    ),
    Row(
        "MD",
        "112 all services, 901 fire, 902 police, 903 ambulance, 904 gas leaks",
        "ANRCETI, National Numbering Plan; Service 112",
        "901 to 904 are being replaced by 112 and no longer open everywhere",
    ),
    Row(
        "ME",
        "112 all services, 122 police, 123 fire, 124 ambulance, 129 sea rescue",
        "EKIP, numbering plan; Microsoft",
    ),
    Row("MK", "112 all services, 192 police, 193 fire, 194 ambulance", "AEC; Microsoft"),
    Row("MT", "112 all services", f"{_112}; MCA; Microsoft"),
    Row("NL", "112 all services, 911 all services", "ACM, Nummerplan telefoon- en ISDN-diensten"),
    Row(
        "NO SJ",
        "110 fire, 112 police, 113 ambulance, 120 sea rescue, 1412 text telephone",
        "Nkom, emergency numbers; Kystradio; libphonenumber",
        "120 is the coast radio's number for those in danger at sea; Nkom does not list it",
    ),
    Row(
        "PL",
        "112 all services, 984 river rescue, 985 mountain and sea rescue, 986 municipal guard, "
        "987 crisis center, 989 medical information, 991 power failures, 992 gas leaks, "
        "993 heating failures, 994 water failures, 995 missing children, 996 counter-terrorism, "
        "997 police, 998 fire, 999 ambulance",
        "Telecommunications Act and numbering plan: emergency and intervention numbers; Microsoft",
        "the plan counts 989 and 991 to 994 among the alarm numbers, so they are here",
    ),
    Row("PT", "112 all services, 115 all services, 117 forest fires", "ANACOM, PNN; Microsoft"),
    Row("RO", "112 all services, 113 text for deaf callers", "STS, 112 service; Microsoft"),
    Row("RS", "112 all services, 192 police, 193 fire, 194 ambulance", "RATEL, numbering plan"),
    Row(
        "RU",
        "01 fire, 02 police, 03 ambulance, 04 gas leaks, 101 fire, 102 police, 103 ambulance, "
        "104 gas leaks, 112 all services",
        "Government Decree 894 of 31 December 2004; Mintsifry, numbering plan",
    ),
    Row(
        "SE",
        "112 all services, 90000 all services",
        "PTS, Swedish numbering plan",
        "11313, 11414 and 1177 (Microsoft) are for what is not urgent and are left out",
    ),
    Row("SI", "112 fire and ambulance, 113 police", "AKOS, numbering plan; Microsoft"),
    Row(
        "SK",
        "112 all services, 150 fire, 155 ambulance, 158 police, 159 municipal police, "
        "18300 mountain rescue",
        "RÚ, numbering plan: emergency numbers; Horská záchranná služba; Microsoft",
    ),
    Row(
        "UA",
        "101 fire, 102 police, 103 ambulance, 104 gas leaks, 112 all services",
        "Law of Ukraine 4499-VI on the 112 system; NKEK, numbering plan",
    ),
    Row("XK", "112 all services, 192 police, 193 fire, 194 ambulance", "ARKEP, numbering plan"),
)
