"""The words and rules that every part shares; imports the standard library and msgspec only."""
