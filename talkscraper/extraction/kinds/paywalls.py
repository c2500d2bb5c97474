"""Is this only the beginning of an article that must be paid for?

A declaration alone isn't enough: of the news pages that declare ``isAccessibleForFree: false`` nearly all carry their
whole text. A stub is short, and declares or says that the rest is for subscribers.
"""

from __future__ import annotations

import re
from typing import Any

from talkscraper.extraction.kinds.seen import Seen, weight
from talkscraper.extraction.kinds.verdict import KindVerdict
from talkscraper.model import PageKind

STUB = 900
"""Characters of text up to which an article with a gate is a stub."""
SHORT_STUB = 350
"""Up to which a declaration alone makes it one."""

GATES = re.compile(
    r"subscribe (?:now )?to (?:continue|keep|read)|(?:to )?(?:continue|keep) reading,? (?:please )?(?:subscribe|sign|log|create|register)"
    r"|this (?:article|story|content|post) is (?:only )?(?:for|reserved for|available (?:only )?to|exclusive to) (?:our )?(?:paid |paying )?"
    r"(?:subscribers|members)|already a (?:subscriber|member)\?|subscribers? only|subscriber[- ]only|exclusive to subscribers"
    r"|read the (?:full|rest of the) (?:article|story)|unlock (?:this|the full) (?:article|story)|become a (?:member|subscriber) to"
    r"|you(?:'ve| have) (?:reached|read) your (?:\w+ )?(?:limit|last|free)|sign in to (?:continue|read)|register (?:for free )?to (?:continue|read)"
    r"|start your (?:free )?trial|from (?:just )?[$£€]\d.{0,20}(?:week|month)|support (?:quality )?journalism.{0,40}subscri"
    r"|weiterlesen mit|jetzt weiterlesen|(?:artikel|inhalt|beitrag) (?:ist )?nur für abonnent|nur für abonnenten|exklusiv für abonnent"
    r"|lesen sie (?:den ganzen|weiter mit)|bereits abonnent|schon abonnent|jetzt abonnieren|mit .{1,20}plus.{0,20}weiterlesen|testen sie"
    r"|jetzt testen und weiterlesen|sie haben bereits ein .{0,20}abo|melden sie sich an, um|plus-artikel"
    r"|(?:article|contenu) (?:est )?réservé (?:à nos |aux )?abonnés|réservé aux abonnés|déjà abonné|abonnez-vous pour|il vous reste \d+ ?%"
    r"|la suite (?:de cet article )?est réservée|pour lire la suite|s'abonner pour"
    r"|(?:contenido|artículo) (?:exclusivo|solo) para suscriptores|suscríbete para|ya eres suscriptor|para seguir leyendo|sigue leyendo con"
    r"|exclusivo para assinantes|conteúdo exclusivo|assine para|já é assinante|para continuar (?:a ler|lendo)"
    r"|(?:contenuto|articolo) riservato agli abbonati|abbonati per|sei già abbonato|per continuare a leggere"
    r"|alleen voor abonnees|exclusief voor abonnees|lees verder met|al abonnee|word abonnee|verder lezen"
    r"|för prenumeranter|bli prenumerant|redan prenumerant|låst artikel|läs vidare med|kun for abonnenter|bliv abonnent|allerede abonnent"
    r"|bli abonnent|for abonnenter|tilaajille|tilaa ja lue|jatka lukemista|vain tilaajille"
    r"|dostęp tylko dla|artykuł dostępny tylko|pozostało \d+ ?% tekstu|wykup dostęp|masz już prenumeratę|dla prenumeratorów|czytaj dalej z"
    r"|pouze pro předplatitele|zbývá \d+|pokračování článku|předplaťte|iba pre predplatiteľov|csak előfizetőknek|előfizetőink"
    r"|только для подписчиков|доступно по подписке|оформите подписку|продолжение доступно|тільки для передплатників"
    r"|μόνο για συνδρομητές|abonelere özel|devamını okumak için abone|sadece aboneler"
    r"|有料会員|会員限定|この記事は有料|残り[:：]?\s?\d+文字|続きを読むには|仅限订阅|订阅后|訂閱|會員專屬|付费阅读|余下全文|구독자 전용|유료 회원|회원 전용"
    r"|للمشتركين فقط|اشترك للقراءة|למנויים בלבד|लेख केवल सदस्यों|subscribe to premium|premium article|plus article",
    re.IGNORECASE,
)
_GATE_HINTS = re.compile(
    r"paywall|pay-wall|piano-|tp-container|regwall|subscriber-only|premium-?(?:wall|gate|barrier)|meter(?:ed)?-wall|gate-?content|poool"
    r"|article-barrier|locked-content|content-locked|plus-teaser|paid-barrier|offer-?wall|zephr",
    re.IGNORECASE,
)


def declared_not_free(seen: Seen) -> bool:
    """Whether the page says that the article isn't free for everyone."""
    node = seen.page.article_node or {}
    if _false(node.get("isAccessibleForFree")):
        return True
    tier = (seen.page.first("article:content_tier") or "").lower()
    return tier in ("locked", "metered", "premium", "paid")


def _false(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "no", "0"))


def paywall_stub(seen: Seen, text: str, gate: str | None) -> KindVerdict | None:
    """The verdict for a short text with a gate behind it.

    Args:
        seen: The page.
        text: The extracted article text.
        gate: From ``gate_of``, or None.
    """
    if weight(text) > STUB:
        return None
    closed = declared_not_free(seen)
    if closed and weight(text) < SHORT_STUB:
        return _verdict(text, "declared not free")
    if gate and (closed or _cut_off(seen, text) or weight(text) < SHORT_STUB):
        return _verdict(text, f"“{gate}”")
    return None


def gate_of(seen: Seen) -> str | None:
    """The words or the element that close the article, if the page has one."""
    body = seen.page.tree.find("body")
    for element in (body if body is not None else seen.page.tree).iter("div", "section", "aside", "p", "h2", "h3", "h4", "span", "button", "a"):
        hints = f"{element.get('class', '')} {element.get('id', '')}"
        if element.tag in ("div", "section", "aside") and _GATE_HINTS.search(hints) and any(True for _ in element.itertext()):
            return hints.strip()[:40]
        direct = element.text or ""
        if direct and len(direct) < 300:
            found = GATES.search(direct.replace("’", "'"))
            if found:
                return found[0][:60]
    return None


def _cut_off(seen: Seen, text: str) -> bool:
    """Whether the text stops in the middle, or is much shorter than it is declared to be."""
    if text.rstrip().endswith(("…", "...", "[…]", "[...]")):
        return True
    words = (seen.page.article_node or {}).get("wordCount")
    try:
        return int(words or 0) > 2 * len(text.split()) + 40
    except (TypeError, ValueError):
        return False


def _verdict(text: str, why: str) -> KindVerdict:
    return KindVerdict(PageKind.PAYWALL_STUB, f"{len(text)} characters, then a gate: {why}")
