"""
Every act on a case as a resource: the noun it is posted to, the body it takes, and one way to record them all.
"""
