"""Seeing: graphs as drawings, functions with their derivatives as plots, formulas."""

from chainrule.show.formula import formula
from chainrule.show.graph import graph
from chainrule.show.plot import plot

__all__ = ["formula", "graph", "plot"]
