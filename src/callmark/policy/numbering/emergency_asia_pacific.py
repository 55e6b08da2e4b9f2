"""Emergency numbers of Asia, the Middle East and the Pacific."""

from callmark.policy.numbering.emergency_row import EmergencyRow as Row

ASIA: tuple[Row, ...] = (
    Row(
        "AE",
        "112 all services, 911 police, 995 search and rescue, 996 coast guard, 997 fire, "
        "998 ambulance, 999 police",
        "TDRA, National Numbering Plan; u.ae, Emergency hotlines",
        "991 and 992 (Microsoft) report failures of power and water and are left out",
    ),
    Row("AF", "100 traffic police, 102 ambulance, 112 ambulance, 119 police and fire", "ATRA"),
    Row(
        "AM",
        "101 fire, 102 police, 103 ambulance, 104 gas leaks, 112 all services, "
        "177 traffic police, 911 all services",
        "PSRC Armenia, numbering plan; Microsoft",
    ),
    Row(
        "AZ",
        "101 fire, 102 police, 103 ambulance, 104 gas leaks, 112 rescue service",
        "Azerbaijan, numbering plan at the ITU; Microsoft",
        "199 (Microsoft) reports failures of power and is left out",
    ),
    Row(
        "BD",
        "100 police, 101 police (RAB), 102 fire, 199 fire and ambulance, 999 all services, "
        "16163 fire",
        "BTRC, National Numbering Plan; Fire Service and Civil Defense; Microsoft",
    ),
    Row(
        "BH",
        "112 all services, 199 traffic police, 994 coast guard, 999 all services",
        "TRA Bahrain, National Numbering Plan; Ministry of Interior; Microsoft",
        "990 and 992 (Microsoft) are lines of the police for reports and are left out",
    ),
    Row(
        "BN",
        "991 ambulance, 993 police, 995 fire, 998 search and rescue",
        "AITI, National Numbering Plan; Microsoft",
    ),
    Row("BT", "110 fire, 112 ambulance, 113 police", "BICMA; Android"),
    Row(
        "CN",
        "110 police, 119 fire, 120 ambulance, 122 traffic accidents, 12119 forest fires, "
        "12395 sea rescue",
        "MIIT, Telecommunications Network Numbering Plan (2017); libphonenumber",
    ),
    Row(
        "GE",
        "112 all services, 111 fire, 113 ambulance, 122 police",
        "ComCom Georgia; libphonenumber",
    ),
    Row(
        "HK",
        "112 all services from mobiles, 992 text and fax for deaf callers, 999 all services",
        "OFCA, Numbering Plan for Telecommunications Services",
    ),
    Row(
        "ID",
        "110 police, 112 all services, 113 fire, 115 search and rescue, 117 disasters, "
        "118 ambulance, 119 ambulance",
        "Kominfo, Fundamental Technical Plan; Basarnas; BNPB",
    ),
    Row(
        "IL",
        "100 police, 101 ambulance, 102 fire, 104 home front command, 112 all services",
        "Ministry of Communications, numbering plan; Microsoft",
    ),
    Row(
        "IN",
        "100 police, 101 fire, 102 ambulance, 103 traffic police, 108 ambulance and disasters, "
        "112 all services, 1033 highway accidents, 1070 state disaster center, "
        "1073 road accidents, 1077 district disaster center, 1078 national disaster center, "
        "1091 police for women, 1554 coast guard",
        "DoT, National Numbering Plan 2003, level 1 codes; NDMA; Indian Coast Guard",
        "the 10xx codes are open in most states, not in all",
    ),
    Row("IO", "112 all services, 911 all services, 999 all services", "Wikipedia"),
    Row(
        "IQ", "100 police, 104 police, 112 all services, 115 fire, 122 ambulance", "CMC; Microsoft"
    ),
    Row(
        "IR",
        "110 police, 112 Red Crescent, 115 ambulance, 123 social emergency, 125 fire, "
        "194 gas leaks, 911 police",
        "CRA Iran, numbering plan at the ITU; libphonenumber",
    ),
    Row(
        "JO",
        "112 all services, 191 police, 193 ambulance, 199 fire, 911 all services",
        "TRC Jordan, National Numbering Plan; Microsoft",
    ),
    Row(
        "JP",
        "110 police, 118 coast guard, 119 fire and ambulance",
        "MIC, Rules for Telecommunications Numbers (2019)",
    ),
    Row(
        "KG",
        "101 fire, 102 police, 103 ambulance, 104 gas leaks, 112 rescue service, 161 rescue",
        "Kyrgyz Republic, numbering plan at the ITU; Microsoft",
    ),
    Row(
        "KH",
        "117 police, 118 fire, 119 ambulance, 666 fire",
        "TRC Cambodia, National Numbering Plan; Microsoft",
    ),
    Row("KP", "110 police, 112 all services, 119 fire, 819 police", "libphonenumber"),
    Row(
        "KR",
        "112 police, 119 fire and ambulance, 122 coast guard",
        "MSIT, Detailed Rules on Telecommunications Numbers; Microsoft",
        # The coast guard's own number was merged into 119 and 112 on 28 October 2016, but has
        # been routed to 119 since 1 July 2016. Who remembers it is at sea and in danger.
        "122 is no longer advertised; kept because it reaches 119",
    ),
    Row("KW", "112 all services", "CITRA, National Numbering Plan"),
    Row(
        "KZ",
        "101 fire, 102 police, 103 ambulance, 104 gas leaks, 112 all services",
        "Kazakhstan, numbering plan (Order 15 of 2015); Microsoft",
    ),
    Row(
        "LA",
        "190 fire, 191 police, 192 tourist police, 195 ambulance, 1190 fire, 1191 police, "
        "1192 tourist police, 1195 ambulance",
        "Lao PDR, numbering plan at the ITU; Android; Microsoft",
        "1169 and 1199 (Microsoft) report failures of power and water and are left out",
    ),
    Row(
        "LB",
        "112 police, 125 civil defense, 140 Red Cross ambulance, 175 fire, 999 police",
        "TRA Lebanon, National Numbering Plan; Microsoft",
    ),
    Row(
        "LK",
        "110 fire and ambulance, 112 all services, 117 disasters, 118 security forces, "
        "119 police, 1990 ambulance",
        "TRCSL, short codes; 1990 Suwa Seriya Foundation Act 18 of 2018; Microsoft",
    ),
    Row("MM", "191 fire, 192 ambulance, 199 police, 1880 highway police", "Fire Services; Android"),
    Row(
        "MN",
        "100 all services, 101 fire, 102 police, 103 ambulance, 105 disasters",
        "CRC Mongolia, numbering plan; libphonenumber",
    ),
    Row("MO", "110 police, 112 police, 999 all services", "CTT Macao; Wikipedia"),
    Row("MV", "102 ambulance, 118 fire, 119 police, 191 coast guard", "CAM; Microsoft"),
    Row(
        "MY",
        "112 all services, 991 civil defense, 994 fire, 999 all services",
        "MCMC, Numbering and Electronic Addressing Plan; libphonenumber",
    ),
    Row(
        "NP",
        "100 police, 101 fire, 102 ambulance, 103 traffic police, 112 police, 1144 tourist police",
        "NTA, National Numbering Plan; Nepal Police",
    ),
    Row("OM", "112 all services, 1444 ambulance, 9999 police", "TRA Oman; Royal Oman Police"),
    Row(
        "PH",
        "112 all services from mobiles, 117 police, 143 Red Cross ambulance, 911 all services",
        "NTC, Memorandum Circular; EO 56 of 2018 (911); Philippine Red Cross",
    ),
    Row(
        "PK",
        "15 police, 16 fire, 112 all services, 115 ambulance, 130 motorway police, "
        "911 all services, 1122 rescue, 1422 tourist police",
        "PTA, National Numbering Plan; Microsoft; Wikipedia",
    ),
    Row("PS", "100 police, 101 ambulance, 102 fire", "MTIT, numbering plan; Wikipedia"),
    Row(
        "QA",
        "112 all services, 992 text for deaf callers, 999 all services",
        "CRA Qatar, National Numbering Plan; Ministry of Interior",
    ),
    Row(
        "SA",
        "112 all services, 911 all services, 993 traffic accidents, 994 border and coast guard, "
        "996 highway security, 997 ambulance, 998 fire, 999 police",
        "CST, National Numbering Plan; Ministry of Interior; Microsoft",
    ),
    Row("SG", "993 emergency service, 995 fire and ambulance, 999 police", "IMDA; Microsoft"),
    Row("SY", "110 ambulance, 112 police, 113 fire, 115 traffic police", "SyTRA; Wikipedia"),
    Row(
        "TH",
        "191 police, 199 fire, 1155 tourist police, 1193 highway police, 1196 water accidents, "
        "1669 ambulance",
        "NBTC, numbers for emergencies and public services; libphonenumber",
    ),
    Row(
        "TJ",
        "101 fire, 102 police, 103 ambulance, 104 gas leaks, 112 rescue service",
        "Tajikistan, numbering plan at the ITU; Microsoft",
    ),
    Row("TL", "110 ambulance, 112 police, 115 fire", "ANC; libphonenumber; Android"),
    Row(
        "TM",
        "01 fire, 02 police, 03 ambulance, 04 gas leaks, 001 fire, 002 police, 003 ambulance, "
        "004 gas leaks, 112 all services",
        "Turkmenistan, numbering plan at the ITU; Android; Microsoft",
    ),
    Row(
        "TR",
        "110 fire, 112 all services, 122 disasters, 132 emergency service, 155 police, "
        "156 gendarmerie, 158 coast guard, 177 forest fires, 187 gas leaks",
        "BTK, numbering regulation; Ministry of Interior, 112 centers; Microsoft",
        "what answers 132 could not be found; all the others but 187 are routed to 112 since 2021",
    ),
    Row(
        "TW",
        "110 police, 112 all services from mobiles, 118 coast guard, 119 fire and ambulance",
        "NCC, Telecommunications Numbering Plan; Ocean Affairs Council",
    ),
    Row(
        "UZ",
        "01 fire, 02 police, 03 ambulance, 050 rescue, 101 fire, 102 police, 103 ambulance, "
        "104 gas leaks, 112 all services, 1050 rescue",
        "Uzbekistan, numbering plan at the ITU; Ministry of Emergency Situations; Microsoft",
    ),
    Row(
        "VN",
        "112 search and rescue, 113 police, 114 fire, 115 ambulance",
        "MIC, Circular 22/2014/TT-BTTTT",
    ),
    Row(
        "YE",
        "191 fire, 194 police, 195 ambulance, 199 police",
        "MTIT Yemen, numbering plan; libphonenumber",
    ),
)

