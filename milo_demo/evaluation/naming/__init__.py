"""How far names can be trusted."""
