"""`plumb deploy`: gates, candidate, probes, traffic in steps, and the way back.

Owns the order of a deploy, its journal and the traffic of services. What may be deployed is the policies' to
say, what a deployed service must answer is the probes', what is deployed is the program's.
"""
