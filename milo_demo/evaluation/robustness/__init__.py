"""MILO attacked: by hostile files, by mutated ones, by strange requests, by many at once, by signals.

`python -m milo_demo evaluate robustness` does all of it, on this machine and its loopback address alone, and prints how
many attacks were tried and how many survived. SECURITY.md says what is promised.
"""
