"""Calls through a cloud that asks a webhook what to do."""
