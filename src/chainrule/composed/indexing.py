"""x[...], read and written: ints, slices, None, Ellipsis, masks, index arrays and mixtures.

As in torch the basic parts of a key are applied first, as one view, and index arrays to what they leave.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed.operands import does_not_fit, fitting, is_number
from chainrule.core.apply import settle
from chainrule.core.box import Box
from chainrule.core.inplace import TITLES, change, note_written, overwrite, write_into
from chainrule.core.kinds import numpy_dtype
from chainrule.core.primitive import Primitive, registry
from chainrule.core.state import state, unusual
from chainrule.core.tensor import ORDINARY, TensorBase, is_inference, wrap
from chainrule.ops import indexing, structure

Tensor = Any
Index = tuple[Any, ...]
Shape = tuple[int, ...]

WHOLE = slice(None)


# -- reading --------------------------------------------------------------------------------------


def getitem(x: TensorBase, key: Any) -> Tensor:
    """Return x[key]: a view for ints, slices, None and Ellipsis, a copy for masks and index arrays.

    >>> import chainrule
    >>> x = chainrule.tensor([[1, 2], [3, 4]])
    >>> x[0], x[:, 1], x[x > 1]
    (tensor([1, 2]), tensor([2, 4]), tensor([2, 3, 4]))
    """
    if type(key) is int:
        shape = x._value.shape
        if shape and -shape[0] <= key < shape[0]:
            return indexing.select(x, index=(key, ...))
    elif _is_basic(key):
        plain = key if type(key) is tuple else (key,)
        try:
            return _primitive(plain)(x, index=plain)
        except IndexError:
            pass  # said in torch's words below
    where, arrays = parse(key, x._value.shape)
    if not arrays:
        return _primitive(where)(x, index=where)
    if not _is_whole(where):
        x = _primitive(where)(x, index=where)
    primitive, operand, params = _advanced(arrays, x)
    return primitive(x, operand, **params)


_BOUNDS = frozenset({int, type(None)})


def _is_basic(key: Any) -> bool:
    """Tell whether NumPy can take a key as it is, and gives a view."""
    if type(key) is not tuple:
        return _is_basic_part(key)
    ellipses = 0
    for part in key:
        if not _is_basic_part(part):
            return False
        ellipses += part is Ellipsis
    return ellipses < 2  # in torch later ones stand for nothing, NumPy refuses them


def _is_basic_part(part: Any) -> bool:
    if type(part) is slice:
        return {type(part.start), type(part.stop), type(part.step)} <= _BOUNDS
    return type(part) is int or part is None or part is Ellipsis


def _is_whole(where: Index) -> bool:
    return all(part is WHOLE or part is Ellipsis for part in where)


def _primitive(where: Index) -> Primitive:
    """Return the primitive of a view: torch names a node after the last step."""
    for part in reversed(where):
        if part is None:
            return indexing.new_axis
        if part is not Ellipsis and part != WHOLE:
            return indexing.slice_ if type(part) is slice else indexing.select
    return indexing.slice_ if where == (WHOLE,) else indexing.alias


class Parser:
    """What is known of a key so far: the basic part, and index arrays by axis of the view it gives."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.axis = 0  # of the indexed tensor, next to be read
        self.where: list[Any] = []
        self.arrays: list[tuple[int, Any]] = []
        self.ndim = 0  # of the view

    def keep(self, part: Any, axes: int = 1) -> None:
        """Add a part that leaves one axis, for each of some axes."""
        self.where.extend([part] * axes)
        self.axis += 0 if part is None else axes
        self.ndim += axes

    def ellipsis(self, axes: int) -> None:
        self.where.append(Ellipsis)
        self.axis += axes
        self.ndim += axes

    def integer(self, i: int) -> None:
        n = self.shape[self.axis]
        if not -n <= i < n:
            raise IndexError(f"index {i} is out of bounds for dimension {self.axis} with size {n}")
        self.where.append(i)
        self.axis += 1

    def array(self, x: Any) -> None:
        shape = _shape(x)
        self.arrays.append((self.ndim, x))
        if _kind(x) != "b":
            self.keep(WHOLE)
        elif not shape:
            self.keep(None)
        else:
            self._check_mask(shape)
            self.keep(WHOLE, len(shape))

    def _check_mask(self, mask: Shape) -> None:
        for i, n in enumerate(mask):
            if n != self.shape[self.axis + i]:
                so_far = _ghost(self.shape)[(*self.where, ...)].shape
                raise IndexError(
                    f"The shape of the mask {list(mask)} at index {i} does not match the shape of the "
                    f"indexed tensor {list(so_far)} at index {self.ndim + i}"
                )


