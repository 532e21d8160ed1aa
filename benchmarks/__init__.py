"""Benchmarks: one command, one table, every figure of a row taken in the same run.

``python -m benchmarks`` prints it. `contenders` says who is compared, `rounds` how their calls are
interleaved, `fresh` what is measured in new processes, `arrays` runs an array of 10,000 there, `table`
is how it is shown. Nothing here is a test: a shared machine makes times jump, so only the ratios inside
one run mean anything.
"""
