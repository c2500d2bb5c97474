"""What pages say that aren't there, in their title or headline, as regular expressions by language.

The stock wording of content systems and web servers (WordPress, Drupal, Joomla, TYPO3, nginx, Apache).
"""

MISSING: dict[str, tuple[str, ...]] = {
    "en": (
        "page not found", "not found",
        (
            "page (?:you(?: are|'re)? (?:looking for|requested)|requested) (?:could not be found|(?:was|"
            "is) not found|cannot be found|can't be found|no longer exists|does(?: not|n't) exist|"
            "isn't available|is not available|has been (?:moved|removed|deleted))"
        ),
        "(?:page|article|story|post|content) (?:could not be|cannot be|can't be|not) found",
        r"we (?:can't|cannot|couldn't|could not) find (?:the|that|this|what)(?: \w+)? ?(?:page|article|story|you)?",
        "nothing (?:was )?found",
        (
            "(?:page|article|story|post) (?:does(?: not|n't) exist|no longer (?:exists|available)|"
            "is no longer available|has expired|unavailable|not available|is unavailable|has been (?:removed|"
            "deleted))"
        ),
        "404 error", "error 404", "oops!? (?:that )?page",
        "this page (?:doesn't|does not|isn't|is not) (?:exist|available|here)",
        "sorry, (?:we couldn't find|this page|that page)", "page missing",
        "this content is(?: no longer|n't) available(?: right now)?",
    ),
    "de": (
        "seite (?:wurde )?(?:leider )?nicht gefunden", "seite nicht (?:gefunden|verfügbar|vorhanden)",
        "seite existiert nicht", "nicht gefunden",
        "(?:artikel|inhalt|beitrag|dokument) (?:wurde )?nicht (?:mehr )?(?:gefunden|verfügbar|vorhanden)",
        "fehler 404", "seite konnte (?:leider )?nicht gefunden werden", "seite gibt es (?:leider )?nicht",
        "nicht mehr verfügbar",
    ),
    "fr": (
        "page (?:non trouvée|introuvable|inexistante)",
        "(?:page|article|contenu) (?:n'existe pas|n'existe plus|introuvable|n'est plus disponible)",
        "page (?:que vous (?:cherchez|recherchez|demandez) )?(?:n'existe pas|est introuvable|n'a pas été trouvée)",
        "erreur 404",
    ),
    "es": (
        "página no (?:encontrada|existe|disponible)", "no (?:se )?(?:ha )?encontr(?:ado|ó|amos) la página",
        (
            "(?:página|artículo|noticia|contenido) (?:que (?:busca|buscas|estás buscando|"
            "solicita) )?(?:no existe|ya no existe|no encontrad[oa]|no está disponible)"
        ),
        "error 404", "contenido no disponible", "página que buscas",
    ),
    "pt": (
        "página não (?:encontrada|existe|disponível)", "não encontramos (?:a|esta) página",
        (
            "(?:página|artigo|notícia|conteúdo) (?:que procura )?(?:não existe|não encontrad[oa]|"
            "não foi encontrad[oa]|indisponível)"
        ),
        "erro 404",
    ),
    "it": (
        "pagina non (?:trovata|esiste|disponibile)",
        (
            "(?:pagina|articolo|contenuto) (?:richiest[oa] |che (?:cerchi|stai cercando) )?non (?:trovat[oa]|"
            "esiste|è (?:stat[oa] trovat[oa]|disponibile)|più disponibile)"
        ),
        "errore 404",
    ),
    "nl": (
        "pagina (?:is )?niet (?:gevonden|beschikbaar)", "pagina bestaat niet",
        "(?:artikel|pagina) (?:kan|kon) niet (?:worden )?gevonden",
        "(?:pagina|artikel) (?:bestaat niet meer|is niet (?:meer )?beschikbaar)", "fout 404",
    ),
    "pl": (
        "strona nie (?:została znaleziona|istnieje)", "nie znaleziono(?: strony)?",
        "strony nie (?:znaleziono|odnaleziono)",
        "(?:strona|artykuł)(?:, której szukasz,)? nie (?:istnieje|jest dostępn[ay])", "błąd 404",
    ),
    "cs": (
        "stránka (?:nebyla )?nenalezena", "stránka (?:nebyla nalezena|neexistuje)", "nenalezeno", "chyba 404",
        "požadovaná stránka",
    ),
    "sk": (
        "stránka (?:sa nenašla|nebola nájdená|neexistuje)", "chyba 404", "nenájdené",
    ),
    "hu": (
        "az oldal nem található", "a(?: keresett)? oldal nem (?:található|létezik)", "nem található", "404-es hiba",
    ),
    "ro": (
        "pagina (?:nu a fost găsită|nu există|inexistentă)", "pagină negăsită", "eroare 404",
    ),
    "ru": (
        "страница не (?:найдена|существует)", "не найдено",
        "(?:страницы|материал|статья) (?:не существует|не найден[аы]?|удал[её]н[аы]?)", "ошибка 404",
        "запрашиваемая страница",
    ),
    "uk": (
        "сторінк[уа] не (?:знайдено|існує)", "не знайдено", "помилка 404", "сторінки не існує",
    ),
    "bg": (
        "страницата не (?:е намерена|съществува)", "грешка 404",
    ),
    "sr": (
        "stranica nije pronađena", "страница није пронађена", "грешка 404",
    ),
    "hr": (
        "stranica nije pronađena", "stranica ne postoji", "greška 404",
    ),
    "el": (
        "η σελίδα δεν (?:βρέθηκε|υπάρχει)", "δεν βρέθηκε", "σφάλμα 404",
    ),
    "tr": (
        "sayfa bulunamadı", "aradığınız sayfa bulunamadı", "(?:sayfa|haber|içerik) (?:bulunamadı|mevcut değil)",
        "hata 404",
    ),
    "sv": (
        "sidan (?:kunde inte hittas|hittades inte|finns inte|saknas)", "sidan (?:du söker|som du söker) ",
        "kunde inte hitta sidan",
    ),
    "da": (
        "siden (?:blev ikke fundet|findes ikke|kunne ikke findes|kan ikke findes)", "ikke fundet",
    ),
    "nb": (
        "siden (?:ble ikke funnet|finnes ikke|eksisterer ikke)", "fant ikke siden", "ikke funnet",
    ),
    "fi": (
        "sivua ei löyty(?:nyt|ny)", "sivua ei (?:löydy|ole)", "ei löytynyt",
    ),
    "is": (
        "síða fannst ekki", "síðan fannst ekki",
    ),
    "id": (
        "halaman tidak ditemukan", "tidak ditemukan", "halaman yang anda cari",
    ),
    "vi": (
        "không tìm thấy trang", "trang (?:bạn tìm kiếm )?không (?:tồn tại|tìm thấy)", "lỗi 404",
    ),
    "sw": (
        "ukurasa haukupatikana", "ukurasa haupatikani",
    ),
    "ja": (
        "ページが(?:見つかりません|みつかりません|存在しません)", "ページは(?:見つかりません|存在しません|削除)",
        "お探しのページ", "指定されたページ", "記事が見つかりません",
        "この記事は(?:掲載を終了|公開を終了|削除)",
    ),
    "zh": (
        "页面(?:不存在|未找到|找不到|没有找到)", "找不到(?:页面|該頁|该页|頁面|网页|網頁)", "頁面(?:不存在|找不到)",
        "您(?:访问|訪問|所访问)的(?:页面|頁面|网页)",
        "文章不存在", "内容不存在", "(?:页面|文章|内容)已(?:被)?删除", "出错了",
    ),
    "ko": (
        "페이지를 찾을 수 없", "존재하지 않는 (?:페이지|기사)", "요청하신 페이지", "삭제된 기사", "찾을 수 없습니다",
    ),
    "ar": (
        "الصفحه غیر موجوده", "الصفحة غير موجودة", "لم يتم العثور على الصفحة",
        "الصفحة (?:التي تبحث عنها|المطلوبة) غير", "خطأ 404", "غير موجودة",
    ),
    "fa": (
        "صفحه (?:مورد نظر )?(?:یافت نشد|پیدا نشد|وجود ندارد)", "خطای ?404", "یافت نشد",
    ),
    "he": (
        "הדף לא נמצא", "העמוד לא נמצא", "הדף המבוקש", "העמוד המבוקש", "שגיאה 404", "דף לא נמצא",
    ),
    "hi": (
        "पृष्ठ नहीं मिला", "पेज नहीं मिला", "यह पेज (?:मौजूद|उपलब्ध) नहीं", "पेज उपलब्ध नहीं",
    ),
    "bn": (
        "পাতাটি পাওয়া যায়নি", "পৃষ্ঠাটি (?:পাওয়া যায়নি|খুঁজে পাওয়া যায়নি)",
    ),
    "th": (
        "ไม่พบหน้า", "ไม่พบหน้าเว็บ", "หน้าที่คุณ(?:ค้นหา|ต้องการ)", "ไม่พบข้อมูล",
    ),
    "ta": (
        "பக்கம் கிடைக்கவில்லை", "பக்கம் காணப்படவில்லை",
    ),
}  # fmt: skip
"""Language → patterns."""
