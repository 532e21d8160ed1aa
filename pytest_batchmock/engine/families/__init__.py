"""Job kinds as families of functions: how a submit becomes records, how parent and children move."""
