"""The record's pure parts."""
