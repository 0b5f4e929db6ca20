"""The named tuples that operations with several results return; they print as torch's do."""

from __future__ import annotations

from collections import namedtuple
from typing import Any


def result_type(name: str, *fields: str) -> Any:
    """Return a named tuple class that prints as `chainrule.return_types.<name>(...)`."""

    def show(self: Any) -> str:
        parts = ",\n".join(f"{field}={value!r}" for field, value in zip(fields, self, strict=True))
        return f"chainrule.return_types.{name}(\n{parts})"

    bases = (namedtuple(name, fields),)
    return type(name, bases, {"__slots__": (), "__repr__": show, "__module__": __name__})


max = result_type("max", "values", "indices")
min = result_type("min", "values", "indices")
median = result_type("median", "values", "indices")
nanmedian = result_type("nanmedian", "values", "indices")
cummax = result_type("cummax", "values", "indices")
cummin = result_type("cummin", "values", "indices")
sort = result_type("sort", "values", "indices")
topk = result_type("topk", "values", "indices")
kthvalue = result_type("kthvalue", "values", "indices")
aminmax = result_type("aminmax", "min", "max")
slogdet = result_type("slogdet", "sign", "logabsdet")
qr = result_type("qr", "Q", "R")
svd = result_type("svd", "U", "S", "V")
linalg_slogdet = result_type("linalg_slogdet", "sign", "logabsdet")
linalg_eigh = result_type("linalg_eigh", "eigenvalues", "eigenvectors")
linalg_qr = result_type("linalg_qr", "Q", "R")
linalg_svd = result_type("linalg_svd", "U", "S", "Vh")
