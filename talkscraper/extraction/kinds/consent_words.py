"""The words of pages that ask for consent to cookies, as regular expressions in lower case.

They are those of the consent managers that newsrooms buy (Sourcepoint, Didomi, OneTrust, Usercentrics, Google's and
Yahoo's own consent pages), as their public demos and documentation word them.
"""

TOPIC: tuple[str, ...] = (
    "cookie", "consent", "einwilligung", "zustimm", "datenschutz", "datenverarbeitung", "consentement",
    "confidentialité", "consentimiento", "privacidad", "consenso", "toestemming", "samtyck", "samtykk", "suostumus",
    "evästee", "zgod", "souhlas", "súhlas", "hozzájárul", "согласи", "куки", "файлы cookie", "συγκατάθεσ", "çerez",
    "rıza", "consimțământ", "privacidade", "consentimento", "privacy", "クッキー", "同意", "쿠키", "동의",
    "ملفات تعريف الارتباط", "คุกกี้",
)  # fmt: skip
"""What such a page is about."""

ASK: tuple[str, ...] = (
    "accept all", "agree (?:to|and|&)", "i agree", "i accept", "agree & continue", "accept and continue",
    "accept & continue", "reject all", "manage (?:preferences|options|choices|cookies|settings)",
    r"we and our \d* ?partners", "we and our partners", "before you continue", "your privacy",
    "we value your privacy", "alle akzeptieren", "akzeptieren und weiter", "alles akzeptieren", "zustimmen",
    "mit werbung", "pur-abo", "werbefrei", "tout accepter", "accepter et continuer", "accepter et fermer",
    "continuer sans accepter", "aceptar (?:todo|y)", "aceptar", "aceitar", "accetta (?:tutto|e)", "accetta",
    "rifiuta", "akkoord", "accepteren", "alles weigeren", "acceptera", "godkänn", "accepter alle", "tillad alle",
    "godta alle", "hyväksy", "akceptuję", "zaakceptuj", "przejdź do serwisu", "přijmout", "souhlasím", "prijať",
    "elfogad", "принять", "got it", "i understand", "understood", "verstanden", "einverstanden", "d'accord",
    "j'ai compris", "entendido", "ho capito", "begrepen", "rozumiem", "согласен", "αποδοχή", "kabul et",
    "accept toate", "すべて同意", "同意する", "同意して", "모두 동의", "接受", "قبول", "ยอมรับ",
)  # fmt: skip
"""What its buttons say."""

PURPOSES: tuple[str, ...] = (
    "store and/or access information on a device", "personalised (?:ads|advertising|content)",
    "personalized (?:ads|advertising|content)", "legitimate interest", "vendors", "partners", "tracking", "zwecke",
    "informationen auf einem gerät", "personalisierte (?:werbung|anzeigen)", "berechtigtes interesse", "partner",
    "publicités? (?:et|personnalis)", "intérêt légitime", "partenaires", "anuncios personalizados", "socios",
    "anúncios", "parceiros", "annunci", "terze parti", "advertenties", "annonser", "annoncer", "reklam", "mainon",
    "рекламы", "партн", "広告", "광고", "广告", "datenverarbeitung", "usage data", "analytics", "iab", "tcf", "gdpr",
    "dsgvo", "rgpd",
)  # fmt: skip
"""What the consent is for, and who gets it."""
