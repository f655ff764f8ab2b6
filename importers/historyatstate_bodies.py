"""Organisations that the texts name, and the words that stand for each."""

import re
from typing import Final

_FORMS: Final = """
nato: North Atlantic Treaty Organization | NATO | North Atlantic Council | NATO’s
united-nations: United Nations | UN | U.N. | United Nations’ | UNHCR | UNICEF
european-union: European Union | EU | E.U. | European Community
european-union: EC | European Communities | European Economic Community | EEC
european-commission: European Commission | EU Commission | Commission of the European Communities
european-council: European Council
european-parliament: European Parliament
african-union: African Union | AU | African Union Commission
african-union: AU Commission | Organization of African Unity | OAU
arab-league: League of Arab States | Arab League
asean: Association of Southeast Asian Nations | ASEAN
oas: Organization of American States | OAS
oecd: Organisation for Economic Co-operation and Development | OECD
iaea: International Atomic Energy Agency | IAEA
who: World Health Organization | WHO
caricom: Caribbean Community | CARICOM | Caricom | CARCICOM
osce: Organization for Security and Co-operation in Europe | OSCE | CSCE
gcc: Gulf Cooperation Council | GCC | Gulf Cooperation Council (GCC)
middle-east-quartet: Middle East Quartet | Quartet
plo: Palestine Liberation Organization | PLO
unita: National Union for the Total Independence of Angola | UNITA
african-national-congress: African National Congress | ANC
international-committee-of-the-red-cross: International Committee of the Red Cross | Red Cross
world-bank: World Bank | IBRD
imf: International Monetary Fund | IMF
wto: World Trade Organization | WTO
sica: Central American Integration System | SICA
ecowas: Economic Community of West African States | ECOWAS
igad: Intergovernmental Authority on Development | IGAD
opcw: Organisation for the Prohibition of Chemical Weapons | OPCW
council-of-europe: Council of Europe
pacific-islands-forum: Pacific Islands Forum
syrian-opposition: Syrian Opposition Coalition | Syrian National Coalition | Syrian Opposition
coalition-provisional-authority: Coalition Provisional Authority
"""

# The state a person of the body is filed under: only where the body stands for one.
HOMES: Final = {"plo": "palestinian-authority", "syrian-opposition": "syria"}


def _load() -> tuple[dict[str, str], dict[str, str]]:
    names: dict[str, str] = {}
    forms: dict[str, str] = {}
    for line in _FORMS.strip().splitlines():
        slug, _, rest = line.partition(": ")
        words = rest.split(" | ")
        names.setdefault(slug, words[0])
        forms.update(dict.fromkeys((word.replace("’", "'") for word in words), slug))
    return names, forms


BODY_NAMES, BODY_FORMS = _load()
BODY_PATTERN: Final = "|".join(re.escape(form) for form in sorted(BODY_FORMS, key=len, reverse=True))
