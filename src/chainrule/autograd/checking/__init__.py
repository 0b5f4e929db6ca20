"""Derivatives held against finite differences; the public names are in `chainrule.autograd`."""
