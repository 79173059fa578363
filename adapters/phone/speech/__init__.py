"""Who speaks our words to callers, and who understands theirs."""
