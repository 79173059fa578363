"""Makes the recorded prompts that we ship: `python -m adapters.phone.speech.record [FOLDER]`.

They are what callers hear where no voice can be had, so they are few: enough to say what is wrong, to ask for a key, and to take leave. One
set for each language as it is heard; the words are the catalogue's. Run it again when those change: a test says so.
"""

import json
import sys
from pathlib import Path

from adapters.phone.speech.voice import SORRY
from adapters.phone.speech.voices.espeak import Espeak
from adapters.phone.speech.wav import write_ulaw
from config.texts import load_texts

KEYS = (
    SORRY, "phone.greeting_plain", "phone.person", "phone.not_heard", "phone.not_understood", "phone.one_moment", "phone.sorry",
    "phone.waiting", "phone.message_prompt", "phone.goodbye",
)  # fmt: skip
"""None with anything of a call's in it."""
LANGUAGES = ("en", "zh-CN")
"""zh-TW is heard in zh-CN's: the same tongue, and the words differ little."""
WORDS_FILE = "words.json"
FOLDER = Path(__file__).with_name("recorded")


def record(folder: Path) -> int:
    """How many bytes they take."""
    texts = load_texts()
    words = {language: {key: texts[language][key] for key in KEYS} for language in LANGUAGES}
    voice = Espeak({}, 1.0)
    size_bytes = 0
    for language, prompts in words.items():
        (folder / language).mkdir(parents=True, exist_ok=True)
        for key, text in prompts.items():
            sound = write_ulaw(voice.speak(text, language))
            (folder / language / f"{key}.wav").write_bytes(sound)
            size_bytes += len(sound)
    (folder / WORDS_FILE).write_text(json.dumps(words, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return size_bytes


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else FOLDER
    size_bytes = record(folder)
    sys.stdout.write(f"{len(KEYS) * len(LANGUAGES)} prompts in {folder}, {size_bytes // 1024} KiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
