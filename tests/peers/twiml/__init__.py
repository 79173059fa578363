"""A telephone cloud that speaks TwiML, as far as we use it; see `cloud`. Seen in Twilio's documentation, 2026-11."""
