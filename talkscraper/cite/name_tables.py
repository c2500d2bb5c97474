"""What names consist of, as data: particles, suffixes, titles, and surnames that come first.

Particles and their kinds follow the Citation Style Language: a *dropping* particle is left out when only the family
name is printed ("von Beethoven": Beethoven), a *non-dropping* one is kept ("van Gogh": van Gogh).
"""

from __future__ import annotations

DROPPING = frozenset(("von", "vom", "zu", "zum", "zur", "und", "af", "av"))
"""German and Scandinavian."""
DROPPING_ROMANCE = frozenset(("de", "du", "des", "d'", "d’", "da", "do", "dos", "das", "e", "del", "y"))
"""Dropped in French, Spanish and Portuguese, not elsewhere (a De Niro of the United States keeps his)."""
ROMANCE = frozenset(("fr", "es", "pt", "gl"))
PARTICLES = frozenset(
    (*DROPPING, *DROPPING_ROMANCE, "van", "der", "den", "ter", "ten", "te", "'t", "’t", "op", "het", "la", "le", "las",
     "los", "el", "al", "di", "della", "dello", "dei", "degli", "dal", "dalla", "lo", "li", "bin", "ibn", "bint", "ben",
     "abu", "mac", "st.", "san", "santa")
)  # fmt: skip
JOINED = ("d'", "d’", "al-", "el-", "ad-", "an-", "ar-", "as-", "ash-", "at-", "az-", "l'", "l’")
"""Particles that are written together with the name behind them; those with a hyphen stay with it."""
SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "junior", "senior"))
IBERIAN_SUFFIXES = frozenset(("filho", "neto", "júnior", "sobrinho"))
"""Generations in Portuguese names, which are a part of the family name."""
TITLES = frozenset(
    ("dr", "dr.", "prof", "prof.", "mr", "mr.", "mrs", "mrs.", "ms", "ms.", "sir", "dame", "dott.", "ing.")
)
IBERIAN_GIVEN = frozenset(
    ("josé", "jose", "juan", "luis", "maría", "maria", "ana", "carlos", "antonio", "manuel", "miguel", "ángel", "angel",
     "francisco", "javier", "jesús", "alberto", "eduardo", "fernando", "ignacio", "pablo", "pedro", "rafael", "ramón",
     "andrés", "enrique", "alejandro", "jorge", "isabel", "elena", "carmen", "pilar", "rosa", "teresa", "luisa",
     "cristina", "beatriz", "mercedes", "dolores", "josefa", "victoria", "gabriel", "daniel", "david", "alfonso",
     "augusto", "césar", "felipe", "guillermo", "mario", "martín", "nicolás", "roberto", "santiago", "tomás", "inés",
     "belén", "laura", "lucía", "paula", "sofía", "julia", "eugenia", "fernanda", "alejandra", "gabriela", "andrea")
)  # fmt: skip
"""Given names that often stand second, so that only one surname follows ("José Luis Rivas")."""
VIETNAMESE = frozenset(
    ("nguyen", "tran", "le", "pham", "huynh", "hoang", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo", "duong",
     "ly", "dinh", "trinh", "doan", "mai")
)  # fmt: skip
"""Surnames, without their accents."""
VIETNAMESE_MIDDLE = frozenset(("van", "thi", "duc", "minh", "quoc", "xuan", "huu", "ngoc", "thanh"))
KOREAN = frozenset(
    ("kim", "lee", "yi", "rhee", "park", "pak", "choi", "choe", "jung", "jeong", "chung", "kang", "cho", "jo", "yoon",
     "yun", "jang", "chang", "lim", "im", "han", "oh", "seo", "suh", "shin", "kwon", "hwang", "ahn", "an", "song",
     "ryu", "yoo", "yu", "hong", "jeon", "moon", "son", "bae", "baek", "nam", "ban", "no", "roh", "ro", "ri", "thae")
)  # fmt: skip
"""Surnames in Latin letters; the given name behind one has a hyphen."""
KOREAN_LONG = ("남궁", "황보", "제갈", "사공", "선우", "독고", "동방", "서문")
"""Surnames of two syllables."""
CHINESE_LONG = frozenset(
    ("欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "夏侯", "皇甫", "尉迟", "尉遲", "公孙", "公孫",
     "慕容", "令狐", "司徒", "端木", "轩辕", "軒轅", "长孙", "長孫", "宇文")
)  # fmt: skip
"""Surnames of two characters."""
FAMILY_FIRST = frozenset(("hu", "vi", "zh", "ja", "ko", "km", "mn"))
"""Languages in whose texts the family name comes first."""
