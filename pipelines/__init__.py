"""What runs when: Dagster's view of the night. The work itself is done by `sehatmu`."""
