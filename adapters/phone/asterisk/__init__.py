"""Calls behind an Asterisk, by its REST interface."""
