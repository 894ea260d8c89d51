"""The inbox: what is submitted through the service, durable before it is acknowledged, drained by the next night.

`store` keeps every version in one SQLite file, `writer` commits those that wait together, `terms` says what a resource
is found by, `drain` hands all of it to the night as landed files.
"""
