"""`inventory doctor`: what is wrong with this installation, and what to do about it. One small file a family of checks."""
