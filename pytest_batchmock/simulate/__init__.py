"""``batchmock simulate``: a workload from a file, played in virtual time.

`reading` knows YAML, `workload` what a workload is, `play` how it is played, `figures` what is kept of
it, `report` how that is told, `command` the command line.
"""