def parse(key: Any, shape: Shape) -> tuple[Index, list[tuple[int, Any]]]:
    """Return the basic index, and pairs of an axis of the view it gives and an index array or mask.

    Raises IndexError, in torch's words where torch has them.
    """
    if type(key) is list and any(part is None or part is Ellipsis or type(part) is slice for part in key):
        key = tuple(key)  # torch takes such lists, which can be no arrays, for tuples
    parts = [_part(part) for part in (key if type(key) is tuple else (key,))]
    used = sum(_axes(part) for part in parts)
    if used > len(shape):
        raise _too_many(parts, shape)
    found = Parser(shape)
    for part in parts:
        if part is None:
            found.keep(None)
        elif part is Ellipsis:
            if Ellipsis not in found.where:  # torch lets later ones stand for nothing
                found.ellipsis(len(shape) - used)
        elif type(part) is int:
            found.integer(part)
        elif type(part) is slice:
            found.keep(part)
        else:
            found.array(part)
    return tuple(found.where), found.arrays


def _too_many(parts: list[Any], shape: Shape) -> IndexError:
    if not shape and len(parts) == 1:
        if type(parts[0]) is slice:
            return IndexError("slice() cannot be applied to a 0-dim tensor.")
        if type(parts[0]) is int and parts[0]:
            return IndexError(f"index {parts[0]} is out of bounds for dimension 0 with size 0")
        if type(parts[0]) is int:
            return IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ "
                "to convert a 0-dim tensor to a number"
            )
    return IndexError(f"too many indices for tensor of dimension {len(shape)}")


def _axes(part: Any) -> int:
    """Return how many axes of the indexed tensor a part uses up."""
    if part is None or part is Ellipsis:
        return 0
    if type(part) in (int, slice):
        return 1
    return len(_shape(part)) if _kind(part) == "b" else 1


def _part(part: Any) -> Any:
    """Return a part of a key as int, slice, None, Ellipsis, or an index array (a tensor stays one)."""
    if part is None or part is Ellipsis or type(part) is int:
        return part
    if type(part) is slice:
        return _slice(part)
    if isinstance(part, TensorBase):
        return _tensor_part(part)
    if isinstance(part, (bool, np.bool_)):
        return np.asarray(part)
    if isinstance(part, np.ndarray):
        return _array_part(part)
    if isinstance(part, (list, tuple, range)):
        return _array_part(np.asarray(part) if len(part) else np.zeros(0, np.int64))
    try:
        return operator.index(part)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
            f"indices (got {type(part).__name__})"
        ) from None


def _slice(part: slice) -> slice:
    bounds = []
    for bound in (part.start, part.stop, part.step):
        if isinstance(bound, TensorBase):
            bound = operator.index(bound)  # type: ignore[arg-type]
        bounds.append(bound)
    return WHOLE if bounds == [None, None, None] else slice(*bounds)


def _tensor_part(part: TensorBase) -> Any:
    settle(part)
    kind = part._value.dtype
    if kind == np.uint8:  # torch takes bytes for a mask
        return wrap(_plain(part).astype(bool))
    if part._value.ndim == 0 and kind.kind in "iu":
        return part if _differs(part) else int(_plain(part))
    if kind.kind not in "biu":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return part


def _array_part(part: Any) -> Any:
    if part.dtype.kind not in "biu":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return part[()].item() if part.ndim == 0 and part.dtype.kind in "iu" else np.array(part)


def _shape(x: Any) -> Shape:
    return tuple(x._value.shape if isinstance(x, TensorBase) else x.shape)


def _kind(x: Any) -> str:
    kind: str = numpy_dtype(x).kind
    return kind


def _differs(x: Any) -> bool:
    """Tell whether an index is another one for each member of a batch."""
    return isinstance(x, TensorBase) and isinstance(x._value, Box)


def _plain(x: Any) -> Any:
    """Return the array of an index; which elements are wanted has to be known."""
    value = x._value if isinstance(x, TensorBase) else x
    return value.concrete("indexing by a tensor") if isinstance(value, Box) else value


