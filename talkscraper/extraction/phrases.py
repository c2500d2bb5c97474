"""What lines that aren't part of an article say, in the languages that news comes in.

Every pattern is held against a whole line and only short lines are looked at, because each of these phrases may also
begin a sentence of an article.
"""

from __future__ import annotations

import re

_MORE = (
    r"read (?:more|also|next|on|the full|full story)|also read|must read|see also|see more|related(?: stories|"
    r" articles| news| topics| content"
    r"| reading| posts| coverage)?\s*(?::|$)|more (?:stories|from|on this|news|about)|more:|"
    r"recommended(?: for you| stories| reading)?\s*(?::|$)"
    r"|you (?:may|might) also (?:like|be interested)|don'?t miss|up next|watch(?: now)?:|watch more|listen:|"
    r"view more|continue reading|click (?:here )?to read|in case you missed"
    r"|trending(?: now)?\s*(?::|$)|editor'?s (?:picks?|choice)|what to read next|most read|most popular|"
    r"dig deeper\s*(?::|$)|further reading"
    r"|lesen sie (?:auch|mehr|hier|dazu)|lies auch|lesen sie|auch interessant|"
    r"das könnte sie (?:auch )?interessieren|mehr zum thema|mehr (?:dazu|lesen|aus|von)|zum thema\s*:?$|"
    r"weiterlesen|hier geht es|jetzt lesen"
    r"|lees (?:ook|meer|verder)|bekijk ook|meer over|à lire(?: aussi)?|a lire|lire (?:aussi|également|"
    r"la suite|plus)|voir aussi|sur le même sujet|aussi\s*:|>> "
    r"|leia (?:também|mais|tambem)|veja (?:também|mais|tambem)|saiba mais|confira(?: também)?|lea (?:también|"
    r"más|tambien)|lee (?:también|más|tambien)|le(?:é|e) (?:también|más)|te puede interesar|puede interesarle|"
    r"también te puede|ver más|más información|mira también|sigue leyendo|no te pierdas|"
    r"noticias? relacionadas?|además lea"
    r"|leggi anche|leggi (?:tutto|di più)|per approfondire|potrebbe interessarti|vedi anche|approfondisci|"
    r"czytaj (?:też|także|więcej|dalej)|zobacz (?:też|także|więcej)|przeczytaj|polecamy"
    r"|čtěte (?:také|více)|přečtěte si|mohlo by vás zajímat|čítajte|läs (?:mer|också|även|vidare)|les (?:også|"
    r"mer|saken)|læs (?:også|mere)|lue (?:myös|lisää)|olvassa? (?:el|még)|ez is érdekelheti|kapcsolódó"
    r"|citește (?:și|mai)|vezi și|прочете(?:те)? още|вижте (?:още|също)|читайте(?: также| ещё| еще| також|"
    r" далее| подробнее)|чита(?:ть|й) (?:далее|ещё|также|також)|смотрите также|подробнее|по теме|"
    r"дивіться також"
    r"|διαβάστε (?:επίσης|ακόμη|περισσότερα)|δείτε (?:επίσης|ακόμη)|pročitajte|čitajte|preberite|"
    r"devamını (?:oku|gör)|ayrıca (?:okuyun|bakınız)|ilgili haber|bunlar da ilginizi|baca (?:juga|"
    r"selengkapnya)|simak juga|lihat juga|artikel terkait|đọc (?:thêm|tiếp)|xem thêm|tin liên quan|>> xem"
    r"|阅读更多|延伸阅读|相关(?:阅读|新闻|报道|文章)|更多(?:新闻|阅读|内容)|點擊閱讀|延伸閱讀|相關(?:閱讀|"
    r"新聞|報導|文章)|看更多|推薦閱讀|推荐阅读|もっと(?:読む|見る)|関連(?:記事|ニュース|リンク)|"
    r"あわせて読みたい|続きを読む|おすすめ記事|관련 ?(?:기사|뉴스)|더 ?보기|함께 보면"
    r"|اقرأ (?:أيضا|المزيد|أيضًا)|إقرأ أيض|قد يهمك|شاهد أيض|مواضيع ذات صلة|المزيد|بیشتر بخوانید|بخوانید|"
    r"بیشتر بدانید|خبرهای مرتبط|مطالب مرتبط|קרא(?:ו)? (?:עוד|גם)|כתבות נוספות|אולי יעניין|(?:यह|"
    r"ये) भी (?:पढ़ें|पढ़ें|देखें)|और पढ़ें|संबंधित (?:खबरें|समाचार)|इसे भी पढ़ें|আরও পড়ুন|மேலும் படிக்க|"
    r"อ่าน(?:เพิ่มเติม|ข่าว|ต่อ)|ข่าวที่เกี่ยวข้อง|soma (?:pia|zaidi)|funda olunye"
)
_CALL = (
    r"subscribe|sign up|sign in|log in|follow (?:us|me|our|@|\w+ on )|join (?:our|us on|the conversation|"
    r"more than|thousands)|click here|tap here|download (?:our|the) (?:free )?app|get (?:the|our) (?:latest|"
    r"free|daily|best|day|news|top|morning)"
    r"|stay (?:informed|up to date|tuned|connected)|like us on|find us on|our (?:free )?newsletter|"
    r"become a (?:member|subscriber)|support (?:our|independent|quality) |donate|share (?:your|this)(?: \w+)*|"
    r"tell us|have (?:you )?(?:a tip|something to)|got a (?:tip|story)|do you have a (?:story|tip)|(?:email|"
    r"contact) (?:us|the (?:author|reporter|writer))|send (?:us )?(?:your|tips)|whatsapp|"
    r"our website is the place|bookmark our|sign me up|to (?:comment|join|read more).{0,40}(?:subscribe|log|"
    r"sign)|start your (?:day|free)|this article (?:is|was) (?:only|originally|first)|originally published|"
    r"first published|this story (?:was|has been) (?:originally|first|updated)|the conversation is|"
    r"thanks? for (?:reading|signing|subscribing)|(?:you must|please) (?:confirm|log|enable|be logged|sign)|"
    r"listen to (?:this|the) (?:article|story)|view (?:all )?comments|(?:post|leave|add|write) a (?:comment|"
    r"reply)|comments? (?:are )?(?:closed|off)|report (?:a )?(?:typo|error|correction|mistake)|"
    r"gift this article|save (?:this )?(?:article|story|for later)|enable notifications|copy link|"
    r"print(?: this)?$|enter your email"
    r"|abonnieren sie|melden sie sich|jetzt (?:abonnieren|anmelden|registrieren|testen|newsletter)|"
    r"folgen sie uns|folge uns|hier (?:klicken|anmelden|können sie)|newsletter|"
    r"kein(?:e)? .{3,40} mehr verpassen|inscri(?:vez|s)[ -]|abonnez[ -]|suivez[ -]|recevez |rejoignez[ -]|"
    r"cliquez ici|suscr[ií]b|sígu[ea]|síguenos|únete|recibe |haz clic|inscreva-se|assine |siga |receba |"
    r"clique aqui|participe d|iscriviti|seguici|ricevi |clicca qui|abbonati|zapisz się|obserwuj nas|dołącz do|"
    r"śledź nas|schrijf je in|volg ons|meld je aan|abonneer|prenumerera|följ oss|abonner på|følg (?:oss|os)|"
    r"meld deg på|tilaa |seuraa meitä|odebírejte|sledujte nás|přihlaste se|iratkozzon|kövess|abonează-te|"
    r"urmărește|подпи(?:сывайтесь|шитесь|ши|сатися)|підпи(?:суйтесь|шіться)|следите за|присоединяйтесь|"
    r"наш(?:и)? (?:телеграм|telegram)|абонирай|последвайте|εγγραφείτε|ακολουθήστε|pratite nas|pridružite|"
    r"abone ol|takip ed|bizi takip|ikuti (?:kami|berita)|dapatkan (?:berita|update)|gabung |đăng ký|theo dõi"
    r"|订阅|关注我们|扫码|下載app|立即下載|訂閱|追蹤|加入.{0,8}好友|フォロー|登録はこちら|メルマガ|구독|"
    r"팔로우|تابع(?:وا|نا|ونا)?|اشترك|انضم|عضو شوید|עקבו אחרינו|הירשמו|हमें फॉलो|सब्सक्राइब|(?:ताजा|ताज़ा) खबर|"
    r"ติดตาม|สมัคร"
)
_ADVERT = (
    r"(?:advertisement|advertisements|advertising|advert|ad|ads|sponsored(?: content)?|promoted|"
    r"paid content|story continues below(?: advertisement| this ad)?|article continues (?:below|after).{0,30}|"
    r"continue reading below|this advertisement has not loaded.{0,60}|advertisement embed.{0,40}|"
    r"scroll to continue.{0,40}"
    r"|anzeige|werbung|\*?anzeige\*?|nach der werbung.{0,20}|publicité|publicidad|publicidade|"
    r"continua depois da publicidade|continúa después de la publicidad|pubblicità|la pubblicità|reklama|"
    r"reklame|reklam|advertentie|annons|annonse|annonce|mainos|hirdetés|publicitate|реклама|διαφήμιση|iklan|"
    r"scroll to continue with content|quảng cáo|广告|廣告|広告|광고|إعلان|اعلان|تبلیغات|פרסומת|विज्ञापन|"
    r"বিজ্ঞাপন|โฆษณา|tangazo)"
)
_CREDIT = (
    r"(?:photos?|photo credits?|photograph|photo by|photos by|picture|pictures|pic|image|images|image credit|"
    r"image source|credits?|video|source|file photo|illustration|graphic|courtesy(?: of)?"
    r"|foto|fotos|bild|bilder|quelle|grafik|symbolbild|archivbild|crédit(?:s)?(?: photo)?|"
    r"photo d'illustration|source|fuente|imagen|fotografía|crédito|fonte|imagem|divulgação|immagine|zdjęcie|"
    r"fot\.|źródło|zdroj|фото|источник|джерело|снимка|kaynak|fotoğraf|sumber|ảnh|nguồn|图|图片|图片来源|圖|"
    r"圖片|来源|來源|写真|画像|出典|사진|출처|المصدر|الصورة|منبع|عکس|צילום|फोटो|ภาพ)\s*[:：/|©(].{0,120}"
)
_RIGHTS = (
    r"(?:©|\(c\)|copyright\b|all rights reserved|alle rechte vorbehalten|tous droits réservés|"
    r"todos los derechos|todos os direitos|tutti i diritti|wszelkie prawa|все права|版权所有|版權所有|"
    r"無断転載|무단 ?전재|저작권|جميع الحقوق|کلیه حقوق).{0,200}"
)
_SHARE = (
    r"(?:share|share (?:this|on|via|the)[^.]{0,40}|tweet|pin(?: it)?|email|print|copy link|facebook|twitter|x|"
    r"whatsapp|telegram|linkedin|reddit|teilen|drucken|partager|imprimer|compartir|imprimir|compartilh(?:e|"
    r"ar)|condividi|stampa|udostępnij|delen|dela|del|jaa|sdílet|megosztás|distribuie|сподели|поделиться|"
    r"поширити|κοινοποίηση|podijeli|paylaş|bagikan|chia sẻ|分享|シェア|공유|شارك|مشاركة|اشتراک گذاری|שתפו|"
    r"शेयर|แชร์)\W*"
)
_MINUTES = (
    r"\W*(?:\w+\s+){0,2}\d{1,3}\s*[-–]?\s*(?:min(?:ute)?s?|minuten|minutos?|minuti|minut|мин(?:ут[аы]?)?|хв|"
    r"dk|dakika|menit|phút|分钟|分鐘|分|분|دقیقه|دقائق|दقيقة)\b[\w\s.'’]{0,25}"
)
_ISSUED = (
    r"(?:first |last |originally )?(?:published|updated|posted|modified|last modified|created|veröffentlicht|"
    r"aktualisiert|stand|erstellt|publié|mis à jour|modifié|publicado|actualizado|atualizado|pubblicato|"
    r"aggiornato|ultimo aggiornamento|opublikowano|aktualizacja|gepubliceerd|bijgewerkt|publicerad|uppdaterad|"
    r"publisert|oppdatert|publiceret|opdateret|julkaistu|päivitetty|zveřejněno|aktualizováno|publikované|"
    r"közzétéve|frissítve|publicat|actualizat|опубликовано|обновлено|опубліковано|оновлено|публикувано|"
    r"обновена|δημοσίευση|δημοσιεύτηκε|ενημέρωση|objavljeno|ažurirano|yayınlan(?:ma|dı)|güncelle(?:me|ndi)|"
    r"giriş|diterbitkan|dipublikasikan|đăng|cập nhật|发布(?:时间)?|發布|更新|公開|配信|投稿|입력|수정|등록|"
    r"نشر|تحديث|تاریخ انتشار|انتشار|פורסם|עודכן|प्रकाशित|अपडेट|เผยแพร่|imechapishwa)\b"
)

