"""What stands between the network and the page: which requests get in, how much each may bring, and what is kept.

Gradio serves about ninety routes, of which the page needs twenty. `doors` names them and how large a request may be
there, `asking` looks at what an event is given, `quotas` counts what visitors have uploaded and how many runs wait,
`keeping` removes results that nobody fetches any more. `Gate` is the ASGI middleware that asks them, and `launching`
puts it where it belongs.
"""
