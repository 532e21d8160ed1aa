"""HTTP: from a socket to whoever answers.

`listening` is the server, `app` the WSGI application that it runs, `door` and `signatures` decide who
may come in, `moto` answers for the other services.
"""
