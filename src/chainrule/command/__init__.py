"""What the `chainrule` command does: derivatives of expressions, and the tour."""
