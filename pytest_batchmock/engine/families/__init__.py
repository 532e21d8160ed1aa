"""Job kinds as families of pure functions: `expand` makes the records of one submit."""
