"""From bytes to a mail, whatever the bytes: pure, and bounded in time."""
