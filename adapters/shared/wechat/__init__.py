"""What the Official Account and 微信客服 share: the envelope of pushes, access tokens, calls, and what the platform's codes mean."""
