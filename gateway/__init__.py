"""Frontdesk: a chatbot-first omnichannel gateway."""
