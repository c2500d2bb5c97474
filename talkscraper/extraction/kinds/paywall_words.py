"""What stands behind the first paragraphs of an article that must be paid for, as regular expressions.

From the subscription boxes of newspapers and of the paywall vendors (Piano, Zephr, Poool) in 20 languages.
"""

GATES: tuple[str, ...] = (
    "subscribe (?:now )?to (?:continue|keep|read)",
    "(?:to )?(?:continue|keep) reading,? (?:please )?(?:subscribe|sign|log|create|register)",
    (
        "this (?:article|story|content|post) is (?:only )?(?:for|reserved for|available (?:only )?to|"
        "exclusive to) (?:our )?(?:paid |paying )?(?:subscribers|members)"
    ),
    r"already a (?:subscriber|member)\?", "subscribers? only", "subscriber[- ]only", "exclusive to subscribers",
    "read the (?:full|rest of the) (?:article|story)", "unlock (?:this|the full) (?:article|story)",
    "become a (?:member|subscriber) to", r"you(?:'ve| have) (?:reached|read) your (?:\w+ )?(?:limit|last|free)",
    "sign in to (?:continue|read)", "register (?:for free )?to (?:continue|read)", "start your (?:free )?trial",
    r"from (?:just )?[$£€]\d.{0,20}(?:week|month)", "support (?:quality )?journalism.{0,40}subscri",
    "weiterlesen mit", "jetzt weiterlesen", "(?:artikel|inhalt|beitrag) (?:ist )?nur für abonnent",
    "nur für abonnenten", "exklusiv für abonnent", "lesen sie (?:den ganzen|weiter mit)", "bereits abonnent",
    "schon abonnent", "jetzt abonnieren", "mit .{1,20}plus.{0,20}weiterlesen", "testen sie",
    "jetzt testen und weiterlesen", "sie haben bereits ein .{0,20}abo", "melden sie sich an, um", "plus-artikel",
    "(?:article|contenu) (?:est )?réservé (?:à nos |aux )?abonnés", "réservé aux abonnés", "déjà abonné",
    "abonnez-vous pour", r"il vous reste \d+ ?%", "la suite (?:de cet article )?est réservée", "pour lire la suite",
    "s'abonner pour", "(?:contenido|artículo) (?:exclusivo|solo) para suscriptores", "suscríbete para",
    "ya eres suscriptor", "para seguir leyendo", "sigue leyendo con", "exclusivo para assinantes",
    "conteúdo exclusivo", "assine para", "já é assinante", "para continuar (?:a ler|lendo)",
    "(?:contenuto|articolo) riservato agli abbonati", "abbonati per", "sei già abbonato", "per continuare a leggere",
    "alleen voor abonnees", "exclusief voor abonnees", "lees verder met", "al abonnee", "word abonnee",
    "verder lezen", "för prenumeranter", "bli prenumerant", "redan prenumerant", "låst artikel", "läs vidare med",
    "kun for abonnenter", "bliv abonnent", "allerede abonnent", "bli abonnent", "for abonnenter", "tilaajille",
    "tilaa ja lue", "jatka lukemista", "vain tilaajille", "dostęp tylko dla", "artykuł dostępny tylko",
    r"pozostało \d+ ?% tekstu", "wykup dostęp", "masz już prenumeratę", "dla prenumeratorów", "czytaj dalej z",
    "pouze pro předplatitele", r"zbývá \d+", "pokračování článku", "předplaťte", "iba pre predplatiteľov",
    "csak előfizetőknek", "előfizetőink", "только для подписчиков", "доступно по подписке", "оформите подписку",
    "продолжение доступно", "тільки для передплатників", "μόνο για συνδρομητές", "abonelere özel",
    "devamını okumak için abone", "sadece aboneler", "有料会員", "会員限定", "この記事は有料",
    r"残り[:：]?\s?\d+文字", "続きを読むには",
    "仅限订阅", "订阅后", "訂閱", "會員專屬", "付费阅读", "余下全文", "구독자 전용", "유료 회원", "회원 전용",
    "للمشتركين فقط", "اشترك للقراءة",
    "למנויים בלבד", "लेख केवल सदस्यों", "subscribe to premium", "premium article", "plus article",
)  # fmt: skip
"""Words of a gate."""

GATE_HINTS: tuple[str, ...] = (
    "paywall", "pay-wall", "piano-", "tp-container", "regwall", "subscriber-only", "premium-?(?:wall|gate|barrier)",
    "meter(?:ed)?-wall", "gate-?content", "poool", "article-barrier", "locked-content", "content-locked",
    "plus-teaser", "paid-barrier", "offer-?wall", "zephr",
)  # fmt: skip
"""Parts of class names and ids of a gate."""
