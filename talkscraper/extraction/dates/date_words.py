"""What stands beside a printed date: words for "published" and "updated", in the languages of the news.

Collected from newsroom templates and CMS translations (WordPress, Drupal, Joomla core .po files: "Posted on",
"Last updated"), written folded (see folding.py). A phrase counts where it stands before the date on its line, alone
on the line before, or, in Chinese, Japanese, Korean, Turkish and Hindi, right behind it.
"""

from __future__ import annotations

import re

from talkscraper.extraction.dates.normalization import fold

PUBLISHED: dict[str, str] = {
    "en": (
        "published|publication date|date published|posted|first published|originally published|date posted|"
        "post date|post time|publish time|publishing date|time published|created|released|issued|written on|"
        "release date|posted on|publish date|filed|first posted|article date|date"
    ),
    "de": (
        "veroffentlicht|veröffentlicht|publiziert|erschienen|erstellt|erstveroffentlichung|erstveröffentlichung|"
        "geschrieben|verfasst|eingestellt|stand vom|datum|gepostet"
    ),
    "fr": (
        "publie|publié|publiee|publiée|mis en ligne|paru|parue|publication|poste le|posté le|date de publication|"
        "cree le|créé le|redige|rédigé|ecrit le|écrit le"
    ),
    "es": "publicado|publicada|fecha de publicacion|fecha de publicación|creado|publicacion|publicación|fecha",
    "pt": "publicado|publicada|data de publicacao|data de publicação|postado|criado em|publicacao|publicação|data",
    "it": "pubblicato|pubblicata|pubblicazione|data di pubblicazione|inserito|postato|scritto il|creato",
    "nl": "gepubliceerd|geplaatst|publicatiedatum|verschenen|geschreven op|datum",
    "ca": "publicat|publicada|data de publicacio|data de publicació|creat",
    "gl": "publicado|publicada",
    "ro": "publicat|publicata|publicată|postat|data publicarii|data publicării",
    "pl": "opublikowano|opublikowany|opublikowana|data publikacji|publikacja|dodano|data dodania|utworzono|data",
    "cs": "publikovano|publikováno|vydano|vydáno|zverejneno|zveřejněno|datum vydani|datum vydání|vlozeno|vloženo",
    "sk": "publikovane|publikované|zverejnene|zverejnené|vydane|vydané|datum vydania|dátum vydania",
    "sl": "objavljeno|datum objave|objava",
    "hr": "objavljeno|objavljena|datum objave|objava|objavio",
    "sr": "објављено|objavljeno|датум објаве",
    "bg": "публикувано|публикувана|публикуван|дата на публикуване",
    "mk": "објавено",
    "ru": "опубликовано|опубликована|опубликован|дата публикации|размещено|создано|добавлено|дата",
    "uk": "опубліковано|дата публікації|опублікована|розміщено|додано",
    "be": "апублікавана",
    "el": (
        "δημοσιευθηκε|δημοσιεύθηκε|δημοσιευτηκε|δημοσιεύτηκε|δημοσιευση|δημοσίευση|ημερομηνια δημοσιευσης|"
        "ημερομηνία δημοσίευσης|αναρτηθηκε|αναρτήθηκε|πρωτη δημοσιευση|πρώτη δημοσίευση"
    ),
    "tr": (
        "yayinlanma|yayınlanma|yayin tarihi|yayın tarihi|giris|giriş|eklenme|yayinlandi|yayınlandı|olusturulma|"
        "oluşturulma|yayimlanma|yayımlanma|tarih|giriş tarihi"
    ),
    "sv": "publicerad|publicerat|publicerades|publiceringsdatum|skapad|inlagd|upplagd",
    "da": "publiceret|offentliggjort|udgivet|oprettet|bragt|udgivelsesdato",
    "nb": "publisert|publiseringsdato|opprettet|lagt ut|skrevet",
    "is": "birt|birt þann|skrifað|frétt",
    "fi": "julkaistu|julkaisupaiva|julkaisupäivä|luotu|julkaistiin",
    "et": "avaldatud|avaldas|lisatud",
    "lv": "publicets|publicēts|pievienots|publicēta",
    "lt": "paskelbta|publikuota|paskelbtas|išspausdinta|paskelbimo data",
    "hu": (
        "megjelent|publikalva|publikálva|kozzeteve|közzétéve|megjelenes|megjelenés|letrehozva|létrehozva|közzététel"
    ),
    "sq": "publikuar|botuar",
    "eu": "argitaratua|argitaratze data",
    "id": "diterbitkan|dipublikasikan|terbit|tayang|tanggal|diunggah",
    "ms": "diterbitkan|tarikh|disiarkan",
    "vi": "đăng|đăng ngay|ngay đăng|đăng ngày|ngày đăng|xuat ban|xuất bản|đăng lúc|thứ",
    "tl": "inilathala|nailathala",
    "sw": "imechapishwa|ilichapishwa|iliyochapishwa|tarehe",
    "af": "gepubliseer|geplaas",
    "az": "dərc edilib|yayımlanıb|tarix",
    "kk": "жарияланған|жарияланды",
    "uz": "chop etilgan|e'lon qilingan|joylangan",
    "hy": "հրապարակվել է|հրապարակված|հրապարակված է",
    "ka": "გამოქვეყნდა|გამოქვეყნებულია|თარიღი",
    "ar": "نشر|نشرت|نشر فی|تم النشر|تاریخ النشر|منشور|نشر بتاریخ|نُشر|النشر|کتب فی",
    "fa": "منتشر شده|انتشار|تاریخ انتشار|زمان انتشار|منتشر شد|تاریخ",
    "ur": "شائع|شایع|اپ لوڈ|تاریخ اشاعت|اشاعت",
    "he": "פורסם|פורסמה|תאריך פרסום|פרסום ראשון|פורסם בתאריך|הועלה",
    "hi": "प्रकाशित|पब्लिश|पोस्ट किया|प्रकाशन तिथि|प्रकाशित तिथि|पब्लिश्ड|प्रकाशन",
    "mr": "प्रकाशित|प्रकाशन",
    "ne": "प्रकाशित",
    "bn": "প্রকাশিত|প্রকাশ|প্রকাশের তারিখ|প্রকাশকাল|প্রকাশনা",
    "ta": "வெளியிடப்பட்டது|வெளியீடு|பதிவு செய்த நாள்|வெளியிடப்பட்ட",
    "te": "ప్రచురించబడింది|ప్రచురణ|ప్రచురించిన|ప్రచురితమైంది",
    "kn": "ಪ್ರಕಟಿಸಲಾಗಿದೆ|ಪ್ರಕಟಿತ|ಪ್ರಕಟಣೆ",
    "ml": "പ്രസിദ്ധീകരിച്ചത്|പ്രസിദ്ധീകരിച്ചു|പ്രസിദ്ധീകരണം",
    "gu": "પ્રકાશિત|પ્રકાશન",
    "pa": "ਪ੍ਰਕਾਸ਼ਿਤ|ਪ੍ਰਕਾਸ਼ਨ",
    "si": "පළ කළ|ප්‍රකාශිත",
    "th": "เผยแพร่|เผยแพร่เมื่อ|วันที่เผยแพร่|โพสต์เมื่อ|วันที่|ลงเมื่อ|ตีพิมพ์",
    "my": "ထုတ်ဝေ",
    "km": "ចុះផ្សាយ|បោះពុម្ព",
    "am": "የታተመው|የተለጠፈው",
    "zh": (
        "发布时间|发表时间|发布于|发表于|发布日期|发布|发表|時間|时间|發布時間|發佈時間|發布於|"
        "發佈於|發表於|發布|發佈|發表|日期|刊登|首次发布|出版|上传|来源时间|建立時間"
    ),
    "ja": "公開|公開日|掲載|配信|投稿日|投稿|公開日時|掲載日|作成日|発表|初出|発行|公開日:",
    "ko": "입력|등록|작성|게재|발행|기사입력|기사등록|작성일|등록일|승인|게시|발행일|송고",
}
"""Language → phrases for the day something was published, separated by ``|``."""

