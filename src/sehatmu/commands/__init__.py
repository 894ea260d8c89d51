"""Commands of the command line that are too long for `sehatmu.cli`, and what all commands share.

Of the same layer as `sehatmu.cli`, which registers them: only here and there is a clock read, and something printed.
"""
