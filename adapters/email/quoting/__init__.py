"""What was written, apart from what was quoted and signed: pure, and linear in the text's length."""

from adapters.email.quoting.splitting import Split, split

__all__ = ["Split", "split"]