UPDATED: dict[str, str] = {
    "en": (
        "updated|last updated|modified|last modified|edited|last edited|revised|last reviewed|reviewed|update|"
        "last update|date modified|last revised|amended|medically reviewed|corrected|last edit|updated on|"
        "recently updated|fact checked|refreshed|re-published|republished"
    ),
    "de": (
        "aktualisiert|zuletzt aktualisiert|geandert|geändert|update|letzte aktualisierung|bearbeitet|"
        "uberarbeitet|akt|überarbeitet|letzte anderung|letzte änderung|zuletzt bearbeitet|aktualisierung|stand"
    ),
    "fr": (
        "mis a jour|mis à jour|mise a jour|mise à jour|modifie|modifié|actualise|actualisé|modifiee|modifiée|maj|"
        "derniere modification|dernière modification|màj"
    ),
    "es": (
        "actualizado|actualizada|modificado|ultima actualizacion|última actualización|actualizacion|"
        "actualización|editado|ultima modificacion|última modificación"
    ),
    "pt": (
        "atualizado|atualizada|actualizado|modificado|ultima atualizacao|última atualização|atualizacao|"
        "atualização|editado"
    ),
    "it": "aggiornato|aggiornata|ultimo aggiornamento|modificato|ultima modifica|aggiornamento|modificata",
    "nl": "bijgewerkt|laatst bijgewerkt|gewijzigd|laatste update|aangepast|geupdatet|geüpdatet|update",
    "ca": "actualitzat|actualitzada|modificat|darrera actualitzacio|darrera actualització",
    "gl": "actualizado|actualizada",
    "ro": "actualizat|modificat|ultima actualizare|actualizata|actualizată",
    "pl": "aktualizacja|zaktualizowano|ostatnia aktualizacja|zmodyfikowano|data aktualizacji|modyfikacja|edytowano",
    "cs": (
        "aktualizovano|aktualizováno|upraveno|zmeneno|změněno|posledni aktualizace|poslední aktualizace|aktualizace"
    ),
    "sk": "aktualizovane|aktualizované|upravene|upravené|aktualizacia|aktualizácia",
    "sl": "posodobljeno|spremenjeno|osveženo|zadnja posodobitev",
    "hr": "azurirano|ažurirano|izmijenjeno|zadnja izmjena|osvježeno|posljednja izmjena",
    "sr": "ажурирано|azurirano|измењено|измена",
    "bg": "обновена|обновено|актуализирано|последна актуализация|променено|редактирано",
    "mk": "ажурирано",
    "ru": "обновлено|обновлена|изменено|обновление|последнее обновление|дата обновления|отредактировано|обновлен",
    "uk": "оновлено|змінено|останнє оновлення|відредаговано|дата оновлення",
    "be": "абноўлена",
    "el": (
        "ενημερωθηκε|ενημερώθηκε|τελευταια ενημερωση|τελευταία ενημέρωση|ενημερωση|ενημέρωση|ανανεωθηκε|"
        "ανανεώθηκε|τροποποιηθηκε|τροποποιήθηκε"
    ),
    "tr": (
        "guncelleme|güncelleme|guncellendi|güncellendi|son guncelleme|son güncelleme|guncellenme|güncellenme|"
        "güncelleme tarihi"
    ),
    "sv": "uppdaterad|uppdaterat|uppdaterades|andrad|ändrad|senast uppdaterad|redigerad",
    "da": "opdateret|sidst opdateret|aendret|ændret|rettet|redigeret|senest opdateret",
    "nb": "oppdatert|sist oppdatert|endret|redigert",
    "is": "uppfært|breytt|síðast uppfært",
    "fi": "paivitetty|päivitetty|muokattu|viimeksi paivitetty|viimeksi päivitetty",
    "et": "uuendatud|muudetud|täiendatud",
    "lv": "atjaunots|papildināts|atjaunināts|labots",
    "lt": "atnaujinta|atnaujintas|pakeista|papildyta",
    "hu": "frissitve|frissítve|modositva|módosítva|utolso frissites|utolsó frissítés|frissült|módosítás|frissítés",
    "sq": "perditesuar|përditësuar",
    "eu": "eguneratua|eguneratze data|azken eguneraketa",
    "id": "diperbarui|diupdate|terakhir diperbarui|pembaruan|diubah",
    "ms": "dikemas kini|dikemaskini|kemas kini|kemaskini",
    "vi": "cap nhat|cập nhật|sua đoi|chỉnh sửa|cập nhật lúc",
    "sw": "imesasishwa|imeboreshwa|ilisasishwa",
    "af": "opgedateer|bygewerk|gewysig",
    "az": "yenilənib|yeniləndi",
    "kk": "жаңартылған|жаңартылды",
    "uz": "yangilangan",
    "hy": "թարմացվել է|թարմացված",
    "ka": "განახლდა|განახლებულია|ბოლო განახლება",
    "ar": "اخر تحدیث|تحدیث|تم التحدیث|تعدیل|حدث|تاریخ التحدیث|عدل|اخر تعدیل|محدث",
    "fa": "به روز رسانی|بروزرسانی|به روز شده|بروز شده|ویرایش|آخرین بروزرسانی|به روزرسانی",
    "ur": "اپ ڈیٹ|اپڈیٹ|تجدید",
    "he": "עודכן|עודכנה|עדכון אחרון|עדכון|עודכן לאחרונה|עודכן בתאריך",
    "hi": "अपडेटेड|अपडेट|अद्यतन|अंतिम अपडेट|अपडेट किया|संशोधित",
    "mr": "अपडेट|अद्यतन|अद्ययावत",
    "ne": "अद्यावधिक|अपडेट",
    "bn": "আপডেট|হালনাগাদ|সর্বশেষ আপডেট|সংশোধিত",
    "ta": "புதுப்பிக்கப்பட்டது|கடைசியாக புதுப்பிக்கப்பட்டது|மாற்றம் செய்த நாள்|அப்டேட்",
    "te": "నవీకరించబడింది|అప్‌డేట్|నవీకరణ|అప్డేట్",
    "kn": "ನವೀಕರಿಸಲಾಗಿದೆ|ಅಪ್‌ಡೇಟ್|ನವೀಕರಣ",
    "ml": "അപ്ഡേറ്റ്|പുതുക്കിയത്|അപ്‌ഡേറ്റ്",
    "gu": "અપડેટ|સુધારેલ",
    "pa": "ਅੱਪਡੇਟ|ਅਪਡੇਟ",
    "th": "อัปเดต|อัพเดต|แก้ไขล่าสุด|ปรับปรุงล่าสุด|อัปเดตล่าสุด|ปรับปรุง|อัพเดท|แก้ไข",
    "km": "បច្ចុប្បន្នភាព",
    "am": "የተሻሻለው|የዘመነው",
    "zh": (
        "更新时间|更新時間|更新于|更新於|最后更新|最後更新|更新日期|"
        "更新|修改时间|修改時間|修改|修订|编辑于|編輯於|最近更新"
    ),
    "ja": "更新|更新日|最終更新|最終更新日|更新日時|改訂|修正|最終更新日時",
    "ko": "수정|최종수정|업데이트|기사수정|수정일|갱신|최종 업데이트|변경",
}
"""Language → phrases for the day it was changed."""

