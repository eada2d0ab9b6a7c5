"""Who plays what, as tracks to listen to: notes first, masks second."""
