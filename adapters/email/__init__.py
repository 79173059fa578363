"""A support address: mails read by IMAP, answered by SMTP."""
