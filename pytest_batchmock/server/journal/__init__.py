"""The state file of a server: all that entered it, so that it can be there again after a restart.

`file` is the file, `keeping` writes what enters, `replay` plays it again, `snapshots` spare most of
that.
"""
