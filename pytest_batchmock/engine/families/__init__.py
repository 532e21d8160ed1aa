"""Job kinds as families of functions: how a submit becomes records, and how a parent follows its children."""
