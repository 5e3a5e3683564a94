"""`hipline triage`: how urgent a message is judged, and why. For whoever reviews the rules."""

from __future__ import annotations

from collections.abc import Callable

from bot.run import model
from bot.settings import Settings
from bot.triage import assessment
from bot.triage.assessment import Assessment, TriageError
from bot.triage.judgement import load_thresholds

Say = Callable[[str], None]


def tell(settings: Settings, text: str, say: Say) -> None:
    """Says what is found in `text`, by the words and by the model where one is trained. Raises `DataFileError`."""
    try:
        triage = assessment.of_model(model.path(settings))
    except TriageError:
        say("no model is trained for the present files (./hipline train), so the words alone are judged")
        triage = assessment.of_words()
    for line in lines(triage.assess(text)):
        say(line)


def lines(found: Assessment) -> list[str]:
    """An assessment as a person reads it."""
    said = [f"{found.urgency}: {found.category or 'no symptom'}"]
    for finding in found.findings:
        why = f', for "{finding.cue}"' if finding.cue else ""
        counts = "" if finding.asserted else "; it does not count"
        said.append(f'  words: {finding.id} ({finding.urgency}) in "{finding.words}": {finding.assertion}{why}{counts}')
    if not found.findings:
        said.append("  words: none of the lexicon's")
    if found.shares is not None and found.red is not None:
        shares = ", ".join(f"{name} {share:.2f}" for name, share in sorted(found.shares.items(), key=lambda s: -s[1]))
        said.append(f"  model: {shares}")
        limits = load_thresholds()
        least = limits.red_with_words if any(f.asserted for f in found.findings) else limits.red
        said.append(f"  red flag: {found.red:.3f} of probability, {least:g} needed")
    return said
