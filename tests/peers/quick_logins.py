"""Frontdesk with passwords that are hashed cheaply, for houses whose agents come and go all day: nothing else differs from `-m gateway`.

Each hash is meant to take a core for a moment and 64 MiB; `test_a_stored_password_costs_64_mib_and_three_passes_to_try` holds it to that.
There is no setting that weakens it, and there shall be none: the tests do it from outside.
"""

import sys

from argon2 import PasswordHasher

from gateway.__main__ import main
from handoff.accounts import Accounts

if __name__ == "__main__":
    Accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    sys.exit(main())