_EMBEDDED = (
    r"empfohlener (?:redaktioneller|externer) inhalt|externe[rn]? inhalte? (?:anzeigen|laden|von)|"
    r"an dieser stelle (?:finden sie|befindet sich|steht|wird)\b.{0,60}\b(?:inhalt|video|beitrag|tweet)|"
    r"(?:ja, )?ich (?:bin (?:damit )?einverstanden|möchte|willige ein)\b.{0,60}\bextern.{0,20}inhalt|"
    r"(?:damit|dabei|hierbei) (?:können|werden) personenbezogene daten|zur (?:anzeige|darstellung) dieses|"
    r"um diese[ns] (?:inhalt|beitrag|video)|mit dem (?:laden|klick)\b.{0,60}\bakzeptieren sie|"
    r"dieser (?:inhalt|beitrag|artikel) (?:wird|enthält|beinhaltet|stammt)\b.{0,40}\b(?:extern|dritt|youtube|facebook|"
    r"instagram|twitter|x\b)"
    r"|(?:this|the) (?:content|video|post|embed|tweet) is (?:hosted|provided|served) by (?:an? )?(?:third|external|"
    r"youtube|facebook|instagram|twitter|x\b|tiktok|vimeo|spotify)|recommended external content|"
    r"to (?:view|see|display|show|watch) (?:this|the) (?:content|video|embed|post|tweet)\b|"
    r"we need your (?:consent|permission) to (?:load|show)|allow [\w ]{2,30} content\?|"
    r"this article (?:contains|includes) content (?:provided|from|hosted)|"
    r"by (?:clicking|loading|showing)\b.{0,60}\byou (?:accept|agree|consent)"
    r"|ce contenu (?:est|a été) (?:bloqué|hébergé|fourni)|pour (?:afficher|voir|visualiser|consulter) (?:ce|cette) "
    r"(?:contenu|vidéo|tweet|publication)|vous avez (?:choisi de )?refus"
    r"|para (?:ver|visualizar|mostrar) (?:este|esta) (?:contenido|conteúdo|vídeo|video|publicación)|"
    r"este (?:contenido|conteúdo) (?:es|está|é) (?:proporcionado|alojado|bloqueado|hospedado)"
    r"|per (?:visualizzare|vedere) (?:questo|il) (?:contenuto|video)|questo contenuto è (?:ospitato|bloccato)"
    r"|om deze (?:inhoud|content|video|post) te|deze (?:inhoud|content|video) (?:wordt|is) (?:geblokkeerd|gehost)"
    r"|aby (?:zobaczyć|wyświetlić|obejrzeć) t[eęoą]|för att (?:se|visa) (?:det här |detta )?(?:innehåll|inlägg)|"
    r"for å (?:se|vise) dette innholdet|for at (?:se|vise) (?:dette|denne) indhold"
)
_RATING = (
    r"wie (?:hat|gefällt) ihnen diese[rs]? (?:artikel|beitrag|text)|(?:durchschnittliche )?bewertung:? 0[.,]0|"
    r"war diese[rs]? (?:artikel|beitrag|text|inhalt) (?:hilfreich|nützlich)|(?:please )?rate this (?:article|story)|"
    r"(?:was|did you find) this (?:article|story|page) (?:helpful|useful)|how (?:did|do) you (?:like|rate) this|"
    r"cet article vous a[- ]t[- ]il|¿te (?:ha )?(?:gustado|resultado)|ti è piaciuto questo|vond je dit artikel|"
    r"оцените (?:статью|материал|новость)"
)

