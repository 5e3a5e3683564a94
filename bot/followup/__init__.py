"""The follow-up after an injection: the programme of check-ins, what their answers mean, and when each is due."""
