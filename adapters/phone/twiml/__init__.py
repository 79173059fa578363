"""Calls through a cloud that does what our answers to its webhooks say: Twilio's TwiML, SignalWire's cXML, Telnyx' TeXML."""
