"""
Accounts of the embedded default: who may come in, by password, token or an outside identity bound to them.
"""
