"""What `plumb size` works with: a stack, what it needs, the rules that judge it, and the words for it.

Owns what follows for the settings. The sums are the catalogue's, the rules the policy pack's.
"""