PACIFIC: tuple[Row, ...] = (
    Row("AS GU MP", "911 all services", "NANPA, N11 codes; 47 U.S.C. 251(e)(3)"),
    Row(
        "AU CC CX",
        "000 all services, 106 text relay for deaf callers, 112 all services from mobiles",
        "ACMA, Telecommunications (Emergency Call Service) Determination 2019",
    ),
    Row("CK", "996 fire, 998 ambulance, 999 police", "Cook Islands; libphonenumber; Microsoft"),
    Row("FJ", "910 fire, 911 all services, 917 police", "TAF, National Numbering Plan; Microsoft"),
    Row("FM MH PW", "911 all services", "libphonenumber; Android"),
    Row(
        "KI",
        "192 police, 193 fire, 194 ambulance, 195 ambulance, 999 all services",
        "Communications Commission of Kiribati; libphonenumber",
    ),
    Row(
        "NF",
        "000 all services, 112 all services from mobiles, 911 ambulance, 955 police, 977 fire",
        "Norfolk Island Regional Council; ACMA; libphonenumber",
    ),
    Row("NR", "110 police, 111 ambulance, 112 fire", "libphonenumber; Android; Wikipedia"),
    Row("NU", "999 all services", "libphonenumber; Android"),
    Row(
        "NZ",
        "111 all services, 112 all services from mobiles, 911 all services from mobiles",
        "Telecommunications Commission, 111 Contact Code; Number Administration Deed",
    ),
    Row("PG", "000 police, 110 fire, 111 ambulance, 112 police", "NICTA; Wikipedia"),
    Row("SB", "911 ambulance, 988 fire, 999 police", "TCSI; Android"),
    Row(
        "TK",
        "111 all services, 999 all services",
        "Android; Microsoft",
        "only the villages' own line numbers are certain",
    ),
    Row("TO", "911 all services, 922 police, 933 hospital, 999 fire", "libphonenumber; Wikipedia"),
    Row("TV", "911 all services, 999 ambulance", "libphonenumber; Wikipedia"),
    Row("VU", "111 police, 112 ambulance, 113 fire", "TRBR, numbering plan; Android"),
    Row(
        "WS",
        "911 all services, 994 fire, 995 police, 996 ambulance, 999 all services",
        "Office of the Regulator, Samoa; libphonenumber",
    ),
)
