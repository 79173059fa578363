"""A mail's own look, fit for a sandboxed frame."""

from adapters.email.words import Mail


def sanitized(mail: Mail, raw: bytes, *, with_remote: bool) -> tuple[str, bool]:
    """Its HTML without anything that runs, asks or reaches out, and whether it wants pictures from elsewhere. Never raises.

    Pictures of its own are `data:` addresses; those from elsewhere are only left in `with_remote`. May take a while: call it in a worker.
    """
    return "", bool(mail.html and raw and with_remote)
