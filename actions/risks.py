"""What can go wrong, in general and one by one, and what good it can do."""

from __future__ import annotations

from actions.topics import TopicAction


class ActionRisks(TopicAction):
    """Risks and side effects. The overview offers the single risks that people ask for most."""

    offers = {"risks_overview": ("risk_infection", "risk_pain_flare", "risk_blood_sugar")}

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_risks"


class ActionBenefits(TopicAction):
    """Benefits, and how long relief lasts."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_benefits"
