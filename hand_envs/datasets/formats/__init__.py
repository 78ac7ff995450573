"""One file a published format."""
