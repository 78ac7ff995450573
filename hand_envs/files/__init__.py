"""Where the user's data and the suite's own files lie."""
