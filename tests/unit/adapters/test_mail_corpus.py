"""Real and odd mails of the public corpus: none breaks the reader, and what people see is right."""

from pathlib import Path

from adapters.email.parsing.enclosure import content
from adapters.email.parsing.page import sanitized
from adapters.email.parsing.reading import read
from adapters.email.words import Mail

SUBJECTS = {
    "002-": "Another PDF with 🎉 Unicode chars in it 🍿",
    "003-": "Eelanalüüsi päring",
    "020-": "MySurvey.com:  You have a survey waiting!  91123105",
    "025-": "Formação FrenetikPolis: Mega Campanha Final Verão | Cursos de Setembro",
    "036-": "TEST",
    "050-": "Nicolas Fouché has accepted your invitation to Gmail",
    "057-": "まみむめも",
    "061-": "まみむめも",
    "063-": "Säying Hello",
    "072-": "Re: TEST テストテスト",
    "089-": "NOTE: 한국말로 하는 것",
    "091-": 'Re: Test: "漢字" mid "漢字" tail',
}
TEXTS = {
    "012-": "This is the first part.",
    "014-": "Body Text",
    "021-": "foo",
    "053-": "XXXXX Xxxxx",  # as its publisher made it unreadable
    "057-": "かきくえこ",
    "058-": "あいうえお",
    "059-": "스티해",
    "060-": "testing",
    "061-": "すみません。",
    "090-": "Hello Mikel",
    "100-": "foo bar",
}
NAMES = {
    "000-": "blah.gz",
    "001-": "ciële.txt",
    "003-": "Eelanalüüsi päring.jpg",
    "004-": "api.rb",
    "008-": "This is a test.pdf",
    "011-": "ForwardedMessage.eml",
    "012-": "This is a test.txt",
    "060-": "てすと.txt",
    "062-": "かきくけこかきくけこかきくけこかきくけこかきくけこ.txt",
}
SENDERS = {
    "020-": ("MySurvey.com & Carol Adams", "carol@mysurvey.com"),
    "040-": ("Jørn Støylen", "jorn@prikkprikkprikk.no"),
    "063-": ("Jöhn Doe", "jdöe@mächine.example"),
    "076-": ("Pete", "pete@silly.test"),
}


def by_prefix(folder: Path, prefix: str) -> bytes:
    return next(folder.glob(f"{prefix}*")).read_bytes()


def test_none_breaks_the_reader(frontdesk_data: Path) -> None:
    files = sorted((frontdesk_data / "mail" / "raw").iterdir())
    assert len(files) == 104
    for file in files:
        raw = file.read_bytes()
        mail = read(raw)
        assert mail.trouble == "", file.name
        for each in mail.enclosed:
            assert abs(len(content(raw, each.place)) - each.size_bytes) <= 3, (file.name, each)
        assert "<script" not in sanitized(mail, raw, with_remote=True)[0]


def test_people_see_what_was_meant(frontdesk_data: Path) -> None:
    folder = frontdesk_data / "mail" / "raw"
    found: dict[str, Mail] = {key: read(by_prefix(folder, key)) for key in {*SUBJECTS, *TEXTS, *NAMES, *SENDERS}}
    assert {key: found[key].subject for key in SUBJECTS} == SUBJECTS
    assert {key: found[key].text.split("\n")[0] for key in TEXTS} == TEXTS
    assert {key: found[key].enclosed[0].name for key in NAMES} == NAMES
    assert {key: (found[key].sender.name, found[key].sender.address) for key in SENDERS} == SENDERS


def test_two_senders_are_counted(frontdesk_data: Path) -> None:
    folder = frontdesk_data / "mail" / "raw"
    assert read(by_prefix(folder, "093-")).from_count == 2
    assert read(by_prefix(folder, "101-")).from_count == 2
    assert read(by_prefix(folder, "099-")).from_count == 1
    assert read(by_prefix(folder, "036-")).from_count == 0


def test_bounces_of_the_field_tell_which_mail_and_whom(frontdesk_data: Path) -> None:
    folder = frontdesk_data / "mail" / "raw"
    delayed = read(by_prefix(folder, "080-")).report
    failed = read(by_prefix(folder, "081-")).report
    many = read(by_prefix(folder, "078-")).report
    assert delayed is not None
    assert failed is not None
    assert many is not None
    assert delayed.message_id == "15655788.13.1200472642578.JavaMail.Administrator@mail.ttttt.com.au"
    assert [(each.address, each.action, each.status) for each in delayed.recipients] == [("fraser@oooooooo.com.au", "delayed", "4.2.2")]
    assert failed.message_id == "200712232303.lBNN3jDq002941@mail12.rrrr.com.au"
    assert [(each.address, each.action, each.status) for each in failed.recipients] == [("edwin@zzzzzzz.com", "failed", "5.3.0")]
    assert many.message_id == "118707422.15521266992174819.JavaMail.root@lvmail01"
    assert [each.status for each in many.recipients] == ["5.1.1"] * 5
