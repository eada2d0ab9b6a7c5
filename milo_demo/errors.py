"""Errors that a user reads."""


class MiloError(ValueError):
    """Something about the input is wrong. The message is one plain sentence: what is wrong with which file, and what
    to do about it. The page shows it as it is; the command line prints it and ends with exit code 2."""
