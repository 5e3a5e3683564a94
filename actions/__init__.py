"""Custom actions (rasa-sdk): thin, one module a subject. They say what `bot.knowledge` holds, and never fail a turn."""
