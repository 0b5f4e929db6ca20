"""Programs that run in torch and in chainrule alike, and what torch gave for them."""
