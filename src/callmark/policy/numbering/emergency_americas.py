"""Emergency numbers of the Americas and the Caribbean."""

from callmark.policy.numbering.emergency_row import EmergencyRow as Row

AMERICAS: tuple[Row, ...] = (
    Row("AG LC MS VC", "911 all services, 999 all services", "ECTEL and ITU numbering plans"),
    Row(
        "AI BM KY TC",
        "911 all services",
        "NANPA, N11 codes; the territory's own numbering plan at the ITU",
    ),
    Row(
        "AR",
        "100 fire, 101 police, 103 civil defense, 105 environmental emergencies, "
        "106 coast guard, 107 ambulance, 109 emergency service, 128 emergency in Mercosur, "
        "911 all services",
        "ENACOM, Plan Fundamental de Numeración Nacional; Microsoft",
        "109 is in Microsoft's list only",
    ),
    Row(
        "AW",
        "100 police, 911 all services, 913 coast guard",
        "libphonenumber; Dutch Caribbean Coast Guard",
    ),
    Row(
        "BB",
        "211 police, 311 fire, 511 ambulance, 911 all services",
        "Royal Barbados Police; libphonenumber",
    ),
    Row("BO", "110 police, 118 ambulance, 119 fire, 911 all services", "ATT; libphonenumber"),
    Row(
        "BQ",
        "112 all services, 911 police and fire, 912 ambulance, 913 coast guard",
        "ACM, Nummerplan BES; Dutch Caribbean Coast Guard",
    ),
    Row(
        "BR",
        "128 emergency in Mercosur, 180 police for women, 185 sea rescue, 190 police, "
        "191 federal highway police, 192 ambulance, 193 fire, 194 federal police, "
        "197 civil police, 198 state highway police, 199 civil defense",
        "Anatel, Regulamento de Numeração: serviços públicos de emergência; Microsoft",
        "Microsoft counts 199 as a public service, Anatel as emergency",
    ),
    Row("BS", "911 all services, 919 police", "URCA, National Numbering Plan"),
    Row("BZ", "90 fire and ambulance, 911 police, 990 fire", "PUC Belize; libphonenumber"),
    Row(
        "CA",
        "911 all services, 112 all services from mobiles",
        "CRTC, Telecom Regulatory Policy 2017-182; CNAC, N11 codes",
    ),
    Row(
        "CL",
        "130 forest fires, 131 ambulance, 132 fire, 133 police, 134 investigative police, "
        "135 drugs police, 136 mountain rescue, 137 sea rescue, 138 air rescue, "
        "1400 emergency service",
        "SUBTEL, Plan Técnico Fundamental de Numeración; Microsoft",
        "1400 is in Microsoft's list only",
    ),
    Row(
        "CO",
        "111 emergency service, 112 all services, 119 fire, 123 all services, 125 ambulance, "
        "132 Red Cross, 144 civil defense, 146 navy and coast guard, 147 kidnaps (army), "
        "156 police, 165 kidnaps (police)",
        "CRC, Resolución 5050 de 2016: numeración 1XY de emergencia; Microsoft",
    ),
    Row(
        "CR",
        "112 all services from mobiles, 911 all services, 1117 police, 1118 fire",
        "SUTEL, Plan Nacional de Numeración; Microsoft",
    ),
    Row(
        "CU",
        "104 ambulance, 105 fire, 106 police, 107 sea rescue",
        "MINCOM, numbering plan at the ITU; libphonenumber",
    ),
    Row(
        "CW",
        "112 all services, 911 police and fire, 912 ambulance, 913 coast guard",
        "RAC, Nationaal Nummerplan; Dutch Caribbean Coast Guard",
    ),
    Row(
        "DM KN",
        "333 fire, 911 all services, 999 police",
        "ECTEL, numbering plans; libphonenumber",
    ),
    Row("DO", "112 all services, 911 all services", "Indotel; Ley 140-13 (Sistema 9-1-1)"),
    Row(
        "EC",
        "101 police, 102 fire, 112 all services, 131 Red Cross, 911 all services",
        "ARCOTEL, Plan Técnico Fundamental de Numeración; Wikipedia",
    ),
    Row("FK", "112 all services, 999 all services", "Falkland Islands Communications Regulator"),
    Row(
        "GD",
        "399 coast guard, 434 ambulance (St George), 724 ambulance (St Andrew), "
        "774 ambulance (Carriacou), 911 police and fire",
        "Royal Grenada Police Force; Microsoft",
    ),
    Row(
        "GT",
        "110 police, 120 police, 122 fire, 123 municipal fire, 125 Red Cross, 128 ambulance, "
        "1554 fire",
        "SIT, números de emergencia; Microsoft; Wikipedia",
    ),
    Row("GY", "911 police, 912 fire, 913 ambulance", "PUC Guyana; libphonenumber"),
    Row("HN", "195 Red Cross, 198 fire, 199 police, 911 all services", "CONATEL; Wikipedia"),
    Row(
        "HT",
        "114 police, 115 fire, 116 ambulance, 118 Red Cross, 122 police",
        "CONATEL Haïti; Android; Wikipedia",
    ),
    Row(
        "JM",
        "110 fire and ambulance, 112 all services from mobiles, 119 police, 911 all services",
        "OUR, Jamaican National Numbering Plan",
    ),
    Row(
        "MX",
        "060 police, 061 judicial police, 065 Red Cross, 066 all services, 068 fire, "
        "080 all services, 088 National Guard, 911 all services",
        "IFT, Plan Técnico Fundamental de Numeración; libphonenumber",
        "the numbers beside 911 have been rerouted to it since 2017",
    ),
    Row(
        "NI",
        "102 ambulance, 115 fire, 118 police, 120 police, 128 Red Cross, 911 fire",
        "TELCOR, Plan Nacional de Numeración; Microsoft",
    ),
    Row("PA", "103 fire, 104 police, 911 all services", "ASEP, Plan Nacional de Numeración"),
    Row(
        "PE",
        "105 police, 106 ambulance, 110 highway police, 115 civil defense, 116 fire, "
        "117 ambulance, 911 all services",
        "MTC, Plan Técnico Fundamental de Numeración: servicios de emergencia; Microsoft",
    ),
    Row(
        "PR US VI",
        "911 all services, 112 all services from mobiles, 933 test of 911, 988 lifeline",
        "47 U.S.C. 251(e)(3); 47 CFR 9.16; 47 CFR 52.201; Microsoft",
    ),
    Row(
        "PY",
        "128 emergency in Mercosur, 132 fire, 141 ambulance, 911 police",
        "CONATEL Paraguay; libphonenumber; Wikipedia",
    ),
    Row("SR", "110 fire, 113 ambulance, 115 police", "TAS, numbering plan; Wikipedia"),
    Row(
        "SV",
        "132 ambulance, 911 police, 913 fire",
        "SIGET, Plan de Numeración; Ministerio de Salud, SEM 132",
    ),
    Row(
        "SX",
        "911 police, 912 ambulance, 913 coast guard, 919 fire",
        "BTP St Maarten, National Numbering Plan; Microsoft",
    ),
    Row(
        "TT",
        "811 ambulance, 911 police, 990 fire and ambulance, 999 police",
        "TATT, National Numbering Plan; Ministry of Health",
    ),
    Row(
        "UY",
        "104 fire, 105 ambulance, 106 sea rescue, 108 highway police, 112 all services, "
        "128 emergency in Mercosur, 911 all services",
        "URSEC, Plan Nacional de Numeración; Microsoft",
    ),
    Row("VE", "112 all services, 171 all services, 911 all services", "CONATEL Venezuela"),
    Row(
        "VG",
        "767 sea rescue, 911 all services, 999 all services",
        "TRC, numbering plan; Virgin Islands Search and Rescue",
    ),
)
