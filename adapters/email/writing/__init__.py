"""How our mails are written: headers, text and look. Pure."""
