"""Is this a page that asks for consent to cookies before it shows anything?

The words are those of the consent managers that newsrooms buy (Sourcepoint, Didomi, OneTrust, Usercentrics, Google's
and Yahoo's own consent pages), as their public demos word them.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from talkscraper.extraction.kinds.seen import Seen
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.model import PageKind

LENGTH = 3_500
_HOSTS = re.compile(
    r"^(?:consent|guce|privacy-gate|privacygate|cmp|myprivacy|cookiewall)\.|privacy-mgmt|^consent\b|cmp-consent", re.IGNORECASE
)
_PATHS = re.compile(r"/(?:cookie-?wall|privacy-?gate|consent-?(?:wall|page)?|zustimmung|myprivacy|purl?-abo)(?:/|\.|$)", re.IGNORECASE)
_TOPIC = re.compile(
    r"cookie|consent|einwilligung|zustimm|datenschutz|datenverarbeitung|consentement|confidentialité|consentimiento|privacidad"
    r"|consenso|toestemming|samtyck|samtykk|suostumus|evästee|zgod|souhlas|súhlas|hozzájárul|согласи|куки|файлы cookie"
    r"|συγκατάθεσ|çerez|rıza|consimțământ|privacidade|consentimento|privacy|クッキー|同意|쿠키|동의|ملفات تعريف الارتباط|คุกกี้",
    re.IGNORECASE,
)
_ASK = re.compile(
    r"accept all|agree (?:to|and|&)|i agree|i accept|agree & continue|accept and continue|accept & continue|reject all"
    r"|manage (?:preferences|options|choices|cookies|settings)|we and our \d* ?partners|we and our partners|before you continue"
    r"|your privacy|we value your privacy|alle akzeptieren|akzeptieren und weiter|alles akzeptieren|zustimmen|mit werbung"
    r"|pur-abo|werbefrei|tout accepter|accepter et continuer|accepter et fermer|continuer sans accepter|aceptar (?:todo|y)"
    r"|aceptar|aceitar|accetta (?:tutto|e)|accetta|rifiuta|akkoord|accepteren|alles weigeren|acceptera|godkänn|accepter alle"
    r"|tillad alle|godta alle|hyväksy|akceptuję|zaakceptuj|przejdź do serwisu|přijmout|souhlasím|prijať|elfogad|принять"
    r"|got it|i understand|understood|verstanden|einverstanden|d'accord|j'ai compris|entendido|ho capito|begrepen|rozumiem"
    r"|согласен|αποδοχή|kabul et|accept toate|すべて同意|同意する|同意して|모두 동의|接受|قبول|ยอมรับ",
    re.IGNORECASE,
)
_PURPOSES = re.compile(
    r"store and/or access information on a device|personalised (?:ads|advertising|content)|personalized (?:ads|advertising|content)"
    r"|legitimate interest|vendors|partners|tracking|zwecke|informationen auf einem gerät|personalisierte (?:werbung|anzeigen)"
    r"|berechtigtes interesse|partner|publicités? (?:et|personnalis)|intérêt légitime|partenaires|anuncios personalizados"
    r"|socios|anúncios|parceiros|annunci|terze parti|advertenties|annonser|annoncer|reklam|mainon|рекламы|партн|広告|광고|广告"
    r"|datenverarbeitung|usage data|analytics|iab|tcf|gdpr|dsgvo|rgpd",
    re.IGNORECASE,
)


def consent_wall(seen: Seen) -> KindVerdict | None:
    """The verdict if the page only asks for consent, else None. A declared article is none."""
    parts = urlsplit(seen.page.url)
    if _HOSTS.search(parts.hostname or "") or _PATHS.search(parts.path):
        if seen.text is not None and _TOPIC.search(f"{seen.title} {seen.text}"):
            return KindVerdict(PageKind.CONSENT, f"consent page at {(parts.hostname or '')[:80]}")
    text = seen.text
    if text is None or seen.declared or len(text) > LENGTH:
        return None
    topics = len(_TOPIC.findall(text)) + 2 * len(_TOPIC.findall(seen.title))
    asks = len({m.lower() for m in _ASK.findall(text)})
    purposes = len({m.lower() for m in _PURPOSES.findall(text)})
    dense = topics * 350 >= len(text)
    buttons = any(_ASK.search("".join(e.itertext())[:80]) for e in seen.page.tree.iter("button", "a", "input", "span"))
    if topics >= 2 and dense and asks >= 1 and buttons and (purposes >= 1 or asks >= 2 or len(text) < 500):
        return KindVerdict(PageKind.CONSENT, f"{topics} mentions of cookies or consent in {len(text)} characters, and a button")
    return None
