"""The last steps of a night: build files beside, check them, switch to them, and tell what changed.

`write_build` makes a folder that nobody reads yet, `check_build` judges the files themselves, `commit_build`
is the only commit. The command line and the pipeline call them in this order under the lock of the home.
"""
