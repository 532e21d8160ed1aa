"""The web console: its files and what they ask for.

`files` hands out what is in `static`, `pages` has the verbs of the control API that only the console
needs, `changes` is the stream that tells a page to ask again.
"""
