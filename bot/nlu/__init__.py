"""Rasa graph components: the sentence encoder and the intent head."""
