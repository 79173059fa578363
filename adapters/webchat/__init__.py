"""The chat on a website: the pure protocol `frontdesk.v1`, its tokens, and the channel made of them."""
