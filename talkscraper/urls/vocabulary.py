"""Vocabulary of URLs: words that mark articles, listings and other pages."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER = _words("""
    tag tags topic topics thema themen themes tema temas temi sujet sujets etiqueta etiquetas etiketter label labels
    keyword keywords schlagwort hashtag etiket rubrik rubric
    author authors autor autoren autores autore autori auteur auteurs writer writers reporter journalist journalists
    columnist columnists contributor contributors profile profiles profil perfil people staff team redaktion byline by
    category categories categoria categorias categorie kategorie kategorien cat cats
    search suche buscar busca cerca recherche chercher zoeken sok arama find suchergebnisse results
    login signin sign-in signup sign-up register registration registrieren anmelden abmelden logout account accounts
    konto my mypage myaccount my-account user users member members membership abo abonnement abonnements abonnieren
    subscribe subscription subscriptions subscribers suscripcion suscribete assine newsletter newsletters paywall
    donate support-us unterstuetzen checkout cart warenkorb shop store boutique tienda gutscheine coupons vouchers
    about about-us aboutus uber-uns ueber-uns quienes-somos qui-sommes-nous sobre chi-siamo over-ons om-oss
    contact contact-us contactus kontakt contacto contatti contato contactez-nous impressum imprint mentions-legales
    aviso-legal legal legals disclaimer privacy privacy-policy privacypolicy datenschutz datenschutzerklaerung
    politica-de-privacidad confidentialite cookies cookie-policy cookiepolicy terms terms-of-use terms-of-service
    terms-and-conditions termsofuse agb tos nutzungsbedingungen copyright accessibility barrierefreiheit accesibilidade
    advertise advertising advertise-with-us werbung anzeigen mediadaten media-kit publicidad publicite publicidade
    jobs job careers career karriere stellenmarkt empleo classifieds kleinanzeigen immobilien horoscope horoskop
    crossword crosswords sudoku puzzles puzzle games spiele quiz quizzes weather wetter tv-guide programm
    faq faqs help hilfe ayuda aide support feedback corrections-policy ethics editorial-policy house-rules
    sitemap site-map sitemaps mapa-del-sitio plan-du-site rss feed feeds atom podcast podcasts
    archive archives-by-date epaper e-paper e-edition print-edition todays-paper
    video videos videothek mediathek watch listen audio radio livestream live-tv
    gallery galleries photo-gallery photogallery bildergalerie slideshow photos fotos
    amp print printer-friendly email share comment comments kommentare comentarios reply forum forums community
    wp-admin wp-content wp-json wp-login wp-includes xmlrpc cgi-bin api ajax graphql static assets cdn-cgi _next
    page pages seite paged calendar kalender events event veranstaltungen termine widgets embed oembed
    press press-room presse pressroom investors partner partners sponsored-links apps app mobile-apps download downloads
    settings preferences unsubscribe confirm redirect goto out click ads ad track
    """)
"""Segments below which there are no articles. A slug of several words may contain any of them."""

WEAK = _words(
    """
    video videos gallery galleries photos fotos archive pages event events live-tv topic topics thema themen tema temas
    press presse community people games weather wetter store shop support jobs job help legal my by out print radio app
    apps cat puzzles rubrik rubric sujet sujets themes temi page seite sobre email share contributor contributors
    columnist columnists newsletter newsletters podcast podcasts audio watch reporter faq partner partners
    """
)
"""Those that are also names of sections or of folders of articles: a dated path takes precedence, and so does an
identifier that isn't directly below them.
"""

SECTION_LIKE = _words("people weather wetter games press presse community archive gallery event events radio legal")
"""Those of the latter below which an identifier is an article's."""

