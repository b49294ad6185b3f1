"""From what a shopper types to a text-search query: every word, each as the beginning of one."""

MAX_WORDS = 12


def tsquery_of(words: str) -> str:
    """Return the text of a tsquery that wants all of the words; the later ones of a long text are left out.

    Each is quoted, so no character of it is an operator.
    """
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words.split()[:MAX_WORDS])
    return " & ".join(f"'{word}':*" for word in quoted)
