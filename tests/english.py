"""What makes a short text hard to understand at the first reading: for the texts that users read."""

import re

# A sentence that begins with one of these says nothing without the name it stands beside.
FRAGMENTS = "Of|That|Which|Who|Even|Where|Without|With|Until|Between|For|From|By|Such|In|On|To|Yours|Is|Or|And"


def faults(text, least_words=3, longest=140):
    """Returns which rules a text breaks; click's "[default: ...]" at its end does not count."""
    phrase = re.sub(r"\s*\[default: [^]]+\]$", "", text or "")
    rules = {
        "starts with a capital letter": re.match(r"[A-Z]", phrase),
        "is no fragment": not re.match(rf"({FRAGMENTS})\b", phrase),
        "ends with a full stop": phrase.endswith("."),
        "has enough words": len(phrase.split()) >= least_words,
        "is short": len(text or "") <= longest,
    }
    return [rule for rule, holds in rules.items() if not holds]
