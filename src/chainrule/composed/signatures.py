"""The arguments of the public operations: torch's signatures, by which wrong calls are explained.

One overload a line, as torch's messages print them, but for `out`, which chainrule does not have.
`?` after a type admits None; an `Operand` is a tensor that may be a number, `ints` a sequence of ints,
`ints1` one that may be a single int. Methods have the signature of their function without `input`; those that
differ, or have no function, are given at the end.
"""

from __future__ import annotations

import functools
from typing import Final, NamedTuple


class Parameter(NamedTuple):
    """One parameter of an overload."""

    name: str
    type: str  # without the question mark
    optional: bool  # None will do
    default: str | None
    keyword: bool  # by keyword only


class Overload(NamedTuple):
    """One of the ways in which an operation can be called."""

    parameters: tuple[Parameter, ...]

    @property
    def positional(self) -> int:
        return sum(not p.keyword for p in self.parameters)


TABLE: Final = """
add(Operand input, Operand other, *, Number alpha=1)
addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value=1)
addcmul(Tensor input, Tensor tensor1, Tensor tensor2, *, Number value=1)
clamp(Tensor input, Tensor? min=None, Tensor? max=None)
clamp(Tensor input, Number? min=None, Number? max=None)
clamp_max(Tensor input, Tensor max)
clamp_max(Tensor input, Number max)
clamp_min(Tensor input, Tensor min)
clamp_min(Tensor input, Number min)
clip(Tensor input, Tensor? min=None, Tensor? max=None)
clip(Tensor input, Number? min=None, Number? max=None)
copysign(Tensor input, Tensor other)
copysign(Tensor input, Number other)
div(Operand input, Operand other)
div(Operand input, Operand other, *, str? rounding_mode)
div(Tensor input, Number other, *, str? rounding_mode)
divide(Operand input, Operand other)
divide(Operand input, Operand other, *, str? rounding_mode)
divide(Tensor input, Number other)
divide(Tensor input, Number other, *, str? rounding_mode)
float_power(Tensor input, Tensor exponent)
float_power(Number self, Tensor exponent)
float_power(Tensor input, Number exponent)
fmod(Tensor input, Tensor other)
fmod(Tensor input, Number other)
lerp(Tensor input, Tensor end, Tensor weight)
lerp(Tensor input, Tensor end, Number weight)
positive(Tensor input)
pow(Tensor input, Tensor exponent)
pow(Number self, Tensor exponent)
pow(Tensor input, Number exponent)
remainder(Tensor input, Tensor other)
remainder(Number self, Tensor other)
remainder(Tensor input, Number other)
round(Tensor input)
round(Tensor input, *, int decimals)
square(Tensor input)
sub(Operand input, Operand other, *, Number alpha=1)
subtract(Operand input, Operand other, *, Number alpha=1)
subtract(Tensor input, Number other, Number alpha=1)

logit(Tensor input, float? eps=None)
polygamma(int n, Tensor input)

allclose(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)
equal(Tensor input, Tensor other)
is_complex(Tensor input)
is_floating_point(Tensor input)
is_nonzero(Tensor input)
isclose(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)
masked_fill(Tensor input, Tensor mask, Tensor value)
masked_fill(Tensor input, Tensor mask, Number value)
where(Tensor condition)
where(Tensor condition, Tensor input, Tensor other)
where(Tensor condition, Number self, Tensor other)
where(Tensor condition, Tensor input, Number other)
where(Tensor condition, Number self, Number other)

complex(Tensor real, Tensor imag)
polar(Tensor abs, Tensor angle)

all(Tensor input)
all(Tensor input, ints? dim=None, bool keepdim=False)
all(Tensor input, int dim, bool keepdim=False)
any(Tensor input)
any(Tensor input, ints? dim=None, bool keepdim=False)
any(Tensor input, int dim, bool keepdim=False)
count_nonzero(Tensor input, int? dim=None)
count_nonzero(Tensor input, ints dim)
log_softmax(Tensor input, int dim, dtype? dtype=None)
logsumexp(Tensor input, ints1 dim, bool keepdim=False)
mean(Tensor input, *, dtype? dtype=None)
mean(Tensor input, ints1? dim, bool keepdim=False, *, dtype? dtype=None)
nanmean(Tensor input, ints1? dim=None, bool keepdim=False, *, dtype? dtype=None)
nansum(Tensor input, ints1? dim=None, bool keepdim=False, *, dtype? dtype=None)
norm(Tensor input, order? p="fro", ints1? dim=None, bool keepdim=False, dtype? dtype=None)
prod(Tensor input, *, dtype? dtype=None)
prod(Tensor input, int dim, bool keepdim=False, *, dtype? dtype=None)
softmax(Tensor input, int dim, dtype? dtype=None)
std(Tensor input, ints1? dim, bool unbiased=True, bool keepdim=False)
std(Tensor input, ints1? dim=None, *, Number? correction=None, bool keepdim=False)
std(Tensor input, bool unbiased=True)
std_mean(Tensor input, ints1? dim, bool unbiased=True, bool keepdim=False)
std_mean(Tensor input, ints1? dim=None, *, Number? correction=None, bool keepdim=False)
std_mean(Tensor input, bool unbiased=True)
sum(Tensor input, *, dtype? dtype=None)
sum(Tensor input, ints1? dim, bool keepdim=False, *, dtype? dtype=None)
var(Tensor input, ints1? dim, bool unbiased=True, bool keepdim=False)
var(Tensor input, ints1? dim=None, *, Number? correction=None, bool keepdim=False)
var(Tensor input, bool unbiased=True)
var_mean(Tensor input, ints1? dim, bool unbiased=True, bool keepdim=False)
var_mean(Tensor input, ints1? dim=None, *, Number? correction=None, bool keepdim=False)
var_mean(Tensor input, bool unbiased=True)

amax(Tensor input, ints1 dim=(), bool keepdim=False)
amin(Tensor input, ints1 dim=(), bool keepdim=False)
aminmax(Tensor input, *, int? dim=None, bool keepdim=False)
argmax(Tensor input, int? dim=None, bool keepdim=False)
argmin(Tensor input, int? dim=None, bool keepdim=False)
max(Tensor input)
max(Tensor input, Tensor other)
max(Tensor input, int dim, bool keepdim=False)
median(Tensor input)
median(Tensor input, int dim, bool keepdim=False)
min(Tensor input)
min(Tensor input, Tensor other)
min(Tensor input, int dim, bool keepdim=False)
nanmedian(Tensor input)
nanmedian(Tensor input, int dim, bool keepdim=False)

cummax(Tensor input, int dim)
cummin(Tensor input, int dim)
cumprod(Tensor input, int dim, *, dtype? dtype=None)
cumsum(Tensor input, int dim, *, dtype? dtype=None)

broadcast_to(Tensor input, ints size)
flatten(Tensor input, int start_dim=0, int end_dim=-1)
moveaxis(Tensor input, int source, int destination)
moveaxis(Tensor input, ints source, ints destination)
movedim(Tensor input, int source, int destination)
movedim(Tensor input, ints source, ints destination)
permute(Tensor input, ints dims)
ravel(Tensor input)
repeat_interleave(Tensor input, Tensor repeats, int? dim=None, *, int? output_size=None)
repeat_interleave(Tensor repeats, *, int? output_size=None)
repeat_interleave(Tensor input, int repeats, int? dim=None, *, int? output_size=None)
reshape(Tensor input, ints shape)
squeeze(Tensor input)
squeeze(Tensor input, int dim)
squeeze(Tensor input, ints dim)
swapaxes(Tensor input, int axis0, int axis1)
swapdims(Tensor input, int dim0, int dim1)
t(Tensor input)
tile(Tensor input, ints dims)
transpose(Tensor input, int dim0, int dim1)
unflatten(Tensor input, int dim, ints sizes)
unsqueeze(Tensor input, int dim)

cat(Tensors tensors, int dim=0)
chunk(Tensor input, int chunks, int dim=0)
column_stack(Tensors tensors)
concat(Tensors tensors, int dim=0)
concatenate(Tensors tensors, int dim=0)
dsplit(Tensor input, int sections)
dsplit(Tensor input, ints indices)
dstack(Tensors tensors)
flip(Tensor input, ints dims)
fliplr(Tensor input)
flipud(Tensor input)
hsplit(Tensor input, int sections)
hsplit(Tensor input, ints indices)
hstack(Tensors tensors)
roll(Tensor input, ints1 shifts, ints1 dims=())
rot90(Tensor input, int k=1, ints dims=(0, 1))
row_stack(Tensors tensors)
split(Tensor tensor, ints1 split_size_or_sections, int dim=0)
stack(Tensors tensors, int dim=0)
tensor_split(Tensor input, ints indices, int dim=0)
tensor_split(Tensor input, Tensor tensor_indices_or_sections, int dim=0)
tensor_split(Tensor input, int sections, int dim=0)
unbind(Tensor input, int dim=0)
vsplit(Tensor input, int sections)
vsplit(Tensor input, ints indices)
vstack(Tensors tensors)

diag(Tensor input, int diagonal=0)
diag_embed(Tensor input, int offset=0, int dim1=-2, int dim2=-1)
diagonal(Tensor input, int offset=0, int dim1=0, int dim2=1)
tril(Tensor input, int diagonal=0)
triu(Tensor input, int diagonal=0)
tril_indices(int row, int col, int offset=0, *, dtype? dtype=int64, device? device=None)
triu_indices(int row, int col, int offset=0, *, dtype? dtype=int64, device? device=None)

adjoint(Tensor input)
clone(Tensor input, *, memory_format? memory_format=None)
conj(Tensor input)
detach(Tensor input)
imag(Tensor input)
narrow(Tensor input, int dim, Tensor start, int length)
narrow(Tensor input, int dim, int start, int length)
real(Tensor input)
resolve_conj(Tensor input)
select(Tensor input, int dim, int index)

index_put(Tensor input, Tensors indices, Tensor values, bool accumulate=False)
gather(Tensor input, int dim, Tensor index, *, bool sparse_grad=False)
index_add(Tensor input, int dim, Tensor index, Tensor source, *, Number alpha=1)
index_copy(Tensor input, int dim, Tensor index, Tensor source)
index_fill(Tensor input, int dim, Tensor index, Tensor value)
index_fill(Tensor input, int dim, Tensor index, Number value)
index_select(Tensor input, int dim, Tensor index)
masked_scatter(Tensor input, Tensor mask, Tensor source)
masked_select(Tensor input, Tensor mask)
scatter(Tensor input, int dim, Tensor index, Tensor src)
scatter(Tensor input, int dim, Tensor index, Tensor src, *, str reduce)
scatter(Tensor input, int dim, Tensor index, Number value)
scatter(Tensor input, int dim, Tensor index, Number value, *, str reduce)
scatter_add(Tensor input, int dim, Tensor index, Tensor src)
scatter_reduce(Tensor input, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True)
take(Tensor input, Tensor index)
take_along_dim(Tensor input, Tensor indices, int? dim=None)

argwhere(Tensor input)
bincount(Tensor input, Tensor? weights=None, int minlength=0)
bucketize(Tensor input, Tensor boundaries, *, bool out_int32=False, bool right=False)
bucketize(Number self, Tensor boundaries, *, bool out_int32=False, bool right=False)
nonzero(Tensor input, *, bool as_tuple=False)
searchsorted(Tensor sorted_sequence, Tensor input, *, bool out_int32=False, bool right=False, \
str? side=None, Tensor? sorter=None)
searchsorted(Tensor sorted_sequence, Number self, *, bool out_int32=False, bool right=False, \
str? side=None, Tensor? sorter=None)

addmm(Tensor input, Tensor mat1, Tensor mat2, *, Number beta=1, Number alpha=1)
addmv(Tensor input, Tensor mat, Tensor vec, *, Number beta=1, Number alpha=1)
addr(Tensor input, Tensor vec1, Tensor vec2, *, Number beta=1, Number alpha=1)
baddbmm(Tensor input, Tensor batch1, Tensor batch2, *, Number beta=1, Number alpha=1)
bmm(Tensor input, Tensor mat2)
cross(Tensor input, Tensor other, int? dim=None)
dot(Tensor input, Tensor tensor)
ger(Tensor input, Tensor vec2)
inner(Tensor input, Tensor other)
kron(Tensor input, Tensor other)
matmul(Tensor input, Tensor other)
mm(Tensor input, Tensor mat2)
mv(Tensor input, Tensor vec)
outer(Tensor input, Tensor vec2)
trace(Tensor input)
vdot(Tensor input, Tensor other)

argsort(Tensor input, *, bool stable, int dim=-1, bool descending=False)
argsort(Tensor input, int dim=-1, bool descending=False)
kthvalue(Tensor input, int k, int dim=-1, bool keepdim=False)
msort(Tensor input)
sort(Tensor input, *, bool? stable, int dim=-1, bool descending=False)
sort(Tensor input, int dim=-1, bool descending=False)
topk(Tensor input, int k, int dim=-1, bool largest=True, bool sorted=True)
unique(Tensor input, bool sorted=True, bool return_inverse=False, bool return_counts=False, int? dim=None)

Tensor.contiguous(*, memory_format memory_format=None)
Tensor.copy_(Operand other, bool non_blocking=False)
Tensor.expand(ints size, *, bool implicit=False)
Tensor.expand_as(Tensor other)
Tensor.fill_(Tensor value)
Tensor.fill_(Number value)
Tensor.fill_diagonal_(Number fill_value, bool wrap=False)
Tensor.polygamma(int n)
Tensor.repeat(ints repeats)
Tensor.repeat_interleave(Tensor repeats, int? dim=None, *, int? output_size=None)
Tensor.repeat_interleave(int repeats, int? dim=None, *, int? output_size=None)
Tensor.reshape_as(Tensor other)
Tensor.stride(int? dim=None)
Tensor.swapaxes_(int axis0, int axis1)
Tensor.swapdims_(int dim0, int dim1)
Tensor.t_()
Tensor.transpose_(int dim0, int dim1)
Tensor.unfold(int dimension, int size, int step)
Tensor.unsqueeze_(int dim)
Tensor.view(dtype dtype)
Tensor.view(ints size)
Tensor.view_as(Tensor other)
Tensor.where(Tensor condition, Tensor other)
Tensor.where(Tensor condition, Number other)
"""


