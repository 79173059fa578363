"""Calls behind an Asterisk, by its REST interface (ARI): `driver.open_asterisk`."""
