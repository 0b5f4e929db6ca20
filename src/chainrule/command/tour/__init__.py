"""The tour: five exercises and a real task, on the terminal, as pictures and as a web page."""

from chainrule.command.tour.run import run

__all__ = ["run"]