FOLDERS = _words("""
    article articles artikel artikler artiklar articulo articulos articolo articoli artigo artigos art a
    news new story stories post posts p blog blogs blogpost entry entries read view detail details item node
    nachricht nachrichten noticia noticias nota notas notizia notizie actualite actualites actu nieuws nyheter
    nyhet haber haberler berita makale cikk hir hirek zprava clanek clanky artykul wiadomosci uutiset uutinen
    archives id content news-story full-story reportage column columns opinion editorial editorials feature features
    report reports press-release press-releases live liveblog newsletter-article kiji shimbun
    """)
"""Segments after which an article follows."""

LEGAL = _words("""
    privacy policy cookie cookies terms of use service and conditions condition legal notice statement imprint
    impressum contact about us our the your site accessibility advertise advertising with subscribe newsletter
    help faq support editorial code ethics corrections standards complaints copyright data protection gdpr ccpa do
    not sell my personal information sign up in log register datenschutz kontakt mediadaten agb careers jobs team
    aviso politica de privacidad cookies quienes somos contacto mentions legales a propos qui sommes nous
    """)
"""A slug of these words only is a legal or service page."""

STATIC = re.compile(
    r"\.(?:atom|avi|bmp|css|csv|docx?|eot|epub|exe|flv|gif|gz|ico|ics|iso|jpe?g|js|json|m3u8?|m4a|m4v|mov|mp[34]|mpe?g"
    r"|ogg|ogv|opml|otf|pdf|pls|png|pptx?|rar|rdf|rss|svg|swf|tar|tiff?|ttf|txt|vtt|wav|web[mp]|woff2?|xlsx?|xml|zip)$",
    re.IGNORECASE,
)
PAGE = re.compile(
    r"\.(?:aspx?|cfm|cgi|cms|dhtml|do|ece|ghtml|html?|jhtml|jsp|mhtml|nws|phtml|php\d?|s?html?|story|xhtml)$",
    re.IGNORECASE,
)
"""File suffixes of pages."""

ID_PARAMETERS = _words(
    """
    id aid articleid article_id article art artid nid newsid news_id idnews id_noticia idnoticia idarticle
    storyid story_id sid postid post_id p itemid item contentid docid oid idxno no seq seq_id num key_id cid
    arid ncd news_seq_no gid tid
    """
)
QUERY_NEVER = frozenset({"s", "q", "query", "search", "keyword", "keywords", "feed", "replytocom", "share", "print"})

DATED_FOLDER = re.compile(r"(?:19|20)\d\d")
MONTHS = _words(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september"
    " october november december"
)

DATE_WORDS = MONTHS | _words("""
    januar februar marz maerz mrz mai juni juli oktober okt dezember dez janner jaenner
    janvier janv fevrier fev mars avril avr juin juillet juil aout septembre octobre novembre decembre
    enero ene febrero marzo abril abr mayo junio julio agosto ago septiembre setiembre octubre noviembre diciembre dic
    gennaio gen febbraio aprile maggio mag giugno giu luglio lug settembre set ottobre ott dicembre
    janeiro fevereiro marco maio junho julho setembro outubro out novembro dezembro
    januari februari maart mrt mei augustus augusti kwiecien kwietnia maj czerwiec czerwca lipiec lipca sierpien
    sierpnia wrzesien wrzesnia pazdziernik pazdziernika listopad listopada grudzien grudnia styczen stycznia luty lutego
    marzec marca ocak subat nisan mayis haziran temmuz agustos eylul ekim kasim aralik
    tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu lokakuu marraskuu joulukuu
    januarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie maret agustus desember mart
    mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday
    montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche
    lunes martes miercoles jueves viernes sabado domingo lunedi martedi mercoledi giovedi venerdi sabato domenica
    segunda terca quarta quinta sexta maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    spring summer autumn winter fruhling sommer herbst printemps ete automne hiver primavera verano otono invierno
    """)
"""Names of months, days and seasons, without accents, as folders of addresses."""

PERIOD_WORDS = _words("w kw wk week woche semaine semana settimana q quarter y m d year month day t z 年 月 日")
"""Words before a number that is part of a date."""
