"""Frontdesk as the tests start it many times over: passwords hashed cheaply, and a bot that goes without its encoder, as on a machine
where that is not installed. Nothing else differs from `-m gateway`.

A hash is meant to take a core for a moment and 64 MiB, which `test_a_stored_password_costs_64_mib_and_three_passes_to_try` holds it to;
the encoder takes two seconds of a core and 150 MB at every start. There is no setting that weakens the first, and there shall be none:
the tests do it from outside. A journey about the whole, or about what the bot understands, starts the program `AS_INSTALLED`.
"""

import sys

from argon2 import PasswordHasher

from gateway import brains, making, recipe
from gateway.__main__ import main
from handoff.accounts import Accounts

if __name__ == "__main__":
    Accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    for module in (recipe, brains):
        vars(module)["load_encoder"] = lambda: None
    making.MODULE = "tests.peers.quick_preparing"
    sys.exit(main())
