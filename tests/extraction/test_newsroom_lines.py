"""Lines among paragraphs that aren't the article's, as newsrooms of fourteen languages write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import talkscraper
from tests.support.pages import FERRY

AT = datetime(2026, 3, 1, tzinfo=UTC)
PROSE = {
    "de": (
        "Die alte Fähre kehrt nächste Woche auf den See zurück und bringt die Kinder vom anderen Ufer wieder zur Schule.",
        "Sie lag seit dem vorletzten Frühjahr in der Werft, weil eine Planke unter einem Wagen mit Kartoffeln nachgegeben hatte.",
        "Vier Zimmerleute arbeiteten den Winter über daran; die Gemeinde bezahlte das Eichenholz und die Kirche die Farbe.",
    ),
    "fr": (
        "Le vieux bac retourne à l’eau la semaine prochaine et ramènera les enfants de l’autre rive à l’école du village.",
        "Il était resté au chantier depuis l’avant-dernier printemps, quand une planche avait cédé sous une charrette de pommes de terre.",
        "Quatre charpentiers y ont travaillé tout l’hiver ; la commune a payé le chêne et la paroisse a payé la peinture.",
    ),
    "es": (
        "El viejo transbordador vuelve al agua la próxima semana y llevará otra vez a la escuela a los niños de la otra orilla.",
        "Estaba en el astillero desde la penúltima primavera, cuando una tabla cedió bajo un carro cargado de patatas nuevas.",
        "Cuatro carpinteros trabajaron en él durante el invierno; el ayuntamiento pagó el roble y la parroquia pagó la pintura.",
    ),
    "pt": (
        "A velha balsa volta à água na próxima semana e levará novamente à escola as crianças da outra margem do lago.",
        "Estava no estaleiro desde a penúltima primavera, quando uma tábua cedeu sob uma carroça carregada de batatas novas.",
        "Quatro carpinteiros trabalharam nela durante o inverno; a prefeitura pagou o carvalho e a paróquia pagou a tinta.",
    ),
    "it": (
        "Il vecchio traghetto torna in acqua la prossima settimana e riporterà a scuola i bambini dell’altra riva del lago.",
        "Era in cantiere dalla penultima primavera, quando un’asse aveva ceduto sotto un carro carico di patate novelle.",
        "Quattro carpentieri ci hanno lavorato per tutto l’inverno; il comune ha pagato il rovere e la parrocchia la vernice.",
    ),
    "nl": (
        "De oude veerboot gaat volgende week weer het water op en brengt de kinderen van de overkant opnieuw naar school.",
        "Hij lag sinds het voorlaatste voorjaar op de werf, omdat een plank was bezweken onder een kar met aardappelen.",
        "Vier timmerlieden werkten er de hele winter aan; de gemeente betaalde het eikenhout en de kerk betaalde de verf.",
    ),
    "pl": (
        "Stary prom wraca na wodę w przyszłym tygodniu i znowu będzie wozić do szkoły dzieci z drugiego brzegu jeziora.",
        "Stał w stoczni od przedostatniej wiosny, kiedy deska ugięła się pod wozem pełnym młodych ziemniaków z wyspy.",
        "Czterej cieśle pracowali nad nim przez całą zimę; gmina zapłaciła za dębinę, a parafia zapłaciła za farbę.",
    ),
    "ru": (
        "Старый паром на следующей неделе возвращается на воду и снова будет возить в школу детей с другого берега озера.",
        "Он стоял на верфи с позапрошлой весны, когда доска проломилась под телегой, полной молодого картофеля с острова.",
        "Четыре плотника работали над ним всю зиму; за дуб заплатил городской совет, а за краску заплатил церковный приход.",
    ),
    "tr": (
        "Eski feribot gelecek hafta yeniden suya iniyor ve karşı kıyıdaki çocukları tekrar okula götürmeye başlayacak.",
        "Bir tahta patates yüklü bir arabanın altında kırıldığından beri, önceki bahardan bu yana tersanede bekliyordu.",
        "Dört marangoz bütün kış boyunca üzerinde çalıştı; meşenin parasını belediye, boyanın parasını ise vakıf ödedi.",
    ),
    "ar": (
        "تعود العبّارة القديمة إلى الماء الأسبوع المقبل لتنقل من جديد أطفال الضفة الأخرى إلى مدرستهم في القرية القديمة.",
        "كانت راسية في الحوض منذ ربيع العام قبل الماضي بعدما انكسر لوح تحت عربة محملة بالبطاطس القادمة من الجزيرة.",
        "عمل عليها أربعة نجارين طوال الشتاء؛ ودفع المجلس البلدي ثمن خشب البلوط ودفع الأهالي ثمن الدهان الأزرق كله.",
    ),
    "hi": (
        "पुरानी नाव अगले सप्ताह फिर पानी में उतरेगी और दूसरे किनारे के बच्चों को दोबारा गाँव के स्कूल तक पहुँचाएगी।",
        "वह पिछले से पिछले वसंत से गोदी में खड़ी थी, जब आलू से लदी एक गाड़ी के नीचे उसका एक तख्ता टूट गया था।",
        "चार बढ़इयों ने पूरी सर्दी उस पर काम किया; लकड़ी का पैसा पंचायत ने दिया और रंग का पैसा गाँव के लोगों ने दिया।",
    ),
    "ja": (
        "古い渡し船が来週ふたたび湖に戻り、対岸に住む子どもたちをまた村の学校まで運ぶことになったと、港の責任者が火曜日に明らかにし、住民は長いあいだ待っていた知らせを喜んだ。",
        "船は一昨年の春から造船所に置かれていた。じゃがいもを積んだ荷車の下で甲板の板が一枚折れたためで、修理の費用をだれが払うのかが長く決まらなかったという。",
        "四人の大工が冬のあいだ修理にあたり、樫の木の代金は町が、塗料の代金は寺が支払った。最初の便は日曜日の午前十時に出る予定で、その日の運賃は無料になるという。",
    ),
    "zh": (
        "旧渡船将于下周重新下水，再次把对岸的孩子们送到村里的学校上课，港口负责人星期二在接受采访时这样表示，居民们说他们已经等了很久，终于等到了这个好消息。",
        "自前年春天起，渡船一直停放在船厂里，当时甲板上的一块木板被一辆装满土豆的大车压断，此后由谁来支付修理费用的问题一直没有得到解决，直到去年秋天。",
        "四名木匠整个冬天都在修理这条船，橡木的费用由镇里支付，油漆的费用由寺院支付，第一班船将于星期日上午十点起航，当天所有乘客都不需要购买船票就能上船。",
    ),
    "ko": (
        "오래된 나룻배가 다음 주 다시 호수로 돌아와 건너편 마을의 아이들을 학교까지 실어 나르게 된다고 항구 관리인이 화요일 밝혔다.",
        "배는 재작년 봄부터 조선소에 머물러 있었는데, 감자를 가득 실은 수레 아래에서 갑판의 널빤지 하나가 부러졌기 때문이라고 한다.",
        "목수 네 명이 겨우내 배를 고쳤으며 참나무 값은 군청이, 페인트 값은 마을 사람들이 냈다. 첫 배는 일요일 오전 열 시에 출발한다.",
    ),
}
"""Three paragraphs each, of a ferry that returns to its lake."""
LINES = {
    "de": (
        'Lesen Sie auch: <a href="/a/zweite-faehre">Gemeinde sucht eine zweite Fähre</a>',
        'Mehr zum Thema: <a href="/a/x-faehre">Fähre im Winter</a>',
        "Foto: Ola Kern/dpa",
        'Jetzt den <a href="/nl">Newsletter abonnieren</a> und nichts verpassen!',
        'Folgen Sie uns auch auf <a href="https://wa.example">WhatsApp</a>!',
        "Schlagworte: Fähre, See",
        "Aktualisiert am 1. März 2026, 10:15 Uhr",
        "12 Kommentare",
        "Anzeige",
        "Artikel teilen",
        "Lesezeit: 3 Minuten",
        "Quelle: dpa",
        "© 2026 Seebote. Alle Rechte vorbehalten.",
        'Sie haben bereits ein Abo? <a href="/login">Jetzt anmelden</a>',
        "Artikel anhören",
        'Fehler gefunden? <a href="/f">Jetzt melden</a>',
        "Der Artikel wird nach der Anzeige fortgesetzt",
    ),
    "fr": (
        'À lire aussi : <a href="/a/deuxieme-bac">La commune cherche un deuxième bac</a>',
        'Lire aussi – <a href="/a/x-bac">Le bac en hiver</a>',
        "Crédit photo : Ola Kern / AFP",
        '<a href="/nl">Inscrivez-vous à notre newsletter</a> pour ne rien manquer',
        'Suivez-nous sur <a href="https://wa.example">WhatsApp</a>',
        "Mots-clés : bac, lac",
        "Mis à jour le 1er mars 2026 à 10h15",
        "12 commentaires",
        "Publicité",
        "Partager cet article",
        "Temps de lecture : 3 min",
        "Source : AFP",
        "© 2026 Le Courrier. Tous droits réservés.",
        'Déjà abonné ? <a href="/login">Se connecter</a>',
        "Écouter cet article",
        'Une erreur ? <a href="/f">Signalez-la</a>',
        "La suite après cette publicité",
    ),
    "es": (
        'Lea también: <a href="/a/segunda-barca">El ayuntamiento busca otra barca</a>',
        'Te puede interesar: <a href="/a/x-barca">La barca en invierno</a>',
        "Foto: Ola Kern / EFE",
        '<a href="/nl">Suscríbete a nuestro boletín</a> y no te pierdas nada',
        'Síguenos en <a href="https://wa.example">WhatsApp</a>',
        "Etiquetas: barca, lago",
        "Actualizado el 1 de marzo de 2026 a las 10:15",
        "12 comentarios",
        "Publicidad",
        "Compartir",
        "Tiempo de lectura: 3 minutos",
        "Fuente: EFE",
        "© 2026 El Correo. Todos los derechos reservados.",
        '¿Ya eres suscriptor? <a href="/login">Inicia sesión</a>',
        "Escuchar el artículo",
        '¿Has encontrado un error? <a href="/f">Repórtalo</a>',
        "La noticia continúa después de la publicidad",
    ),
    "pt": (
        'Leia também: <a href="/a/segunda-balsa">Prefeitura procura outra balsa</a>',
        'Veja também: <a href="/a/x-balsa">A balsa no inverno</a>',
        "Foto: Ola Kern/Reprodução",
        '<a href="/nl">Assine a nossa newsletter</a> e receba as notícias',
        'Siga-nos no <a href="https://wa.example">WhatsApp</a>',
        "Tags: balsa, lago",
        "Atualizado em 1 de março de 2026 às 10h15",
        "12 comentários",
        "Publicidade",
        "Compartilhar",
        "Tempo de leitura: 3 minutos",
        "Fonte: Lusa",
        "© 2026 O Correio. Todos os direitos reservados.",
        'Já é assinante? <a href="/login">Entre</a>',
        "Ouvir a notícia",
        'Encontrou um erro? <a href="/f">Avise-nos</a>',
        "Continua após a publicidade",
    ),
    "it": (
        'Leggi anche: <a href="/a/secondo-traghetto">Il comune cerca un altro traghetto</a>',
        'Potrebbe interessarti: <a href="/a/x-traghetto">Il traghetto d’inverno</a>',
        "Foto: Ola Kern/Ansa",
        '<a href="/nl">Iscriviti alla nostra newsletter</a> per non perdere nulla',
        'Seguici su <a href="https://wa.example">WhatsApp</a>',
        "Argomenti: traghetto, lago",
        "Aggiornato il 1 marzo 2026 alle 10:15",
        "12 commenti",
        "Pubblicità",
        "Condividi",
        "Tempo di lettura: 3 minuti",
        "Fonte: Ansa",
        "© 2026 Il Corriere. Tutti i diritti riservati.",
        'Sei già abbonato? <a href="/login">Accedi</a>',
        "Ascolta l’articolo",
        'Hai trovato un errore? <a href="/f">Segnalalo</a>',
        "Continua a leggere dopo la pubblicità",
    ),
    "nl": (
        'Lees ook: <a href="/a/tweede-veer">Gemeente zoekt een tweede veer</a>',
        'Meer over dit onderwerp: <a href="/a/x-veer">Het veer in de winter</a>',
        "Foto: Ola Kern/ANP",
        '<a href="/nl">Meld je aan voor onze nieuwsbrief</a> en mis niets',
        'Volg ons op <a href="https://wa.example">WhatsApp</a>',
        "Trefwoorden: veer, meer",
        "Bijgewerkt op 1 maart 2026 om 10.15 uur",
        "12 reacties",
        "Advertentie",
        "Deel dit artikel",
        "Leestijd: 3 minuten",
        "Bron: ANP",
        "© 2026 De Bode. Alle rechten voorbehouden.",
        'Al abonnee? <a href="/login">Log in</a>',
        "Luister naar dit artikel",
        'Fout gezien? <a href="/f">Meld het ons</a>',
        "Tekst gaat verder onder de advertentie",
    ),
    "pl": (
        'Czytaj także: <a href="/a/drugi-prom">Gmina szuka drugiego promu</a>',
        'Zobacz też: <a href="/a/x-prom">Prom zimą</a>',
        "Fot. Ola Kern / PAP",
        '<a href="/nl">Zapisz się na nasz newsletter</a> i bądź na bieżąco',
        'Obserwuj nas na <a href="https://wa.example">WhatsApp</a>',
        "Tagi: prom, jezioro",
        "Aktualizacja: 1 marca 2026, 10:15",
        "12 komentarzy",
        "Reklama",
        "Udostępnij",
        "Czas czytania: 3 min",
        "Źródło: PAP",
        "© 2026 Kurier. Wszelkie prawa zastrzeżone.",
        'Masz już subskrypcję? <a href="/login">Zaloguj się</a>',
        "Posłuchaj artykułu",
        'Znalazłeś błąd? <a href="/f">Zgłoś</a>',
        "Dalsza część tekstu pod reklamą",
    ),
    "ru": (
        'Читайте также: <a href="/a/vtoroy-parom">Совет ищет второй паром</a>',
        'По теме: <a href="/a/x-parom">Паром зимой</a>',
        "Фото: Ола Керн / ТАСС",
        '<a href="/nl">Подписывайтесь на наш канал</a> и будьте в курсе',
        'Мы в <a href="https://wa.example">Telegram</a>',
        "Теги: паром, озеро",
        "Обновлено 1 марта 2026 в 10:15",
        "12 комментариев",
        "Реклама",
        "Поделиться",
        "Время чтения: 3 минуты",
        "Источник: ТАСС",
        "© 2026 Курьер. Все права защищены.",
        'Уже есть подписка? <a href="/login">Войти</a>',
        "Слушать статью",
        'Нашли ошибку? <a href="/f">Выделите и нажмите Ctrl+Enter</a>',
        "Продолжение после рекламы",
    ),
    "tr": (
        'Ayrıca okuyun: <a href="/a/ikinci-feribot">Belediye ikinci feribot arıyor</a>',
        'İlgili haber: <a href="/a/x-feribot">Kışın feribot</a>',
        "Fotoğraf: Ola Kern / AA",
        '<a href="/nl">Bültenimize abone olun</a> ve haberleri kaçırmayın',
        'Bizi <a href="https://wa.example">WhatsApp</a> üzerinden takip edin',
        "Etiketler: feribot, göl",
        "Güncelleme: 1 Mart 2026 10:15",
        "12 yorum",
        "Reklam",
        "Paylaş",
        "Okuma süresi: 3 dakika",
        "Kaynak: AA",
        "© 2026 Kurye. Tüm hakları saklıdır.",
        'Zaten abone misiniz? <a href="/login">Giriş yapın</a>',
        "Haberi dinle",
        'Hata mı buldunuz? <a href="/f">Bildirin</a>',
        "Haberin devamı reklamdan sonra",
    ),
    "ar": (
        'اقرأ أيضا: <a href="/a/2">المجلس يبحث عن عبارة ثانية</a>',
        'مواضيع ذات صلة: <a href="/a/3">العبارة في الشتاء</a>',
        "تصوير: أولا كيرن / رويترز",
        '<a href="/nl">اشترك في نشرتنا البريدية</a> ليصلك كل جديد',
        'تابعونا على <a href="https://wa.example">واتساب</a>',
        "الكلمات المفتاحية: عبارة، بحيرة",
        "آخر تحديث: 1 مارس 2026 10:15",
        "12 تعليقات",
        "إعلان",
        "شارك",
        "مدة القراءة: 3 دقائق",
        "المصدر: رويترز",
        "© 2026 البريد. جميع الحقوق محفوظة.",
        'مشترك بالفعل؟ <a href="/login">سجل الدخول</a>',
        "استمع إلى المقال",
        "يتبع بعد الإعلان",
    ),
    "hi": (
        'यह भी पढ़ें: <a href="/a/2">पंचायत को दूसरी नाव की तलाश</a>',
        'इसे भी पढ़ें- <a href="/a/3">सर्दी में नाव</a>',
        "फोटो: ओला केर्न / पीटीआई",
        '<a href="/nl">हमारे न्यूज़लेटर की सदस्यता लें</a>',
        'हमें <a href="https://wa.example">व्हाट्सएप</a> पर फॉलो करें',
        "टैग: नाव, झील",
        "अपडेटेड: 1 मार्च 2026 10:15",
        "12 टिप्पणियाँ",
        "विज्ञापन",
        "शेयर करें",
        "स्रोत: पीटीआई",
        "© 2026 डाक. सर्वाधिकार सुरक्षित.",
        'पहले से सदस्य हैं? <a href="/login">लॉग इन करें</a>',
    ),
    "ja": (
        'あわせて読みたい：<a href="/a/2">町が二隻目の渡し船を探す</a>',
        '【関連記事】<a href="/a/3">冬の渡し船</a>',
        "写真：オラ・ケルン",
        '<a href="/nl">メールマガジンに登録</a>して最新ニュースを受け取る',
        "キーワード：渡し船、湖",
        "更新：2026年3月1日 10時15分",
        "コメント12件",
        "広告",
        "シェアする",
        "出典：共同通信",
        "© 2026 湖新聞 無断転載を禁じます",
        '会員の方は<a href="/login">ログイン</a>',
        "記事は広告の後に続きます",
    ),
    "zh": (
        '延伸阅读：<a href="/a/2">镇里寻找第二条渡船</a>',
        '相关新闻：<a href="/a/3">冬天的渡船</a>',
        "图片来源：新华社",
        '<a href="/nl">订阅我们的新闻通讯</a>',
        "标签：渡船，湖",
        "更新时间：2026年3月1日 10:15",
        "12条评论",
        "广告",
        "分享",
        "来源：新华社",
        "© 2026 湖报 版权所有",
        '已经是会员？<a href="/login">登录</a>',
        "责任编辑：李明",
    ),
    "ko": (
        '함께 읽기: <a href="/a/2">군청, 두 번째 배 찾는다</a>',
        '관련기사 <a href="/a/3">겨울의 나룻배</a>',
        "사진=올라 케른 기자",
        '<a href="/nl">뉴스레터 구독하기</a>',
        "태그: 나룻배, 호수",
        "수정 2026.03.01 10:15",
        "댓글 12",
        "광고",
        "공유하기",
        "출처: 연합뉴스",
        "ⓒ 호수신문, 무단 전재 및 재배포 금지",
    ),
}
"""Links to other articles, credits, invitations, labels, dates, counts, and notes for subscribers."""
SENTENCES = (
    ("de", "Bereits registriert sind dreihundert Läufer aus zwölf Dörfern."),
    ("de", "Fehler entdeckt hatte die Werft bis zum Frühjahr keine."),
    ("es", "Ya es suscriptora del puerto la mitad de la otra orilla."),
    ("pt", "Siga o rio, disse o barqueiro, e chegará à cidade velha."),
    ("pt", "Encontrou um erro nas contas da balsa e avisou a prefeitura."),
    ("ru", "Нашли ошибку в расчётах верфи только через два года."),
    ("nl", "Bron van het lawaai was een oude motor, zei de havenmeester."),
    ("ko", "사진(왼쪽)은 지난해 봄 조선소에서 나룻배를 고치던 목수들의 모습이다."),
    ("zh", "编辑部的人说，他们在码头等了整整一个上午，渡船才慢慢地靠岸。"),
    ("tr", "Reklam gelirleri feribotun boyasını ödemeye yetmedi, dedi müdür."),
)
"""Sentences that begin alike."""


def paragraphs(language: str, lines: tuple[str, ...]) -> list[str]:
    """The paragraphs found of a page in a language, with these lines after its second paragraph."""
    first, second, third = (f"<p>{each}</p>" for each in PROSE[language])
    among = "".join(f"<p>{line}</p>" for line in lines)
    title = PROSE[language][0][:30]
    page = (
        f"<html lang={language}><head><title>{title}</title></head><body><main><article><h1>{title}</h1>"
        f"{first}{second}{among}{third}</article></main></body></html>"
    )
    article = talkscraper.extract(page.encode(), "https://lake.example/news/ferry-returns-to-the-lake", AT).article
    assert article is not None
    return article.text.split("\n\n")


@pytest.mark.parametrize("language", PROSE)
def test_a_newsroom_s_own_lines_are_left_out(language):
    """All of them, and none of the paragraphs."""
    assert paragraphs(language, LINES[language]) == [*PROSE[language]]


@pytest.mark.parametrize(("language", "sentence"), SENTENCES)
def test_sentences_that_begin_like_them_stay(language, sentence):
    """They tell something."""
    assert sentence in paragraphs(language, (sentence,))


@pytest.mark.parametrize("line", ["올라 케른 기자 ola@lake.example", "Ola Kern, ola.kern@lake.example"])
def test_a_name_with_its_address_below_the_last_paragraph_is_left_out(line):
    """Korean newspapers end every article so."""
    language = "ko" if line.startswith("올") else "en"
    text = PROSE["ko"] if language == "ko" else FERRY
    body = "".join(f"<p>{each}</p>" for each in (*text, line))
    page = f"<html lang={language}><body><main><article><h1>{text[0][:30]}</h1>{body}</article></main></body></html>"
    article = talkscraper.extract(page.encode(), "https://lake.example/news/ferry-returns-to-the-lake", AT).article
    assert article is not None
    assert article.text.split("\n\n") == [*text]
