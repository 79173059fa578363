"""A number that people call: `opening.open_phone` makes the channel."""
