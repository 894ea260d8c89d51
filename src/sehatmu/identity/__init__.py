"""Ids for life: tonight's clusters meet the ids of yesterday.

One registry for every index. `numbers` mints, `state` folds what earlier builds wrote, `assign` decides who
keeps, joins, leaves or returns, `checks` are the gates before publishing. Golden and publish call this.
"""
