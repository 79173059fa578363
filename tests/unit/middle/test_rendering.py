"""A message is fitted to a channel without losing what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.core.channel import Capabilities, Grade, Reach
from gateway.core.ids import FileId
from gateway.core.parts import Arriving, Choice, Choices, File, FileRef, Letter, Location, Notice, Part, Pick, Text, Together, plain_text
from gateway.rendering import fit
from gateway.rendering.markdown import links_in, to_plain
from gateway.rendering.splitting import split
from tests.effort import at_most

PLAIN = Capabilities(reach=Reach.PUSHED, text_max_bytes=2048)
RICH = Capabilities(
    reach=Reach.PUSHED, text_max_bytes=2048, markdown=Grade.NATIVE, choices=Grade.NATIVE, choices_max_count=3, files=Grade.NATIVE,
    file_max_bytes=1000, locations=Grade.NATIVE,
)  # fmt: skip
TWO = Choices("Which one?", (Choice("a", "Refund"), Choice("b", "Exchange")))


def file(size_bytes: int = 10) -> FileRef:
    return FileRef(id=FileId("f1"), name="bill.pdf", mime="application/pdf", size_bytes=size_bytes, sha256="00")


def test_a_rich_channel_gets_everything_as_it_is() -> None:
    parts: tuple[Part, ...] = (Text("**Hi**", markdown=True), TWO, File(file(), "your bill"), Location(31.2304, 121.4737, "Shop"))
    assert fit(parts, RICH) == parts


def test_markdown_becomes_plain_text_where_it_is_not_carried() -> None:
    assert fit((Text("**Hi**, see [our page](https://e.com/a_b_c)", markdown=True),), PLAIN) == (
        Text("Hi, see our page (https://e.com/a_b_c)"),
    )


def test_stars_in_text_that_is_not_markdown_stay() -> None:
    assert fit((Text("2 **is** 2"),), PLAIN) == (Text("2 **is** 2"),)


def test_choices_become_a_numbered_list() -> None:
    assert fit((TWO,), PLAIN) == (Text("Which one?\n1. Refund\n2. Exchange"),)


def test_under_the_numbers_stands_how_to_pick_and_nowhere_else() -> None:
    hinted = Choices(TWO.text, TWO.options, "Reply with a number, for example 1.")
    assert fit((hinted,), PLAIN) == (Text("Which one?\n1. Refund\n2. Exchange\nReply with a number, for example 1."),)
    assert fit((hinted,), RICH) == (TWO,)


def test_an_answer_that_leaves_something_open_keeps_its_choices_under_it() -> None:
    parts = (Text("**Free** from 99.", markdown=True), Choices("And the dog?", (Choice("person", "Talk to a person"),)))
    assert fit(parts, PLAIN) == (Text("Free from 99."), Text("And the dog?\n1. Talk to a person"))


def test_more_choices_than_there_are_buttons_become_a_list_too() -> None:
    four = Choices("Which?", tuple(Choice(letter, letter.upper()) for letter in "abcd"))
    assert fit((four,), RICH) == (Text("Which?\n1. A\n2. B\n3. C\n4. D"),)


def test_a_file_becomes_its_caption_name_and_link() -> None:
    assert fit((File(file(), "your bill"),), PLAIN, lambda ref: f"https://e.com/f/{ref.id}") == (
        Text("your bill\nbill.pdf\nhttps://e.com/f/f1"),
    )


def test_a_file_too_large_for_the_channel_becomes_its_name_where_there_is_no_link() -> None:
    assert fit((File(file(1001)),), RICH) == (Text("bill.pdf"),)


def test_a_place_becomes_its_name_and_coordinates() -> None:
    assert fit((Location(31.2304, 121.4737, "Shop"),), PLAIN) == (Text("Shop\n31.23040, 121.47370"),)


def test_a_picked_choice_is_said_in_its_words() -> None:
    assert fit((Pick("a", "Refund"), Pick("b")), PLAIN) == (Text("Refund"), Text("b"))


def test_the_choices_stay_under_the_last_piece_of_a_long_question() -> None:
    narrow = Capabilities(reach=Reach.PUSHED, text_max_bytes=12, choices=Grade.NATIVE)
    assert fit((Choices("First. Second?", TWO.options),), narrow) == (Text("First."), Choices("Second?", TWO.options))


COUNTED = Capabilities(
    reach=Reach.PUSHED, text_max_bytes=300, is_counted=True, choices=Grade.NATIVE, files=Grade.NATIVE, file_max_bytes=1000,
    file_types=("image/png",),
)  # fmt: skip


def test_where_messages_are_counted_neighbouring_texts_are_one() -> None:
    parts = (Text("**Free** from 99.\n", markdown=True), Text(" "), Text("A person is coming."), TWO, Location(1.0, 2.0), Text("Bye."))
    assert fit(parts, COUNTED) == (Text("Free from 99.\n\nA person is coming."), TWO, Text("1.00000, 2.00000\n\nBye."))


def test_more_choices_than_there_are_buttons_join_the_words_around_them() -> None:
    parts = (Text("Hello."), Choices("Which?", tuple(Choice(str(n), f"option {n}") for n in range(11))))
    (told,) = fit(parts, COUNTED)
    assert isinstance(told, Text)
    assert told.text.startswith("Hello.\n\nWhich?\n1. option 0\n")


def test_joined_texts_are_cut_again_with_room_to_say_that_more_follows() -> None:
    parts = fit((Text("word " * 30), Text("word " * 40)), COUNTED)
    assert [len(part.text.encode()) for part in parts if isinstance(part, Text)] == [149, 199]
    longer = fit((Text("word " * 55),), COUNTED)
    assert [len(part.text.encode()) for part in longer if isinstance(part, Text)] == [274]
    longest = fit((Text("word " * 70),), COUNTED)
    assert [len(part.text.encode()) for part in longest if isinstance(part, Text)] == [234, 114]


def test_a_text_that_goes_alone_may_fill_its_message() -> None:
    assert fit((Text("x" * 300),), COUNTED) == (Text("x" * 300),)


def test_a_type_of_file_that_the_channel_does_not_take_becomes_a_link() -> None:
    picture = FileRef(id=FileId("f2"), name="a.png", mime="image/png", size_bytes=10, sha256="00")
    fitted = fit((File(picture), File(file())), COUNTED, lambda ref: f"https://e.com/f/{ref.id}")
    assert fitted == (File(picture), Text("bill.pdf\nhttps://e.com/f/f1"))


def test_a_notice_is_said_in_words_where_there_are_no_forms() -> None:
    notice = Notice("shipped", {"thing1": "shoes"}, "Your shoes are on their way.")
    assert fit((notice,), PLAIN) == (Text("Your shoes are on their way."),)
    assert fit((notice,), Capabilities(reach=Reach.PUSHED, text_max_bytes=300, notices=True)) == (notice,)


def test_a_file_that_is_still_arriving_is_named() -> None:
    assert fit((Arriving("voice", "m1"), Arriving("file", "m2", name="bill.pdf")), PLAIN) == (Text("[voice]"), Text("[bill.pdf]"))


WHOLE = Capabilities(
    reach=Reach.PUSHED, text_max_bytes=20, is_whole=True, letters=True, markdown=Grade.NATIVE, files=Grade.NATIVE, file_max_bytes=100,
)  # fmt: skip


def test_where_a_message_is_one_thing_all_of_it_is_one_part_and_nothing_is_cut() -> None:
    letter = Letter(subject="Re: order", cc=("b@example.net",))
    parts = (
        letter, Text("**Hello**, this is long.", markdown=True), Text(" \n"), Text("And more.", markdown=True), Text("plain"), TWO,
        Location(31.2304, 121.4737, "Shop"), Pick("a", "Refund"), Notice("shipped", {}, "On their way."), Arriving("voice", "m1"),
        File(file(40), "your bill"),
    )  # fmt: skip
    assert fit(parts, WHOLE) == (
        Together((
            letter,
            Text("**Hello**, this is long.\n\nAnd more.", markdown=True),
            Text("plain\n\nWhich one?\n1. Refund\n2. Exchange\n\nShop\n31.23040, 121.47370\n\nRefund\n\nOn their way.\n\n[voice]"),
            File(file(40), "your bill"),
        )),
    )  # fmt: skip


def test_a_whole_message_without_words_or_files_is_nothing() -> None:
    assert fit((), WHOLE) == ()
    assert fit((Letter(subject="x"), Text("\n")), WHOLE) == ()
    assert fit((File(file(40)),), WHOLE) == (Together((File(file(40)),)),)


def test_a_letter_is_left_out_where_none_are_carried() -> None:
    parts = (Letter(subject="x"), Text("hello"))
    assert fit(parts, structs.replace(WHOLE, letters=False)) == (Together((Text("hello"),)),)
    assert fit(parts, PLAIN) == (Text("hello"),)


def test_files_that_are_too_much_for_one_message_go_as_links_from_where_it_is_full() -> None:
    parts = (File(file(60)), File(file(50), "second"), File(file(40)), File(file(1)))
    assert fit(parts, WHOLE, lambda ref: f"https://e.com/{ref.size_bytes}") == (
        Together((File(file(60)), Text("second\nbill.pdf\nhttps://e.com/50"), File(file(40)), Text("bill.pdf\nhttps://e.com/1"))),
    )


def test_the_words_of_a_whole_message_are_those_of_its_parts_without_its_head() -> None:
    letter = Letter(subject="Your order", sender="a@example.net")
    assert plain_text((letter, Text("one"), Text("two"))) == "one\ntwo"
    assert plain_text((Together((letter, Text("one"), File(file(), "bill"))),)) == "one\nbill"
    assert plain_text((letter,)) == ""


def test_empty_text_is_left_out() -> None:
    assert fit((Text("  \n"), Text("x")), PLAIN) == (Text("x"),)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("# Title\n\ntext", "Title\n\ntext"),
        ("- one\n- two", "• one\n• two"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("> said", "said"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("***both*** __bold__ _it_ ~~gone~~", "both bold it gone"),
        ("**bold with *this* inside**", "bold with this inside"),
        ("**退款**需要*三天*", "退款需要三天"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("`a *b* c`", "a *b* c"),
        ("```python\nx = '**'\n```", "x = '**'"),
        (r"5 \* 3 \_x\_", "5 * 3 _x_"),
        ("<https://e.com/a>", "https://e.com/a"),
        ("[https://e.com](https://e.com)", "https://e.com"),
        ("**[us](https://e.com/x_y_z)**", "us (https://e.com/x_y_z)"),
        ("![chart](https://e.com/c.png)", "chart (https://e.com/c.png)"),
        ("见https://e.com/a_b_c。", "见https://e.com/a_b_c。"),
        ("unclosed **bold and [link", "unclosed **bold and [link"),
    ],
)
def test_markdown_reads_as_its_words(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


@pytest.mark.parametrize(
    ("text", "max_bytes", "pieces"),
    [
        ("short", 10, ["short"]),
        ("", 10, []),
        ("first line\n\nsecond one", 16, ["first line", "second one"]),
        ("One two. Three four.", 14, ["One two.", "Three four."]),
        ("退款三天。到账五天。", 21, ["退款三天。", "到账五天。"]),
        ("alpha beta gamma", 10, ["alpha beta", "gamma"]),
        ("abcdefgh", 4, ["abcd", "efgh"]),
        ("退款退款", 7, ["退款", "退款"]),
        ("abcd👨‍👩‍👧", 20, ["abcd", "👨‍👩‍👧"]),
        ("ab👍🏽", 8, ["ab", "👍🏽"]),
        ("abce\u0301", 5, ["abc", "e\u0301"]),
        ("🇨🇳🇩🇪", 12, ["🇨🇳", "🇩🇪"]),
    ],
)
def test_long_text_is_cut_where_a_reader_would_pause(text: str, max_bytes: int, pieces: list[str]) -> None:
    assert split(text, max_bytes) == pieces


def test_a_cluster_longer_than_a_message_is_cut_between_characters() -> None:
    assert split("a" + "\u0301" * 4, 5) == ["a\u0301\u0301", "\u0301\u0301"]


@pytest.mark.parametrize("marks", [".", "!", ".)", "\n ", "\u0301", "🇨"])
def test_no_text_stalls_the_cutting(marks: str) -> None:
    at_most(100, lambda: split(marks * 60_000, 4096))


def test_a_channel_without_room_for_a_character_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="4 bytes"):
        split("x", 3)


@given(st.text(), st.integers(min_value=4, max_value=40))
def test_no_piece_is_empty_or_too_long_and_no_word_is_lost(text: str, max_bytes: int) -> None:
    pieces = split(text, max_bytes)
    assert all(0 < len(piece.encode()) <= max_bytes for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.text(alphabet="*_~`[]()<>#-! \\\na1\x00", max_size=200))
def test_whatever_the_marks_plain_text_comes_out(text: str) -> None:
    assert "\x00" not in to_plain(text)


def test_the_addresses_in_a_text_are_found_in_whatever_marks_they_stand_each_once() -> None:
    text = "看[说明](https://a.example.com/x)，**https://b.example.com/y_z**。`HTTPS://c.example.com` <https://a.example.com/x> (https://d.example.com/w_(1))."
    assert links_in(text) == (
        "https://a.example.com/x",
        "https://b.example.com/y_z",
        "HTTPS://c.example.com",
        "https://d.example.com/w_(1)",
    )
    assert links_in("no page: mailto:a@example.com, www.example.com, javascript:alert(1), ftp://example.com") == ()
    assert len(links_in("https://(" * 50_000)) <= 1
