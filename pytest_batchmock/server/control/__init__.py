"""The control API: what a test says to its mock, as JSON over HTTP, below ``/_batchmock/v1/``.

`api` reads a request and finds its verb; the verbs are in one module a subject.
"""