EMBEDDED = re.compile(rf"\W*(?:{_EMBEDDED})", re.IGNORECASE)
RATING = re.compile(rf"\W*(?:{_RATING})", re.IGNORECASE)
MORE = re.compile(rf"\W*(?:{_MORE})", re.IGNORECASE)
CALL = re.compile(rf"\W*(?:{_CALL})", re.IGNORECASE)
ADVERT = re.compile(rf"\W*{_ADVERT}\W*", re.IGNORECASE)
CREDIT = re.compile(rf"[\s(\[]*(?:{_CREDIT})", re.IGNORECASE)
RIGHTS = re.compile(rf"\W*{_RIGHTS}", re.IGNORECASE)
SHARE = re.compile(rf"\W*{_SHARE}", re.IGNORECASE)
MINUTES = re.compile(_MINUTES, re.IGNORECASE)
ISSUED = re.compile(rf"\W*{_ISSUED}.{{0,100}}", re.IGNORECASE)
TAGS = re.compile(
    r"\W*(?:tags?|topics?|filed under|keywords|labels?|categories|category|schlagw(?:ö|o)rter|themen|"
    r"stichworte|mots[- ]clés|étiquettes|etiquetas|temas|argomenti|tagi|etiketler|теги|ключевые слова|теми|"
    r"标签|標籤|关键词|タグ|キーワード|태그|الوسوم|كلمات مفتاحية|برچسب(?:‌)?ها|תגיות|टैग्स?|thẻ|"
    r"từ khóa)\s*[:：].{0,200}|\W*(?:tags|topics|etiketler|теги|schlagwörter|themen|etiquetas|标签|標籤|"
    r"タグ)\W*",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"\W*(?:by|by:|written by|reported by|reporting by|author|authors?:|words by|story by|text by|von|text|"
    r"autor(?:in)?|par|por|redacción|di|a cura di|autor:|opracowanie|door|tekst|av|af|teksti|automat|från|"
    r"szerző|scris de|автор|текст|από|του|της|piše|yazar|haber|oleh|penulis|tác giả|theo|记者|記者|作者|編輯|"
    r"编辑|文|撰文|取材|기자|بقلم|كتب|کتبه|نویسنده|מאת|लेखक|โดย|na|imeandikwa na|with (?:files|"
    r"reporting) (?:from|by)|additional reporting by|edited by|reviewed by|fact[- ]checked by|"
    r"medically reviewed by)\b[\s:：]*"
    r"(?P<who>.{2,80})",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}\b|[۰-۹٠-٩]{4}|\d{1,2}月\d{1,2}日")
