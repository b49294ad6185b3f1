"""Product files in: readers of other platforms' formats, and the writer that applies what they read."""
