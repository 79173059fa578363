"""Words that a recognizer invents by repeating itself: models like Whisper do so on noise and music.

"thank you thank you thank you thank you" is one thank you, and not believed; "no no no" is what people say.
"""

TEXT_MAX_CHARS = 500
"""Of one utterance: 15 s of the fastest speech are 400 letters."""
PIECE_MAX_COUNT = 30
REPEATS_MAX_COUNT = 3
LOOPED_CONFIDENCE = 0.2
PER_S_MAX_CHARS = 30.0
"""Nobody speaks faster; a text longer than its sound was not heard."""
SHORT_CHARS = 20


def believed(text: str, confidence: float, seconds: float) -> tuple[str, float]:
    """The words without what is repeated more often than people do, and how much they are believed then."""
    words = " ".join(text.split())[:TEXT_MAX_CHARS]
    spaced = " " in words
    units = words.split(" ") if spaced else list(words)
    once = _once(units)
    is_looped = len(once) < len(units)
    is_long = len(words) > SHORT_CHARS + PER_S_MAX_CHARS * seconds
    found = (" " if spaced else "").join(once)
    sure = min(max(confidence, 0.0), 1.0) if found else 0.0
    return found, min(sure, LOOPED_CONFIDENCE) if is_looped or is_long else sure


def _once(units: list[str]) -> list[str]:
    """Whatever comes more than three times in a row comes once. Its work is bounded by both constants above."""
    kept: list[str] = []
    at = 0
    while at < len(units):
        size, count = _repeated(units, at)
        kept += units[at : at + size]
        at += size * count
    return kept


def _repeated(units: list[str], at: int) -> tuple[int, int]:
    """(how long a piece, how often it stands here), when that is too often; else (1, 1)."""
    for size in range(1, min(PIECE_MAX_COUNT, (len(units) - at) // 2) + 1):
        piece, count = units[at : at + size], 1
        while units[at + size * count : at + size * (count + 1)] == piece:
            count += 1
        if count > REPEATS_MAX_COUNT:
            return size, count
    return 1, 1
