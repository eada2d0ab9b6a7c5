"""How the networks that separate are trained."""
