"""How the Office of the Historian names states: its ids, and the words that stand for each in its texts."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# One line per id: the name, then every other form (country name or adjective) its texts use for it.
# The id is the one of the data set, so that `reference/states.tsv` can be joined on it.
_FORMS: Final = """
afghanistan: Afghanistan, Afghan
albania: Albania, Albanian
algeria: Algeria, Algerian
andorra: Andorra, Andorran
angola: Angola, Angolan
antarctica: Antarctica
antigua-barbuda: Antigua and Barbuda, Antiguan
argentina: Argentina, Argentine, Argentinian, Argentinean
armenia: Armenia, Armenian
australia: Australia, Australian
austria: Austria, Austrian
azerbaijan: Azerbaijan, Azerbaijani, Azeri
bahamas: the Bahamas, Bahamas, Bahamian
bahrain: Bahrain, Bahraini
bangladesh: Bangladesh, Bangladeshi
barbados: Barbados, Barbadian
belarus: Belarus, Belarusian, Belarussian, Byelorussia, Byelorussian
belgium: Belgium, Belgian
belize: Belize, Belizean
benin: Benin, Beninese, Dahomey
bhutan: Bhutan, Bhutanese
bolivia: Bolivia, Bolivian
bosnia-herzegovina: Bosnia and Herzegovina, Bosnia-Herzegovina, Bosnia
bosnia-herzegovina: Bosnian, Bosnian Serb, Bosnian Federation
botswana: Botswana, Botswanan
brazil: Brazil, Brazilian
brunei: Brunei, Bruneian, Brunei Darussalam
bulgaria: Bulgaria, Bulgarian
burkina-faso: Burkina Faso, Burkinabe, Upper Volta, Burkinabé
burma: Burma, Burmese, Myanmar
burundi: Burundi, Burundian
cambodia: Cambodia, Cambodian, Khmer Republic
cameroon: Cameroon, Cameroonian
canada: Canada, Canadian, Quebec, Quebecois
cape-verde: Cape Verde, Cape Verdean, Cabo Verde, Cabo Verdean
central-african-republic: the Central African Republic, Central African Republic
chad: Chad, Chadian
chile: Chile, Chilean
china: China, Chinese, People’s Republic of China, PRC
colombia: Colombia, Colombian
comoros: the Comoros, Comoros, Comoran, Comorian
congo-democratic-republic: the Democratic Republic of the Congo, Democratic Republic of the Congo
congo-democratic-republic: DRC, Zaire, Zairian
congo-republic: the Republic of the Congo, Republic of the Congo, Congo, Congo-Brazzaville, Congolese
cook-islands: the Cook Islands, Cook Islands, Cook Islander
costa-rica: Costa Rica, Costa Rican
cote-divoire: Cote d’Ivoire, Ivory Coast, Ivorian, Côte d’Ivoire, Ivoirian
croatia: Croatia, Croatian, Croat
cuba: Cuba, Cuban
cyprus: Cyprus, Cypriot, Greek Cypriot, Turkish Cypriot
czech-republic: the Czech Republic, Czech Republic, Czech, Czechia
czechoslovakia: Czechoslovakia, Czechoslovak, Czechoslovakian
denmark: Denmark, Danish
djibouti: Djibouti, Djiboutian
dominica: Dominica
dominican-republic: the Dominican Republic, Dominican Republic, Dominican
ecuador: Ecuador, Ecuadorian, Ecuadoran, Ecuadorean
egypt: Egypt, Egyptian
el-salvador: El Salvador, Salvadoran, Salvadorean, Salvadorian
equatorial-guinea: Equatorial Guinea, Equatorial Guinean
eritrea: Eritrea, Eritrean
estonia: Estonia, Estonian
eswatini: Eswatini
ethiopia: Ethiopia, Ethiopian
faroe-islands: the Faroe Islands, Faroe Islands, Faroese
fiji: Fiji, Fijian
finland: Finland, Finnish
france: France, French
french-polynesia: French Polynesia
gabon: Gabon, Gabonese
gambia: the Gambia, Gambia, Gambian
georgia: Georgia, Georgian
german-democratic-republic: the German Democratic Republic, German Democratic Republic
german-democratic-republic: East Germany, East German, GDR
germany: Germany, German, West German, West Germany, Federal Republic of Germany
ghana: Ghana, Ghanaian
greece: Greece, Greek
greenland: Greenland, Greenlandic
grenada: Grenada, Grenadian
guatemala: Guatemala, Guatemalan
guinea: Guinea, Guinean
guinea-bissau: Guinea-Bissau, Bissau-Guinean
guyana: Guyana, Guyanese
haiti: Haiti, Haitian
hawaii: Hawaii
holy-see: the Holy See, Holy See, Vatican, Vatican City
honduras: Honduras, Honduran
hungary: Hungary, Hungarian
iceland: Iceland, Icelandic
india: India, Indian
indonesia: Indonesia, Indonesian
iran: Iran, Iranian, Persian
iraq: Iraq, Iraqi, Kurdish, Iraqi Kurdish
ireland: Ireland, Irish, Irish Republic
israel: Israel, Israeli
italy: Italy, Italian
jamaica: Jamaica, Jamaican
japan: Japan, Japanese
jordan: Jordan, Jordanian
kazakhstan: Kazakhstan, Kazakhstani, Kazakh
kenya: Kenya, Kenyan
kiribati: Kiribati, I-Kiribati
korea-north: North Korea, North Korean, DPRK
korea-south: South Korea, South Korean, Republic of Korea, ROK, Korea, Korean
kosovo: Kosovo, Kosovar, Kosovar Albanian, Kosovo Albanian, Kosovan
kuwait: Kuwait, Kuwaiti
kyrgyzstan: Kyrgyzstan, Kyrgyz, Kyrgyz Republic, Kirghizia, Kyrgyzstani
laos: Laos, Lao, Laotian
latvia: Latvia, Latvian
lebanon: Lebanon, Lebanese
lesotho: Lesotho, Basotho
liberia: Liberia, Liberian
libya: Libya, Libyan
liechtenstein: Liechtenstein
lithuania: Lithuania, Lithuanian
luxembourg: Luxembourg, Luxembourger, Luxembourgish
macedonia: Macedonia, Macedonian, Former Yugoslav Republic of Macedonia
madagascar: Madagascar, Malagasy, Malagasy Republic
malawi: Malawi, Malawian
malaysia: Malaysia, Malaysian
maldives: the Maldives, Maldives, Maldivian
mali: Mali, Malian
malta: Malta, Maltese
marshall-islands: the Marshall Islands, Marshall Islands, Marshallese
mauritania: Mauritania, Mauritanian
mauritius: Mauritius, Mauritian
mexico: Mexico, Mexican
micronesia: Micronesia, Micronesian, Federated States of Micronesia
moldova: Moldova, Moldovan, Moldavian
monaco: Monaco, Monegasque
mongolia: Mongolia, Mongolian
montenegro: Montenegro, Montenegrin
morocco: Morocco, Moroccan
mozambique: Mozambique, Mozambican
namibia: Namibia, Namibian
nauru: Nauru, Nauruan
nepal: Nepal, Nepali, Nepalese
netherlands: the Netherlands, Netherlands, Dutch
netherlands-antilles: the Netherlands Antilles, Netherlands Antilles
new-caledonia: New Caledonia
new-zealand: New Zealand, New Zealander
nicaragua: Nicaragua, Nicaraguan
niger: Niger, Nigerien
nigeria: Nigeria, Nigerian
niue: Niue
north-macedonia: North Macedonia, North Macedonian
norway: Norway, Norwegian
oman: Oman, Omani
pakistan: Pakistan, Pakistani
palau: Palau, Palauan
palestinian-authority: the Palestinian Authority, Palestinian Authority
palestinian-authority: Palestinian, Palestine, Palestinian National Authority
panama: Panama, Panamanian
papua-new-guinea: Papua New Guinea, Papua New Guinean
paraguay: Paraguay, Paraguayan
peru: Peru, Peruvian
philippines: the Philippines, Philippines, Philippine, Filipino
poland: Poland, Polish
portugal: Portugal, Portuguese
qatar: Qatar, Qatari
romania: Romania, Romanian, Rumanian
russia: Russia, Russian, Russian Federation
rwanda: Rwanda, Rwandan
saint-kitts-nevis: Saint Kitts and Nevis, St. Kitts and Nevis, St. Christopher and Nevis
saint-lucia: Saint Lucia, St. Lucia, Saint Lucian
saint-vincent-grenadines: Saint Vincent and the Grenadines, St. Vincent and the Grenadines, St. Vincent
samoa: Samoa, Samoan, Western Samoa
san-marino: San Marino
sao-tome-and-principe: Sao Tome and Principe
saudi-arabia: Saudi Arabia, Saudi, Saudi Arabian
senegal: Senegal, Senegalese
serbia: Serbia, Serbian, Serb, Serbia and Montenegro
seychelles: the Seychelles, Seychelles, Seychellois
sierra-leone: Sierra Leone, Sierra Leonean
singapore: Singapore, Singaporean
slovakia: Slovakia, Slovak, Slovak Republic, Slovakian
slovenia: Slovenia, Slovenian, Slovene
solomon-islands: the Solomon Islands, Solomon Islands
somalia: Somalia, Somali, Somalian
south-africa: South Africa, South African
south-sudan: South Sudan, South Sudanese
south-vietnam: South Vietnam, South Vietnamese
soviet-union: the Soviet Union, Soviet Union, Soviet, U.S.S.R., USSR
spain: Spain, Spanish
sri-lanka: Sri Lanka, Sri Lankan, Ceylon, Ceylonese
sudan: Sudan, Sudanese
suriname: Suriname, Surinamese, Surinam
swaziland: Swaziland, Swazi
sweden: Sweden, Swedish
switzerland: Switzerland, Swiss
syria: Syria, Syrian
taiwan: Taiwan, Taiwanese, Republic of China, Nationalist Chinese
tajikistan: Tajikistan, Tajik, Tajikistani
tanzania: Tanzania, Tanzanian
thailand: Thailand, Thai, Siamese
timor-leste: Timor-Leste, Timorese, East Timor, East Timorese
togo: Togo, Togolese
tonga: Tonga, Tongan
trinidad-and-tobago: Trinidad and Tobago, Trinidadian
tunisia: Tunisia, Tunisian
turkey: Turkey, Turkish, Türkiye
turkmenistan: Turkmenistan, Turkmen, Turkmenistani
tuvalu: Tuvalu
uganda: Uganda, Ugandan
ukraine: Ukraine, Ukrainian
united-arab-emirates: the United Arab Emirates, United Arab Emirates, UAE, U.A.E., Emirati, Abu Dhabi, Dubai
united-kingdom: the United Kingdom, United Kingdom, UK, U.K., British
united-kingdom: Britain, Great Britain, Northern Irish, Scottish, Welsh, Northern Ireland
united-states: the United States, United States, U.S., US
uruguay: Uruguay, Uruguayan
uzbekistan: Uzbekistan, Uzbek, Uzbekistani
vanuatu: Vanuatu
venezuela: Venezuela, Venezuelan
vietnam: Vietnam, Vietnamese, North Vietnamese, North Vietnam, Viet Nam
yemen: Yemen, Yemeni, North Yemen
yugoslavia: Yugoslavia, Yugoslav, Yugoslavian
zambia: Zambia, Zambian
zimbabwe: Zimbabwe, Zimbabwean, Southern Rhodesia, Rhodesia
"""

# Ids of the data set that name the same state, or misspell it.
_SAME: Final = {
    "czechia": "czech-republic",
    "turkiye": "turkey",
    "congo-kinshasa": "congo-democratic-republic",
    "somoa": "samoa",
    "west-bank": "palestinian-authority",
}

_SOVIET_UNION_ENDED: Final = "1991-12-26"
_SAIGON_FELL: Final = "1975-04-30"


def _load() -> tuple[dict[str, str], dict[str, str]]:
    names: dict[str, str] = {}
    forms: dict[str, str] = {}
    for line in _FORMS.strip().splitlines():
        slug, _, rest = line.partition(": ")
        words = rest.split(", ")
        names.setdefault(slug, words[0])
        for word in words:
            forms[word.replace("’", "'")] = slug
    return names, forms


NAMES, FORMS = _load()
FORM_PATTERN: Final = "|".join(
    re.escape(form) for form in sorted(FORMS, key=len, reverse=True) if not form.startswith("the ")
)


def state_of_row(id_: str, text: str, date: str) -> str:
    """The state a row's `country` or `from` element means on that date, as an id.

    The data set files the Soviet Union under Russia and South Vietnam under Vietnam; both are told
    apart here, by the element's text and by the date.
    """
    if id_ == "russia" and re.search(r"U\.?S\.?S\.?R|Soviet", text) and date < _SOVIET_UNION_ENDED:
        return "soviet-union"
    if id_ == "vietnam" and date < _SAIGON_FELL:
        return "south-vietnam"
    if id_ == "korea":
        return "korea-south"
    return _SAME.get(id_, id_)


def state_of_form(form: str, date: str) -> str | None:
    """The state that a country name or an adjective means on that date, or None."""
    slug = FORMS.get(form.replace("’", "'"))
    if slug == "russia" and "1922-12-30" <= date < _SOVIET_UNION_ENDED:
        return "soviet-union"
    if form == "Vietnamese" and date < _SAIGON_FELL:
        return "south-vietnam"
    return slug


def state_name(slug: str) -> str:
    """The state's English name with its article, for office titles ("the Netherlands")."""
    return NAMES.get(slug, slug.replace("-", " ").title())


@lru_cache(maxsize=16_384)
def folded(text: str) -> str:
    """The text in lower case ASCII letters, digits and single hyphens, for keys and comparison."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O").replace("ł", "l"))
    ascii_text = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower().replace("'", "").replace("’", "")).strip("-")
