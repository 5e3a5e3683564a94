"""What must not be lost: conversations, messages, replies, escalations, API keys."""
