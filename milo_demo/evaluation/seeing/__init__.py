"""How well the eye sees, on named photos and made scenes, beside baselines and ceilings."""
