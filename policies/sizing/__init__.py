"""What services ask of a database, and what it has to give: read from a plan, counted by `catalog.pools`.

Owns reading instances, pools and flags from any program, and which service uses which database. The sums are
the catalogue's, so that the components which set pools and the rules which judge them never disagree.
"""