def _advanced(arrays: list[tuple[int, Any]], x: Tensor) -> tuple[Primitive, Any, dict[str, Any]]:
    """Return the primitive that reads index arrays, its operand beside x, and its parameters."""
    axis, first = arrays[0]
    if len(arrays) == 1:
        if _kind(first) == "b" and _shape(first):
            return indexing.mask_index, first, {"dim": axis}
        if _kind(first) != "b":
            return indexing.index, first, {"dims": (axis,)}
    dims: list[int] = []
    places: list[Any] = []
    for axis, array in arrays:
        shape = _shape(array)
        if _kind(array) != "b":
            dims.append(axis)
            places.append(array)
        elif not shape:
            dims.append(axis)
            places.append(np.zeros(int(_mask(array)), np.int64))
        else:
            dims.extend(range(axis, axis + len(shape)))
            places.extend(_mask(array).nonzero())
    if not any(_differs(place) for place in places):
        places = [np.asarray(_plain(place)) for place in places]
    if len(places) == 1:
        return indexing.index, places[0], {"dims": tuple(dims)}
    return indexing.index, _stacked(places), {"dims": tuple(dims)}


def _mask(x: Any) -> Any:
    """Return the array of a mask that is used beside other index arrays."""
    if _differs(x):
        raise RuntimeError(
            "vmap: We do not support batching operators that can support dynamic shape. Attempting to "
            "batch over "
            "indexing with a boolean mask. Each member would have its own number of elements: use "
            "chainrule.where(mask, x, other), or multiply by the mask, instead of x[mask]"
        )
    return np.asarray(_plain(x))


def _stacked(places: list[Any]) -> Any:
    try:
        shape = np.broadcast_shapes(*[_shape(place) for place in places])
        if any(_differs(place) for place in places):
            wide = [registry["expand"](place, shape=shape) for place in places]
            return registry["stack"](*[structure.cast(p, dtype=np.dtype(np.int64)) for p in wide], dim=0)
        return np.stack(np.broadcast_arrays(*places))
    except ValueError:
        shapes = ", ".join(str(list(_shape(place))) for place in places)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None


# -- writing --------------------------------------------------------------------------------------


def setitem(x: TensorBase, key: Any, value: Any) -> None:
    """Write `value` (a number, a tensor or an array, broadcast) into x[key], in memory and in the graph."""
    if _write_plain(x, key, value):
        return
    where, arrays = parse(key, x._value.shape)
    if not arrays:
        if _covers(where, x._value.shape):
            _write_all(x, value)
            return
        step = (_primitive(where), {"index": where})
        shape = indexing.slice_.forward(_ghost(x._value.shape), index=where).shape
        overwrite(x, step, fitted(value, x, shape))
        return
    target = x if _is_whole(where) else _primitive(where)(x, index=where)
    if all(_kind(array) == "b" for _, array in arrays):
        value = _as_fill(value, target)
    read, operand, params = _advanced(arrays, target)
    put_at(target, read, operand, params, value, False, "x[...] = value")


def _covers(where: Index, shape: Shape) -> bool:
    """Tell whether a basic index is that of the whole, which then is not cut out."""
    forwards = [part is Ellipsis or (type(part) is slice and (part.step or 1) > 0) for part in where]
    return all(forwards) and bool(_ghost(shape)[where].shape == shape)


def _write_all(x: TensorBase, value: Any) -> None:
    """Write `value` into the whole of x: of one element that is filling, in the graph as well."""
    number = not value._value.ndim if isinstance(value, TensorBase) else is_number(value)
    single = number and x._value.ndim > 0
    source = fitted(value, x, () if single else x._value.shape)

    def kernel(memory: Any) -> None:
        memory[...] = source._value

    write_into(x, indexing.fill if single else indexing.copy, (source,), {}, kernel, "x[...] = value")


def _as_fill(value: Any, target: TensorBase) -> Any:
    """Return the only value to be written at a mask in the dtype of the target, as torch does for one."""
    if not isinstance(value, TensorBase) or math.prod(value._value.shape) != 1:
        return value
    have, dtype = value._value.dtype, target._value.dtype
    if have == dtype:
        return value
    if have.kind == "c":
        raise does_not_fit(dtypes.from_numpy_dtype(dtype))
    return structure.cast(value, dtype=dtype)


