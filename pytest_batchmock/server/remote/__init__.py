"""The other end of the control API: what runs in the process of a test or of a command.

`mock` is `RemoteBatchMock`, `views` is what it hands out, `client` sends the requests. Nothing here
needs werkzeug.
"""
