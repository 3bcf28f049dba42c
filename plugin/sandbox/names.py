"""Invented names of many origins for the generated company. None is meant to be anybody's."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator

FIRST = """
Abeni Adaeze Aiko Alma Amina Anouk Arjun Astrid Ayelet Bao Beatriz Bogdan Calum Camila Chidi Chloé
Daniyar Dario Dilnoza Eirik Elif Emeka Esther Farid Fatou Fionn Freja Gaspard Georgia Goran Hana
Haruto Ines Ioana Ivo Jamila Jiho Joaquín Jonas Kaveh Keiko Kofi Laila Leon Linh Łukasz Mara
Mateus Mei Mirela Naledi Nikhil Noor Nuno Oksana Olumide Pia Priya Quentin Rafael Rania Roza Rubén
Sami Sanna Santiago Selin Shira Søren Tamar Tariq Thandiwe Tomás Ulla Umar Valentina Vikram Wei
Xiomara Yara Yusuf Zainab Zdeněk Zoë
"""
LAST = """
Abara Achterberg Almeida Amador Anand Aoki Arslan Azoulay Bakker Balogun Banerjee Baptiste Beltrán
Benali Bergström Boateng Brandt Calder Castellano Chaudhry Chukwu Cissé Dahl Delacroix Demir
Diallo Dimitrov Dlamini Duarte Dvořák Eklund Erdoğan Estévez Farrow Fenwick Ferreira Field
Fontaine Fukuda Gallo Ghorbani Gomes Grabowska Haddad Halloran Hasegawa Hinds Holt Horvat Ibáñez
Ito Ivanova Jansen Jovanović Kamau Kapoor Karimov Kask Kovač Kruger Laurent Lindqvist Mahlangu
Marchetti Mbeki Mensah Mizrahi Molina Moreau Murphy Nakamura Nasser Novak Nwosu Okafor Olsen Osei
Özdemir Papadakis Park Pereira Petrov Qureshi Ramos Rao Reyes Rossi Sahin Saito Schuster Sharma
Silva Sithole Sørensen Suleiman Tanaka Tran Vance Varga Velasco Wójcik Xu Yamada Yilmaz Zhou
Zielińska
"""
PLAIN = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ß": "ss"})


def full_names(random: random.Random) -> Iterator[str]:
    """Every combination once, in the order of this random source."""
    pairs = [f"{first} {last}" for first in FIRST.split() for last in LAST.split()]
    random.shuffle(pairs)
    return iter(pairs)


def address(name: str, domain: str) -> str:
    """``Zoë Dvořák`` at example.org: zoe.dvorak@example.org."""
    folded = unicodedata.normalize("NFKD", name.translate(PLAIN))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return f"{plain.lower().replace(' ', '.')}@{domain}"