def _write_plain(x: TensorBase, key: Any, value: Any) -> bool:
    """Let NumPy do it where nothing is recorded and the key is one of the usual; tell whether it did."""
    if _is_guarded(x):
        return False
    settle(x)
    memory = x._value
    if type(memory) is not np.ndarray or (x._requires_grad and state.recording):
        return False
    if unusual.threads and state.watchers:
        return False
    if not (memory.flags.c_contiguous and memory.flags.writeable):
        return False
    if isinstance(value, TensorBase):
        settle(value)
        if (value._requires_grad and state.recording) or value._value.dtype != memory.dtype:
            return False
        value = value._value
    elif type(value) not in (int, float, bool):
        return False
    if isinstance(key, TensorBase):
        key = key._value
        if type(key) is not np.ndarray or key.dtype.kind not in "bi" or not key.ndim:
            return False
    elif not _is_basic(key):
        return False
    try:
        memory[key] = value
    except (IndexError, ValueError, TypeError, OverflowError):
        return False  # the general way says what is wrong in torch's words
    note_written(memory)
    return True


def _is_guarded(x: TensorBase) -> bool:
    """Tell whether there may be an error to raise for a tensor of another mode."""
    view = x._extra.view if x._extra is not None else None
    return (view is not None and view.origin != ORDINARY and state.recording) or is_inference(x)


def put_at(
    target: TensorBase,
    read: Primitive,
    operand: Any,
    params: dict[str, Any],
    value: Any,
    accumulate: bool,
    name: str = "index_put_()",
) -> TensorBase:
    """Write `value` into `target`, at what the primitive `read` reads with the same operand."""
    put = _put(read)
    values = _insertable_at(target, read, operand, params, value)
    settings = {**params, "accumulate": accumulate}
    if _differs(operand):
        return change(target, lambda x: put(x, operand, values, **settings), name=name)
    key = _key(read, operand, params)

    def kernel(memory: Any) -> None:
        indexing.put(memory, key, values._value, accumulate)

    return write_into(target, put, (operand, values), settings, kernel, name)


def _put(read: Primitive) -> Primitive:
    """Return the primitive that writes where `read` reads."""
    return indexing.mask_put if read is indexing.mask_index else indexing.index_put


def _key(read: Primitive, operand: Any, params: dict[str, Any]) -> Index:
    """Return NumPy's key of what `read` reads."""
    if read is indexing.mask_index:
        return indexing.mask_key(_plain(operand), params["dim"])
    return indexing.key_of(_plain(operand), params["dims"])


def _insertable_at(
    target: TensorBase, read: Primitive, operand: Any, params: dict[str, Any], value: Any
) -> TensorBase:
    """Return the values to write where `read` reads, such that they can be broadcast to what is there."""
    if not _differs(operand):
        shape = indexing.taken(_ghost(target._value.shape), _key(read, operand, params)).shape
    elif read is indexing.index:
        shape = tuple(read(target, operand, **params).shape)
    else:  # a mask that differs between the members of a batch: a number for all places, or an error
        return value if isinstance(value, TensorBase) else number_or_array(value, target)
    return insertable(value, target, shape)


def _ghost(shape: Shape) -> Any:
    """Return an array of a shape that takes no memory, to see what an index makes of it."""
    return np.broadcast_to(np.False_, shape)


def insertable(value: Any, target: TensorBase, shape: Shape) -> TensorBase:
    """Return the values to write at index arrays, broadcastable to `shape`; errors in torch's words."""
    if not isinstance(value, TensorBase):
        value = number_or_array(value, target)
    elif value._value.dtype != target._value.dtype:
        to, from_ = (TITLES[t._value.dtype.name] for t in (target, value))
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, "
            f"got {to} for the destination and {from_} for the source."
        )
    have = value._value.shape
    while len(have) > len(shape) and have[0] == 1:
        value, have = indexing.select(value, index=(0,)), have[1:]
    try:
        fits = np.broadcast_shapes(have, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(have)} cannot be broadcast to indexing result of "
            f"shape {list(shape)}"
        )
    tensor: TensorBase = value
    return tensor


