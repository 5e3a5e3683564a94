"""The chat on the clinic's website: its button, its page, and what its script asks for."""
