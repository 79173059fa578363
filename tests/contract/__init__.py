"""One rule, all who keep it."""
