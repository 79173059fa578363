"""How our mails go out: kept connections, and what servers say."""
