"""The middle's pure parts."""
