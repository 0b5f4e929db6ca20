"""Training runs that are made in torch and in chainrule alike, and the losses that torch gave."""
