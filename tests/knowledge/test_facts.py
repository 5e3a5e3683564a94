"""What the document says, fact by fact, each of which some topic's answer must say.

A fact is given in our own words, with patterns, all of which one and the same answer must match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from bot import knowledge

ANSWERS = {name: " ".join(topic.answer.split()) for name, topic in knowledge.load().topics.items()}

STEROID = r"steroid"
GUIDED = r"(X-ray|picture|ultrasound)"


@dataclass(frozen=True)
class Fact:
    says: str
    patterns: tuple[str, ...]

    def is_said_in(self, answer: str) -> bool:
        return all(re.search(pattern, answer, re.IGNORECASE) for pattern in self.patterns)


def fact(says: str, *patterns: str) -> Fact:
    return Fact(says, patterns)


FACTS: dict[str, list[Fact]] = {
    "names and purpose": [
        fact("infusion and injection are names for one thing", r"mean[^.]* same"),
        fact("the right name is hip joint injection", r'"hip joint injection" is the (correct|right)'),
        fact("infusion is the less exact word", r'"hip infusion" is (a )?less'),
        fact("infusion is no standard term", r"infusion[^.]*not a standard"),
        fact("something is put into the joint or around it", r"medicine[^.]*\binto?\b[^.]*joint or[^.]*around"),
        fact("it is no exercise", r"not an exercise"),
        fact("nobody does it to themselves", r"professionals do (this|it)\b", r"not something you do to yourself"),
        fact("mostly a steroid, a numbing medicine, or both", rf"most often[^.]*{STEROID}[^.]*numb[^.]*or both"),
        fact("its aim is less pain and inflammation", r"goal is[^.]*(ease|less|reduce)[^.]*pain and inflammation"),
        fact("or to find where the pain starts", r"goal is[^.]*find where the pain comes from"),
        fact("it is a part of a wider plan of treatment", r"(one|just one) part of a wider treatment plan"),
        fact("a qualified professional diagnoses and recommends", r"ask a qualified (medical )?professional"),
        fact("numbing one area for a time finds the source", r"numbs one area for a short time"),
        fact("much less pain then points to that area", r"drops a lot[^.]*(strong )sign[^.]*source"),
        fact("it parts what hurts inside from what hurts outside", r"inside[^.]*intra-articular", r"extra-articular"),
        fact("as a therapy it is mainly for less pain and inflammation", r"treatment, it is mainly[^.]*inflammation"),
        fact("above all in arthritis, bursitis, tendinopathy", r"osteoarthritis, bursitis[^.]*and tendinopathy"),
        fact("the hip then works better", r"hip can work better"),
        fact("and physical therapy is easier to take part in", r"easier to take part in physical therapy"),
    ],
    "anatomy": [
        fact("the hip is a ball in a socket", r"\bball\b[^.]*socket"),
        fact("it is made to move and to bear weight", r"move[^.]*(carry|bear) weight"),
        fact("the ball is the thigh bone's head", r"ball is[^.]*thigh bone[^.]*head of the femur"),
        fact("the socket is in the pelvis", r"socket in the pelvis[^.]*acetabulum"),
        fact("cartilage covers the bones' ends", r"cartilage covers[^.]*bones"),
        fact("and lets them glide with little friction", r"smooth cartilage[^.]*(glide|little rubbing|friction)"),
        fact("synovial fluid lubricates", r"synovial fluid\)?[^.]*(oil|lubricat)"),
        fact("a capsule encloses the joint", r"joint capsule\)?[^.]*(close|surround|wrap)"),
        fact("a membrane lines the capsule", r"lining[^.]*synovial membrane"),
        fact("the labrum is a ring of cartilage", r"ring of cartilage[^.]*labrum"),
        fact("the labrum makes the socket deeper", r"labrum\)?[^.]*socket deeper"),
        fact("the labrum makes the joint stable", r"labrum\)?[^.]*more stable"),
        fact("what lies around the joint can hurt too", r"bursae, tendons and ligaments[^.]*hurt"),
        fact("bursae are sacs of fluid", r"bursae are[^.]*(sacs of fluid|fluid sacs)"),
        fact("they ease rubbing between bones, muscles, tendons", r"rubbing between bones, muscles[^.]*tendons"),
        fact("two bursae have names", r"trochanteric bursa\b", r"iliopsoas bursa\b"),
        fact("tendons tie muscle to bone", r"tendons (tie|join|connect)[^.]*muscles? to bone"),
        fact("gluteal and iliopsoas tendons are such", r"gluteal and iliopsoas tendons"),
        fact("ligaments tie bone to bone", r"ligaments (tie|join|connect)[^.]*bone to"),
        fact("ligaments keep the joint stable", r"ligaments[^.]*stable"),
        fact("into the joint, as for osteoarthritis", r"inside the joint \(intra-articular\)[^.]*osteoarthritis"),
        fact("or beside it, as for trochanteric bursitis", r"extra-articular\)[^.]*trochanteric bursitis"),
    ],
    "procedure": [
        fact("no stay overnight", r"usually done in an outpatient setting"),
        fact("an orthopedic surgeon may do it", r"orthopedic surgeon[^.]*gives it"),
        fact("a pain specialist may do it", r"pain management specialist[^.]*gives it"),
        fact("a radiologist may do it", r"radiologist[^.]*gives it"),
        fact("blood thinners are avoided where possible", r"avoid blood thinners, if (that is )?possible"),
        fact("allergies are told before", r"tell the clinician about[^.]*allerg"),
        fact("illnesses are told before", r"tell the clinician about[^.]*(health problem|condition)"),
        fact("almost always with X-ray or ultrasound", r"almost always guided by ultrasound or[^.]*X-ray"),
        fact("fluoroscopy is live X-ray", r"live X-ray \(fluoroscopy\)"),
        fact("into the joint or around it, both are guided", r"injections into the joint and for those around"),
        fact("the needle is placed exactly", r"needle[^.]*placed exactly"),
        fact("which lets it work best", r"placement helps[^.]*work as well"),
        fact("and keeps risks low", r"keeps the risks as low"),
        fact("the needle is watched on its way", r"needle goes while it moves"),
        fact("a local anesthetic often comes before", r"local anesthetic\) is often used before"),
        fact("it numbs the skin and what is just below", r"numbs the skin and the tissue just below"),
        fact("dye shows that the place is right", r"dye\)? helps confirm[^.]*needle is in the right place"),
        fact("dye goes with fluoroscopy", r"dye", r"often used when[^.]*fluoroscopy"),
        fact("it is a little dye", r"dye", r"(the amount is small|small amount)"),
        fact("the medicine waits until the place is right", r"right place before the medicine"),
        fact("the medicine goes in slowly", r"medicine[^.]*goes in slowly"),
        fact("hyaluronic acid is used too", r"hyaluronic acid can be used"),
        fact("people are watched for a short time", r"usually watches you for a short time"),
        fact("rest may be asked for", r"may mean rest\b"),
        fact("no hard activity for a day or two", r"no hard (physical )?activity for a day or two"),
        fact("people look out for bad reactions", r"look out for any bad reaction \(adverse"),
        fact("the full effect may take days", r"few days before[^.]*full effect"),
        fact("above all with a steroid", r"full effect\. This is especially true with a steroid"),
    ],
    "indications": [
        fact("other treatment fell short before", r"other care did not help enough"),
        fact("which is tablets, therapy, other habits", r"by mouth, physical therapy or a change in activity"),
        fact(
            "five conditions", r"osteoarthritis", r"labral tear", r"bursitis", r"tendinopathy", r"impingement \(FAI\)"
        ),
        fact("osteoarthritis is a common reason", r"osteoarthritis \(OA\) is a common reason"),
        fact("above all with pain from inside", r"osteoarthritis", r"pain comes mainly from inside the joint"),
        fact("a steroid eases arthritis", rf"osteoarthritis.*{STEROID}[^.]*bring down pain and inflammation"),
        fact("hyaluronic acid is to lubricate", r"hyaluronic acid \(viscosupplementation\)[^.]*oil the joint"),
        fact("a torn labrum is not cured", r"not cure the tear"),
        fact("its pain and inflammation can be eased", r"torn, an injection can help[^.]*pain and inflammation"),
        fact("bursitis is an inflamed bursa", r"bursitis means[^.]*bursa[^.]*inflamed"),
        fact("trochanteric bursitis hurts outside", r"outer side of the hip \(trochanteric bursitis\)"),
        fact("iliopsoas bursitis hurts in front", r"front \(iliopsoas bursitis\)"),
        fact("bursitis often answers to a steroid", rf"often[^.]*bursitis tends to get better with a {STEROID}"),
        fact("tendinopathy is inflammation or wear", r"tendons around the hip are inflamed or have broken down"),
        fact("gluteal and hamstring tendons", r"gluteal tendinopathy and hamstring tendinopathy"),
        fact("impingement's pain can be eased", r"help keep the pain and inflammation of hip impingement"),
        fact("above all while the cause is looked for", r"impingement", r"\(the diagnostic phase\)"),
        fact("it finds the source among several", r"(confirm|find) where[^.]*\.[^.]*more than one cause"),
        fact("or where surgery is planned", r"surgery is being planned"),
    ],
    "benefits": [
        fact("pain may be much less", r"strong pain relief"),
        fact("for a short or a long time", r"relief[^.]*(short[^.]*long)"),
        fact("life is better for it", r"make life better"),
        fact("steroids fight inflammation", rf"{STEROID}s? \([^)]*\) works? strongly against inflammation"),
        fact("people move more", r"less pain, people can often move more"),
        fact("and take part in rehabilitation", r"less pain, people[^.]*take part in rehab"),
        fact("the exact source is found", r"find the exact source of the pain"),
        fact("less medicine for the whole body", r"less need for pain medicines that act on the whole body"),
        fact("which may have wider side effects", r"may have wider side effects"),
    ],
    "risks": [
        fact("there are risks as with any procedure", r"like any medical procedure[^.]*risks as well as benefits"),
        fact("infection is rare", r"infection is rare"),
        fact("germs get in the joint or around it", r"germs \(bacteria\)[^.]*joint or the tissue around"),
        fact("bleeding or a bruise at the site", r"bleeding or a bruise where the needle"),
        fact("nerve damage is extremely rare with imaging", rf"possible, but extremely rare when {GUIDED}"),
        fact("allergy to anesthetic, dye or drug", r"react to the numbing[^.]*dye[^.]*drug that is injected"),
        fact("some have more pain for a day or two", r"some people have more pain for a day or two"),
        fact("and then get better", r"more pain for a day or two before[^.]*better"),
        fact("the flare is temporary", r"pain flare, and it is temporary"),
        fact("the skin may change color at the site", r"skin can change color where the needle"),
        fact("above all with a steroid just below", rf"color.*{STEROID} \([^)]*\) is injected close to the surface"),
        fact("fat may get thinner in one spot", r"fat in one spot may become thinner \(fat atrophy\)"),
        fact("above all after repeated steroids", rf"fat.*especially true when {STEROID}[^.]*repeated"),
        fact("a steroid raises sugar in diabetes", rf"diabetes, a {STEROID}[^.]*raise your blood sugar"),
        fact("for a time", r"raise your blood sugar for a time"),
        fact("osteonecrosis is very rare", r"very rarely[^.]*bone tissue dies \(osteonecrosis\)"),
        fact("above all with repeated high doses", rf"high doses of {STEROID}[^.]*(again and again|repeated)"),
        fact("in joints that bear weight", r"again into joints that carry weight"),
        fact(
            "the risks in one answer", r"infection", r"nerve", r"osteonecrosis", r"allergic", r"bruise", r"skin color"
        ),
    ],
    "rehabilitation": [
        fact("alone it is rarely a cure", r"on its own[^.]*rarely cure"),
        fact("it is a bridge to rehabilitation", r"bridge to rehabilitation"),
        fact("it opens a window", r"window of time[^.]*pain does not hold you back"),
        fact("therapy achieves more in it", r"eases pain and inflammation, so[^.]*get more out of physical therapy"),
        fact("weak muscles are made stronger", r"weak muscles stronger"),
        fact("the joint moves better", r"therapy[^.]*help the joint move better"),
        fact("imbalances are corrected", r"correct imbalances[^.]*biomechanics"),
        fact("good ways to move are learned", r"teach you good ways to move"),
        fact("rehabilitation starts or goes on with less pain", r"starting or going on with rehab[^.]*hurt less"),
        fact("provider and therapist say how active to be", r"advice of your care provider and physical therapist"),
        fact("rest often comes first", r"rest often comes first"),
        fact("exercise that grows is vital", r"exercise and strength work that build up over time are vital"),
        fact("for the long term", r"improve for the long term"),
        fact("and against symptoms coming back", r"keep your symptoms from coming back"),
        fact(
            "repeating is not recommended",
            rf"again and again is[^.]*not recommended, especially with {STEROID}",
        ),
        fact("because of side effects", r"two reasons: it may cause side effects"),
        fact("and because each helps less", r"each new one may help less"),
        fact("the cause is what counts", r"focus should be on what causes the trouble"),
        fact("mechanics or wear", r"such as wear or the way the hip moves"),
        fact("with a full program of rehabilitation", r"with a full rehab program"),
    ],
}
ALL = [pytest.param(one, id=f"{part}: {one.says}") for part, facts in FACTS.items() for one in facts]


@pytest.mark.parametrize("one", ALL)
def test_some_answer_says_that(one: Fact) -> None:
    assert any(one.is_said_in(answer) for answer in ANSWERS.values()), one.patterns


# How likely a risk is must stand in that risk's own answer: nobody asks for the overview to learn it.
HOW_LIKELY = {
    "risk_infection": r"infection is rare",
    "risk_nerve_damage": r"extremely rare when",
    "risk_osteonecrosis": r"very rare",
    "risk_pain_flare": r"some people",
    "risk_fat_atrophy": r"especially true when .*repeated",
    "risk_skin_discoloration": r"especially true when .*close to the surface",
    "risk_blood_sugar": r"if you have diabetes",
}


@pytest.mark.parametrize(("topic", "pattern"), HOW_LIKELY.items())
def test_a_risk_s_own_answer_says_how_likely_it_is_or_for_whom(topic: str, pattern: str) -> None:
    assert re.search(pattern, ANSWERS[topic], re.IGNORECASE)


@pytest.mark.parametrize("topic", ["risk_bleeding", "risk_allergy"])
def test_what_the_document_gives_no_frequency_for_is_given_none(topic: str) -> None:
    assert "does not say how often" in ANSWERS[topic]
    assert not re.search(
        r"\b(rare|rarely|common|uncommon|seldom|unlikely|\d+|percent)\b", ANSWERS[topic], re.IGNORECASE
    )


def test_no_answer_holds_a_number_that_the_document_does_not_have() -> None:
    """The document counts nothing but a day or two: whatever is in digits has been made up."""
    assert {name: answer for name, answer in ANSWERS.items() if re.search(r"\d|percent|%", answer)} == {}


def test_no_pattern_is_so_loose_that_it_finds_itself_everywhere() -> None:
    """A pattern that half of the answers match would not notice that its fact is gone."""
    found = {
        one.says: [name for name, answer in ANSWERS.items() if one.is_said_in(answer)]
        for facts in FACTS.values()
        for one in facts
    }
    assert {says: names for says, names in found.items() if len(names) > 8} == {}


def test_there_are_facts_enough_and_each_stands_once() -> None:
    says = [one.says for facts in FACTS.values() for one in facts]
    assert len(says) == len(set(says)) >= 60
