"""MILO for other programs, over HTTP and for language models (MCP): four functions of the page's server.

`calls` are the functions, with the words and defaults of `milo_demo.programs`; `checking` looks at what they are given,
at the door (`ui/gate`) and once more inside; `endpoints` hands them to Gradio; `table` is their table in the README.
Everything else that the server does is the page's own and answers no program.
"""
