"""The look-up service: SATUSEHAT's own paths and replies over the current build.

`app` puts it together; `token`, `patients`, `practitioners`, `facilities`, `regions` and `general` are its routes; the
rest is what they share. Alone in the library it reads the clock and the network.
"""