@functools.cache
def overloads() -> dict[str, tuple[Overload, ...]]:
    """Return the overloads of every operation by its name; methods of their own as `Tensor.name`."""
    found: dict[str, tuple[Overload, ...]] = {}
    for line in TABLE.splitlines():
        name, _, rest = line.partition("(")
        if name:
            found[name] = (*found.get(name, ()), Overload(tuple(_parameters(rest[:-1]))))
    return found


def _parameters(text: str) -> list[Parameter]:
    found: list[Parameter] = []
    keyword = False
    for part in _split(text):
        if part == "*":
            keyword = True
            continue
        declared, _, default = part.partition("=")
        kind, name = declared.split()
        found.append(Parameter(name, kind.rstrip("?"), kind.endswith("?"), default or None, keyword))
    return found


def _split(text: str) -> list[str]:
    """Split at the commas that are not inside of a default's parentheses."""
    parts: list[str] = []
    for part in text.split(", "):
        if parts and parts[-1].count("(") > parts[-1].count(")"):
            parts[-1] += ", " + part
        elif part:
            parts.append(part)
    return parts


def method_overloads(name: str) -> tuple[Overload, ...]:
    """Return the overloads of a method, in-place ones included; none if it is not in the table."""
    table = overloads()
    for own in (f"Tensor.{name}", f"Tensor.{name.removesuffix('_')}"):
        if own in table:
            return table[own]
    of_function = table.get(name.removesuffix("_"), ())
    return tuple(
        [Overload(o.parameters[1:]) for o in of_function if o.parameters[0].type in ("Tensor", "Operand")]
    )
