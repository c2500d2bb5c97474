"""The language of a text: what pages declare, corrected by script and detector."""

import pytest

from talkscraper.extraction.language import language_of

ENGLISH = (
    "The harbour master closed the lock after the storm, and the barges waited in the river until the tide had turned. "
    "Nobody could tell the crews when it would open again, so most of them walked into town for their supper."
)
ESTONIAN = (
    "Sadamakapten sulges pärast tormi lüüsi ja praamid ootasid jõel, kuni vesi tõusis. Keegi ei osanud meeskondadele "
    "öelda, millal see jälle avatakse, nii et enamik neist läks linna õhtust sööma ja naasis alles hommikul."
)
YIDDISH = "דער קאַפּיטאַן האָט פֿאַרמאַכט דעם פּאָרט נאָכן שטורעם, און די שיפֿן האָבן געוואַרט אויפֿן טײַך."
TIGRINYA = "ሓለቓ ወደብ ድሕሪ ህቦብላ ነቲ መዓጾ ዓጽይዎ፡ ጃላቡታት ድማ ኣብ ሩባ ክሳብ ማይ ዝምለስ ተጸበያ።"
KURDISH = "سەرۆکی بەندەر دوای زریانەکە دەرگاکەی داخست و کەشتییەکان لە ڕووبارەکەدا چاوەڕێیان کرد تا ئاو هەڵکشا."
SINDHI = "بندرگاهه جي سربراهه طوفان کان پوءِ دروازو بند ڪري ڇڏيو ۽ ٻيڙيون درياهه ۾ پاڻيءَ جي چڙهڻ تائين بيٺيون رهيون."
CEBUANO = (
    "Gisirad-an sa kapitan sa pantalan ang ganghaan human sa bagyo, ug ang mga barko naghulat sa suba hangtod nga "
    "misaka ang tubig. Walay makasulti sa mga tripulante kon kanus-a kini ablihan pag-usab."
)
BASHKIR_KIN = "Порт капитанĕ çил-тăвăл хыççăн хапхана хупнă, карапсем шыв хăпариччен юханшыв çинче кĕтсе тăнă."
RUSSIAN = (
    "Начальник порта закрыл шлюз после бури, и баржи ждали на реке, пока не поднялась вода. Никто не мог сказать "
    "экипажам, когда его снова откроют, поэтому большинство из них пошли в город ужинать."
)


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("yi", YIDDISH),
        ("ti-ER", TIGRINYA),
        ("ckb", KURDISH),
        ("sd", SINDHI),
        ("ceb", CEBUANO),
        ("cv", BASHKIR_KIN),
        ("ilo", CEBUANO),
    ],
)
def test_a_language_that_the_detector_doesnt_know_is_believed_where_the_script_fits(declared, text):
    """The detector would call it by the name of a relative that it knows, the script by that of its largest language."""
    assert language_of(text, declared)[0] == declared.partition("-")[0]


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("ceb", RUSSIAN, "ru"),
        ("ckb", ENGLISH, "en"),
        ("yi", ENGLISH, "en"),
        ("ee", ESTONIAN, "et"),
        ("us", ENGLISH, "en"),
        ("eng", ENGLISH, "en"),
        ("und", ENGLISH, "en"),
        ("kr", "항구 책임자는 폭풍이 지나간 뒤 수문을 닫았고 배들은 강에서 물이 오를 때까지 기다렸다", "ko"),
        ("he", TIGRINYA, "am"),
    ],
)
def test_a_declaration_that_cant_be_true_is_overruled(declared, text, language):
    """Another script, no language at all, or the code of a country taken for that of its language."""
    assert language_of(text, declared)[0] == language
