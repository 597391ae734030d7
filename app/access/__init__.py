"""
Who may see and do what: principals, roles as data, reach over the tree of units. Pure; the doors and the database ask.
"""
