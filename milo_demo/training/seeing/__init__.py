"""The eye's recipe: photos, made scenes with exact boxes, three networks trained together."""
