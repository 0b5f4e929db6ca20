"""Tests made from the definitions: samples in, checks of values and derivatives out."""
