"""Calls by SIP, answered by a worker process of our own."""
