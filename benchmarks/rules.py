"""The word rules alone, held against the labelled messages: what they find, what they miss, and how long they take.

`python benchmarks/rules.py` prints figures; `--misses CATEGORY|false|INTENT` prints the messages instead, without the
voices in `HELD_OUT`: nobody who writes rules reads those.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.nlu import examples as nlu
from bot.triage import examples as triage
from bot.triage import rules
from bot.triage.judgement import judge_words

_LATER = (
    "triage redflags",
    "triage minimal",
    "triage hardneg",
    "metaphor",
    "small",
    "circumstances",
    "terms",
    "visitors",
    "triage veiled",
    "triage farewell",
    "triage images",
    "triage numbers",
    "triage plainfolk",
    "thumbs",
    "everyday",
    "kin",
    "pointed",
)
HELD_OUT = ("triage elders", "plain", *_LATER)
RED = ("urgent", "emergency", "crisis")
NLU = Path(__file__).resolve().parent.parent / "data" / "nlu"


@dataclass(frozen=True)
class Message:
    """One labelled message; `category` is the intent where the message is of data/nlu."""

    text: str
    urgency: str
    category: str
    voice: str
    ours: bool


def messages() -> list[Message]:
    """Those of bot/triage/examples, and those of data/nlu: of an intent without a symptom, the urgency is none."""
    found = [Message(one.text, one.urgency, one.category, one.voice, True) for one in triage.read()]
    for one in nlu.read(NLU):
        urgency = one.intent.removeprefix("symptom_") if one.intent.startswith("symptom_") else "none"
        found.append(Message(one.text, urgency, one.intent, one.voice, False))
    return found


def share(part: int, whole: int) -> str:
    """A share with its n."""
    return f"{part / whole if whole else 0:.3f} (n {whole})"


def figures(name: str, chosen: Iterable[Message], found: dict[str, list[rules.Finding]]) -> None:
    """Prints recall, false alarms, and how often words that were denied were reports."""
    red, emergencies, right, none = Counter[bool](), Counter[bool](), Counter[bool](), Counter[str]()
    alarms: Counter[str] = Counter()
    standings: Counter[tuple[str, bool]] = Counter()
    for one in chosen:
        findings = found[one.text]
        level = judge_words(findings)
        if one.urgency in RED:
            red[level != "none"] += 1
            if one.urgency == "emergency":
                emergencies[level != "none"] += 1
                right[level in ("emergency", "crisis")] += 1
        else:
            kind = f"{one.urgency}, triage" if one.ours else f"{one.urgency}, data/nlu"
            none[kind] += 1
            alarms[kind] += level != "none"
        for finding in findings:
            if not finding.asserted:
                standings[finding.assertion, one.urgency in RED and level == "none"] += 1
    print(f"== {name}")
    print(f"red flags found          {share(red[True], red.total())}")
    print(f"emergencies found        {share(emergencies[True], emergencies.total())}")
    print(f"  as emergencies         {share(right[True], right.total())}")
    for kind in sorted(none):
        print(f"alarms, {kind:<17}{share(alarms[kind], none[kind])}")
    together = [kind for kind in none if kind.startswith("none")]
    print(f"alarms, all none         {share(sum(alarms[k] for k in together), sum(none[k] for k in together))}")
    for kind in ("negated", "conditional", "past", "someone_else", "question"):
        wrong, right_ones = standings[kind, True], standings[kind, False]
        print(f"taken back as {kind:<13}{share(right_ones, wrong + right_ones)} rightly")


def by_category(chosen: Iterable[Message], found: dict[str, list[rules.Finding]]) -> None:
    """Prints recall by category of red flags, and whether the category found is the one that is meant."""
    hit: Counter[str] = Counter()
    named: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for one in chosen:
        if one.ours and one.urgency in RED:
            reported = [finding for finding in found[one.text] if finding.asserted]
            all_of[one.category] += 1
            hit[one.category] += bool(reported)
            named[one.category] += any(finding.category == one.category for finding in reported)
    for category in sorted(all_of):
        print(f"{category:<24}{share(hit[category], all_of[category])}  named so {named[category]}")


def times(chosen: list[Message], engine: rules.Rules) -> None:
    """Prints what a message takes, and the worst of long ones: in time of the processor alone."""
    gc.collect()
    gc.freeze()  # the labelled messages themselves are nothing that a gateway holds
    taken = []
    for one in random.Random(7).sample(chosen, 2000):
        start = time.process_time()
        engine.find(one.text)
        taken.append(1000 * (time.process_time() - start))
    ordered = sorted(taken)
    print(
        f"ms a message: p50 {statistics.median(ordered):.2f}, p99 {ordered[1980]:.2f}, worst {ordered[-1]:.2f} (n 2000)"
    )
    worst: dict[str, float] = defaultdict(float)
    for name, text in long_texts():
        for _ in range(3):
            start = time.process_time()
            engine.find(text)
            worst[name] = max(worst[name], 1000 * (time.process_time() - start))
    for name, milliseconds in worst.items():
        print(f"ms for 2,000 characters, {name}: {milliseconds:.1f}")


def long_texts() -> Iterable[tuple[str, str]]:
    """Texts of 2,000 characters that are hard on a matcher."""
    dice = random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz"
    red = [one.text for one in triage.read() if one.urgency in RED]
    yield "messages in a row", " ".join(dice.sample(red, 40))[:2000]
    yield "the same without stops", " ".join(dice.sample(red, 40)).replace(".", "").replace(",", "")[:2000]
    yield "one word", ("breathing " * 300)[:2000]
    yield "two words far apart", ("chest " * 170 + "hurts " * 170)[:2000]
    yield "denied", ("no trouble breathing " * 120)[:2000]
    yield "numbers", ("38.5 410 " * 300)[:2000]
    yield "number words", ("one hundred and one point five " * 70)[:2000]
    yield "one letter", "x" * 2000
    yield "stops", ("no. " * 500)[:2000]
    yield "words that nobody knows", " ".join("".join(dice.choices(letters, k=12)) for _ in range(160))[:2000]
    yield "misspelt words", " ".join(misspelt(dice, word) for text in red[:200] for word in text.split())[:2000]
    yield "signs", "".join(chr(dice.randrange(32, 60000)) for _ in range(2000))


def misspelt(dice: random.Random, word: str) -> str:
    """`word` with one letter missing."""
    if len(word) < 5:
        return word
    place = dice.randrange(1, len(word))
    return word[:place] + word[place + 1 :]


def tokenizers(chosen: list[Message]) -> None:
    """Prints what splitting alone takes: ours, and spaCy's blank English tokenizer."""
    import spacy

    from bot.triage.words import split

    english = spacy.blank("en")
    texts = [one.text for one in random.Random(7).sample(chosen, 2000)]
    for name, run in (("ours", split), ("spaCy", english)):
        start = time.process_time()
        for text in texts:
            run(text)
        print(f"{name}: {1000 * (time.process_time() - start) / len(texts):.3f} ms a message")


