"""What is encrypted at rest: the key file, the keyring, the keyed hashes that find, the rotation.

Belongs here: every cipher and key of Callmark, and the registry of the columns they are used for.
Does not: what is encrypted. Nothing here knows an account, a code or a call.
"""
