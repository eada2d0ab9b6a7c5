"""What other programs ask of MILO, in one set of words: `analyse`, `explain_frame`, `separate`, `instruments`.

`functions` has them for Python, and `commands` for the command line; the page's server offers the same over HTTP and to
language models (`ui/programs`), with the same parameters and defaults, those of `AnalysisOptions`.
"""