def main() -> None:
    """Reads the options and prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--misses", help="a category, an intent, or `false` for needless alarms")
    options.add_argument("--times", action="store_true", help="time too")
    options.add_argument("--tokenizer", action="store_true", help="compare with spaCy's tokenizer")
    asked = options.parse_args()
    everything = messages()
    if asked.tokenizer:
        tokenizers(everything)
        return
    engine = rules.load()
    found = {one.text: engine.find(one.text) for one in everything}
    seen = [one for one in everything if one.voice not in HELD_OUT]
    held = [one for one in everything if one.voice in HELD_OUT]
    later = [one for one in held if one.voice in _LATER]
    if asked.misses:
        show(asked.misses, seen, found)
        return
    figures("voices seen while writing", seen, found)
    figures("voices held out: " + ", ".join(HELD_OUT[:2]), [one for one in held if one.voice not in _LATER], found)
    figures("voices held out, written after the rules: " + ", ".join(_LATER), later, found)
    print("== by category, seen")
    by_category(seen, found)
    print("== by category, held out")
    by_category(held, found)
    if asked.times:
        times(everything, engine)


def show(what: str, seen: list[Message], found: dict[str, list[rules.Finding]]) -> None:
    """Prints missed red flags of a category, or messages without one that raise an alarm."""
    for one in seen:
        reported = [finding for finding in found[one.text] if finding.asserted]
        if what == "false":
            if one.urgency == "none" and reported:
                print(one.category, "|", one.text, "|", [(f.id, f.words, f.assertion) for f in reported])
        elif one.category == what and one.urgency in RED and not reported:
            print(one.text, "|", [(f.id, f.assertion, f.cue) for f in found[one.text]] or "")


if __name__ == "__main__":
    main()