FIRST: tuple[str, ...] = (
    "first published", "originally published", "originally posted", "originally appeared", "first posted",
    "first appeared",
    "erstveroffentlich", "ursprunglich veroffentlicht", "zuerst erschienen", "initialement publie",
    "publie initialement",
    "publicado originalmente", "publicado por primera vez", "originalmente publicado", "pubblicato originariamente",
    "oorspronkelijk gepubliceerd", "pierwotnie opublikowano", "ursprungligen publicerad", "первоначально опубликовано",
    "初出", "初次发布", "首次发布", "最初發表", "最初发表", "최초 등록", "최초등록", "최초 입력", "최초입력",
)  # fmt: skip
"""What stands before the day of the first publication where the page tells later ones too."""

NOT_A_DATE: tuple[str, ...] = (
    "©", "copyright", "all rights reserved", "alle rechte", "tous droits", "born", "geboren", "expires", "valid until",
    "valid through", "deadline", "event date", "starts", "ends", "established", "founded", "since", "seit", "depuis",
    "desde", "joined", "member since", "mitglied seit", "registered", "retrieved", "accessed", "abgerufen",
    "filed under", "next update", "opening", "öffnungszeiten", "apply by", "closing date", "last login", "版权所有",
    "comments on", "replied", "reply", "antworten", "recorded on", "aired", "screenshot", "foto:", "photo:",
)  # fmt: skip
"""What stands before a date that isn't the article's."""


def _pattern(phrases: dict[str, str]) -> re.Pattern[str]:
    every = {fold(p) for group in phrases.values() for p in group.split("|")} - {""}
    spaced: list[str] = []
    joined: list[str] = []
    for phrase in sorted(every, key=lambda p: (-len(p), p)):
        (joined if any(c >= "\u0e00" for c in phrase) else spaced).append(re.escape(phrase))
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)|{'|'.join(joined)}")


PUBLISHED_PATTERN = _pattern(PUBLISHED)
UPDATED_PATTERN = _pattern(UPDATED)
FIRST_PATTERN = re.compile("|".join(re.escape(fold(p)) for p in FIRST))
NOT_A_DATE_PATTERN = re.compile(
    "|".join(rf"(?<!\w){re.escape(fold(p))}" if p[0].isalnum() else re.escape(fold(p)) for p in NOT_A_DATE)
)