COMMENTS = re.compile(
    r"\W*\d{0,6}\s*(?:comments?|kommentare?|commentaires?|comentarios?|comentários?|commenti|komentarz[ey]?|"
    r"reacties|kommentarer|комментари[йяев]+|yorum(?:lar)?|komentar|bình luận|评论|評論|コメント|댓글|"
    r"تعليقات?|نظرات?)\W*\d{0,6}\W*",
    re.IGNORECASE,
)
ADVERT_LABEL = re.compile(
    rf"\W*{_ADVERT}(?:\s*[·•|:–—-]\s*.{{1,60}}|\s+(?:by|from|von|par|por|di|door)\s.{{1,60}})?", re.IGNORECASE
)
"""The first line of an advertisement's box: "Ad · Harbour Mutual", "Sponsored by …"."""
_SENTENCE_ENDS = frozenset(".!?…。！？؟।။։:;”\"»“')]")
CONTENTS = re.compile(
    r"\W*(?:table of contents|contents|content|jump to|in this (?:article|story|guide|post)|on this page|"
    r"quick links|overview|inhalt|"
    r"inhaltsverzeichnis|in diesem artikel|sommaire|au sommaire|dans cet article|índice|contenido|"
    r"en este artículo|tabla de contenidos|"
    r"neste artigo|sumário|indice|in questo articolo|spis treści|inhoud|inhoudsopgave|innehåll|sisällys|obsah|"
    r"tartalom|cuprins|содержание|зміст|"
    r"съдържание|περιεχόμενα|içindekiler|daftar isi|mục lục|目录|目錄|目次|목차|محتويات|فهرست|תוכן עניינים|"
    r"สารบัญ)\s*(?:hide|show|expand|\[\w+\])?\W*",
    re.IGNORECASE,
)
SOURCES = re.compile(
    r"\W*(?:article sources|sources?|references|quellen|sources et références|fuentes|fontes|bibliography|"
    r"footnotes|notes|about the authors?|"
    r"about (?:us|the company)|über (?:den autor|die autorin|uns)|à propos de l[’']auteur|sobre (?:el autor|"
    r"la autora|o autor))\s*[:：]?\W*",
    re.IGNORECASE,
)


def ends_sentence(text: str) -> bool:
    """Whether a line ends as sentences do, in any script: with a mark, or a quotation mark or bracket after it."""
    return text.rstrip()[-1:] in _SENTENCE_ENDS
