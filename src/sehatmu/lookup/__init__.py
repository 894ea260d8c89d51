"""The file that the service reads, `lookup.sqlite`: made from a build's published files, found again by key.

`write` makes it, `check` judges it, `read` opens it; `patients`, `facilities`, ... ask it; `rank` orders candidates.
"""
