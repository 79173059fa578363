"""Settings, defaults, texts and the sample knowledge base. Imports nothing of ours."""
