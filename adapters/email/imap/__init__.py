"""Mailboxes: a connection that can't hang, and a listener that forgets nothing."""
