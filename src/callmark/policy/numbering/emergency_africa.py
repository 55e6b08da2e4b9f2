"""Emergency numbers of Africa and the islands around it."""

from callmark.policy.numbering.emergency_row import EmergencyRow as Row

AFRICA: tuple[Row, ...] = (
    Row("AC", "999 all services, 911 all services", "Ascension Island Government; Wikipedia"),
    Row(
        "AO",
        "111 integrated public safety center, 112 ambulance, 113 police, 115 fire, 116 ambulance",
        "INACOM, Plano Nacional de Numeração; Microsoft; Wikipedia",
    ),
    Row(
        "BF",
        "16 gendarmerie, 17 police, 18 fire, 112 ambulance, 1010 national watch center",
        "ARCEP Burkina Faso, plan de numérotation; Microsoft",
        "199, 1111 and 1130 are lines for reports to the police, and left out",
    ),
    Row("BI", "112 all services, 113 police, 117 police, 118 fire", "ARCT; Wikipedia"),
    Row("BJ", "112 ambulance, 117 police, 118 fire, 166 police", "ARCEP Bénin; libphonenumber"),
    Row(
        "BW",
        "112 all services, 911 ambulance, 997 ambulance, 998 fire, 999 police",
        "BOCRA, National Numbering Plan; Wikipedia",
    ),
    Row("CD", "112 police, 118 fire, 113 police", "ARPTC; libphonenumber; Wikipedia"),
    Row("CF", "117 police, 118 fire, 1220 ambulance", "ARCEP RCA; libphonenumber; Wikipedia"),
    Row("CG", "117 police, 118 fire", "ARPCE Congo, plan national de numérotation; Wikipedia"),
    Row(
        "CI",
        "100 police, 110 police, 111 police, 145 gendarmerie, 170 police, 180 fire, 185 ambulance",
        "ARTCI, numéros courts d'urgence; Microsoft",
    ),
    Row(
        "CM",
        "13 gendarmerie, 17 police, 18 fire, 19 ambulance, 112 all services, 113 gendarmerie, "
        "117 police, 118 fire, 119 ambulance",
        "ART Cameroun, plan national de numérotation; Microsoft",
    ),
    Row("CV", "112 all services, 130 ambulance, 131 fire, 132 police", "ARME; Wikipedia"),
    Row("DJ", "17 police, 18 fire, 19 ambulance", "MCPT; Microsoft; Wikipedia"),
    Row(
        "DZ",
        "14 fire and ambulance, 17 police, 104 police, 112 all services, "
        "1021 fire and ambulance, 1054 coast guard, 1055 gendarmerie, 1070 forest fires, "
        "1548 police",
        "ARPCE, roaming of emergency calls (2024); Microsoft",
    ),
    Row(
        "EG",
        "112 all services, 122 police, 123 ambulance, 126 tourist police, 128 traffic police, "
        "129 gas leaks, 180 fire",
        "NTRA, emergency short numbers; Wikipedia",
        "129 is read as an emergency because a gas leak is reported there",
    ),
    Row(
        "EH MA",
        "15 fire and ambulance, 19 police, 112 all services from mobiles, 150 fire and ambulance, "
        "177 gendarmerie, 190 police",
        "ANRT, plan national de numérotation; Android",
    ),
    Row("ER", "113 police, 114 ambulance, 116 fire", "libphonenumber; Wikipedia"),
    Row(
        "ET",
        "907 Red Cross ambulance, 911 police, 939 fire, 945 traffic police, 991 police",
        "ECA, national numbering plan; libphonenumber; Wikipedia",
    ),
    Row(
        "GA",
        "18 fire, 112 all services, 177 police, 1300 ambulance, 1730 police",
        "ARCEP Gabon; Android; Microsoft; Wikipedia",
    ),
    Row(
        "GH",
        "112 all services, 191 police, 192 fire, 193 ambulance, 999 all services",
        "NCA Ghana, National Numbering Plan",
    ),
    Row(
        "GM",
        "16 ambulance, 17 police, 18 fire, 116 ambulance, 117 police, 118 fire",
        "PURA, numbering plan; libphonenumber",
    ),
    Row(
        "GN",
        "18 fire, 117 police, 118 fire, 122 gendarmerie and fire",
        "ARPT Guinée, numéros courts; Wikipedia",
        "the metadata has none; 442020 (ambulance, Android) is an old line number and left out; "
        "18 does not answer everywhere",
    ),
    Row(
        "GQ",
        "112 fire, 113 police, 114 police, 115 fire and ambulance",
        "Microsoft; Android; Wikipedia",
        "the lists do not agree on which service is which",
    ),
    Row("GW", "112 all services, 113 ambulance, 117 police, 118 fire, 119 ambulance", "Wikipedia"),
    Row(
        "KE",
        "109 emergency service, 110 emergency service, 112 all services, 114 fire, "
        "117 emergency service, 999 all services, 1199 Red Cross ambulance",
        "CA Kenya, Telecommunications Numbering Plan; Microsoft",
        "109, 110 and 117 are in Microsoft's list only",
    ),
    Row(
        "KM",
        "17 police, 18 fire, 113 ambulance, 115 ambulance, 117 police, 118 fire",
        "ANRTIC; Microsoft",
        "113 and 115 may be the same service",
    ),
    Row("LR", "355 police, 911 all services, 4455 ambulance", "LTA; libphonenumber; Microsoft"),
    Row(
        "LS",
        "112 police, 115 fire, 117 ambulance, 121 ambulance, 122 fire, 123 police",
        "LCA, numbering plan; Android; Wikipedia",
    ),
    Row(
        "LY", "190 police, 191 ambulance, 193 ambulance, 1515 all services", "Microsoft; Wikipedia"
    ),
    Row(
        "MG",
        "17 police, 18 fire, 117 police, 118 fire, 124 ambulance",
        "ARTEC, plan de numérotation; Wikipedia",
    ),
    Row("ML", "15 ambulance, 17 police, 18 fire, 112 all services", "AMRTP; Wikipedia"),
    Row(
        "MR",
        "17 police, 18 fire, 101 ambulance, 116 gendarmerie, 117 police, 118 fire, "
        "119 traffic police",
        "ARE Mauritanie, numéros courts; Wikipedia",
    ),
    Row(
        "MU",
        "112 police, 114 ambulance, 115 fire, 995 fire, 999 police",
        "ICTA, Numbering Plan for Mauritius",
    ),
    Row(
        "MW",
        "199 all services, 990 police, 997 police, 998 ambulance, 999 fire",
        "MACRA, numbering plan; Microsoft; Wikipedia",
    ),
    Row("MZ", "112 all services, 117 ambulance, 119 police, 198 fire", "INCM; Android"),
    Row("NA", "112 all services, 10111 police", "CRAN, Numbering Plan Regulations"),
    Row("NE", "15 ambulance, 17 police, 18 fire, 118 fire", "ARCEP Niger; libphonenumber"),
    Row(
        "NG",
        "112 all services, 122 road safety corps, 199 police, 767 Lagos State emergency agency",
        "NCC, National Numbering Plan, harmonised short codes",
    ),
    Row(
        "RW",
        "110 water rescue, 111 fire, 112 police, 113 traffic accidents, 912 ambulance",
        "Rwanda National Police; RURA numbering plan; Microsoft",
    ),
    Row("SC", "112 all services, 133 police, 151 ambulance, 999 all services", "Microsoft"),
    Row(
        "SD",
        "333 ambulance, 777 traffic police, 998 fire, 999 police",
        "TPRA, short codes; Android; Microsoft",
    ),
    Row(
        "SH TA",
        "911 fire and ambulance, 999 police",
        "St Helena Government, Communications Ordinance; Wikipedia",
    ),
    Row(
        "SL",
        "019 police, 112 all services, 117 national emergency medical service, 999 fire",
        "NATCOM, numbering plan; Ministry of Health, NEMS",
    ),
    Row(
        "SN",
        "15 ambulance, 17 police, 18 fire, 1515 ambulance",
        "ARTP, plan national de numérotation; SAMU national",
    ),
    Row("SO", "555 fire, 777 traffic police, 888 police, 999 ambulance", "NCA Somalia; Wikipedia"),
    Row("SS", "777 all services, 999 all services", "NCA South Sudan; Wikipedia"),
    Row("ST", "112 all services, 113 ambulance", "AGER; Microsoft"),
    Row("SZ", "933 fire, 977 ambulance, 999 police", "ESCCOM, numbering plan; Microsoft"),
    Row(
        "TD",
        "17 police, 18 fire",
        "ARCEP Tchad; Wikipedia",
        "114 and 115, in copies of Microsoft's list, could not be confirmed and are left out",
    ),
    Row(
        "TG",
        "117 police, 118 fire, 171 police, 172 gendarmerie",
        "ARCEP Togo; libphonenumber",
        "the ambulance's 8200 (Wikipedia) could not be confirmed and is left out",
    ),
    Row(
        "TN",
        "190 ambulance, 193 national guard, 197 police, 198 fire",
        "INT, plan national de numérotation; Wikipedia",
    ),
    Row(
        "TZ",
        "110 fire, 111 police, 112 all services, 113 anti-corruption, 114 fire, 115 ambulance, "
        "999 police",
        "TCRA, Electronic and Postal Communications (Numbering) Regulations; libphonenumber",
    ),
    Row("UG", "112 all services, 999 all services", "UCC, National Numbering Plan"),
    Row(
        "ZA",
        "107 municipal emergency center, 112 all services, 10111 police, 10177 ambulance and fire",
        "ICASA, Numbering Plan Regulations 2016; City of Cape Town; Microsoft",
        "139, 1020 and 17737 (Microsoft) could not be confirmed and are left out",
    ),
    Row(
        "ZM",
        "112 all services, 991 ambulance, 992 ambulance, 993 fire, 999 police",
        "ZICTA, National Numbering Plan; Microsoft",
    ),
    Row(
        "ZW",
        "112 all services, 993 fire, 994 ambulance, 995 police, 999 all services",
        "POTRAZ, numbering plan; Wikipedia",
    ),
)
