"""Ids for life: tonight's clusters meet the ids of yesterday.

One registry for every index. `numbers` mints, `state` folds what earlier builds wrote, `assign` decides who
keeps, joins, leaves or returns, `checks` are the gates before publishing; `levels` give one record a part in several
identities of an index. `identify` is the door that the night calls, and `again` says for which records where most hold;
golden and publish read what it gives.
"""
