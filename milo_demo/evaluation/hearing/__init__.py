"""How well the ear hears, on named recordings, beside baselines and ceilings."""
