"""The best values of every master, and where each comes from.

`survivorship` builds golden records and their origins, `changes` tells what differs from the build before,
`coverage` says which sources and kinds there are, and `carry` keeps what nothing has touched since then. Identity
decides who is who; nothing here changes an id.
"""
