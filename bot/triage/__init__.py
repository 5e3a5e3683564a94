"""How urgent is what somebody describes? A message in, an urgency out. Imports nothing of Rasa.

What counts as which urgency is general guidance that the clinic's own clinician must review: see docs/understanding.md.
"""
