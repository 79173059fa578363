"""What all tests of our parts over real servers begin with."""

from tests.made_once import made_once

__all__ = ["made_once"]
