"""What was written, apart from what was quoted and signed: pure, and linear in the text's length."""