def fitted(value: Any, target: TensorBase, shape: Shape) -> TensorBase:
    """Return `value` as a tensor of a shape and the dtype of `target`; RuntimeError when it does not fit."""
    if not isinstance(value, TensorBase):
        value = number_or_array(value, target)
    have = value._value.shape
    while len(have) > len(shape) and have[0] == 1:
        value, have = indexing.select(value, index=(0,)), have[1:]
    if value._value.dtype != target._value.dtype:
        value = structure.cast(value, dtype=target._value.dtype)
    if have != shape:
        value = _expanded(value, have, shape)
    tensor: TensorBase = value
    return tensor


def _expanded(value: Any, have: Shape, shape: Shape) -> Any:
    if len(have) > len(shape):
        raise RuntimeError(
            f"expand(chainrule.{TITLES[value._value.dtype.name]}Tensor{{{list(have)}}}, size={list(shape)}): "
            f"the number of sizes provided ({len(shape)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(have)})"
        )
    fresh = len(shape) - len(have)
    for i, n in enumerate(have):
        if n not in (1, shape[fresh + i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[fresh + i]}) must match the existing size ({n}) at "
                f"non-singleton dimension {fresh + i}.  Target sizes: {list(shape)}.  "
                f"Tensor sizes: {list(have)}"
            )
    return structure.expand(value, shape=shape)


def number_or_array(value: Any, target: TensorBase) -> TensorBase:
    """Return a number, or what NumPy makes an array of, as a tensor of the target's dtype."""
    dtype = target._value.dtype
    if is_number(value):
        return wrap(fitting(value, dtypes.from_numpy_dtype(dtype)))
    if isinstance(value, np.ndarray) or (isinstance(value, (list, tuple)) and not _holds_tensors(value)):
        array = np.asarray(value)
        if array.dtype.kind in "biufc":
            return wrap(array.real.astype(dtype) if dtype.kind != "c" else array.astype(dtype))
    raise TypeError(
        f"can't assign a {type(value).__name__} to a chainrule.{TITLES[dtype.name]}Tensor; "
        "make a tensor of it first (of tensors, with chainrule.stack)"
    )


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_tensors(item) for item in value)
    return isinstance(value, TensorBase)


# -- index_put ------------------------------------------------------------------------------------


def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Return `input` with `values` written, or added, at a tuple of index tensors or masks.

    >>> import chainrule
    >>> x = chainrule.zeros(3)
    >>> chainrule.index_put(x, (chainrule.tensor([0, 0]),), chainrule.tensor(1.0), accumulate=True)
    tensor([2., 0., 0.])
    """
    read, operand, params = _indices(input, indices, "index_put")
    if not accumulate and all(_kind(part) == "b" for part in indices if part is not None):
        values = _as_fill(values, input)
    values = _insertable_at(input, read, operand, params, values)
    return _put(read)(input, operand, values, **params, accumulate=accumulate)


def index_put_(self: TensorBase, indices: Any, values: Any, accumulate: bool = False) -> TensorBase:
    """Write, or add, `values` at a tuple of index tensors or masks.

    >>> import chainrule
    >>> chainrule.zeros(3).index_put_((chainrule.tensor([0, 2]),), chainrule.tensor(1.0))
    tensor([1., 0., 1.])
    """
    read, operand, params = _indices(self, indices, "index_put_")
    if not accumulate and all(_kind(part) == "b" for part in indices if part is not None):
        values = _as_fill(values, self)
    return put_at(self, read, operand, params, values, accumulate)


def _indices(x: TensorBase, indices: Any, function: str) -> tuple[Primitive, Any, dict[str, Any]]:
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"{function}(): argument 'indices' (position 2) must be tuple of Tensors, "
            f"not {type(indices).__name__}"
        )
    for i, part in enumerate(indices):
        if part is not None and not isinstance(part, (TensorBase, np.ndarray)):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(part).__name__}")
    if all(part is None for part in indices):
        raise IndexError(f"{function}(): there must be at least one index tensor")
    settle(x)
    key = tuple([WHOLE if part is None else _as_vector(part) for part in indices])
    _, arrays = parse(key, x._value.shape)
    return _advanced(arrays, x)


def _as_vector(part: Any) -> Any:
    """A single place is an index array here, not an int."""
    if _shape(part) or _kind(part) not in "iu":
        return part
    return registry["reshape"](part, shape=(1,))


OPERATORS = {"__getitem__": getitem, "__setitem__": setitem, "index_put_": index_put_}
METHODS = ["index_put"]
__all__ = ["index_put"]
