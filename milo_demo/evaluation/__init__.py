"""Metrics and reports: what the models do on named data, beside a baseline and a ceiling."""
