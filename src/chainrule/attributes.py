"""Attributes of tensors, and the table of what is a method without being an operation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import casting, copying, creation, dtypes, exporting, random
from chainrule.arguments import as_int
from chainrule.autograd import gradients
from chainrule.composed.operands import C_NAMES
from chainrule.core.box import Box
from chainrule.core.graph import hooks_of
from chainrule.core.hooks import RemovableHandle
from chainrule.core.inplace import version_of
from chainrule.core.tensor import TensorBase, array_of, is_inference, require_grad, require_no_grad, wrap_like
from chainrule.core.views import node_of, requires_grad_of, retain_at_node
from chainrule.core.visible import as_function, leaf_hooks
from chainrule.errors import type_name, warn
from chainrule.size import CPU, Size, device

Dtype = Any


def _dtype(self: TensorBase) -> dtypes.dtype:
    """The data type of the elements.

    >>> import chainrule
    >>> chainrule.tensor([1, 2]).dtype
    chainrule.int64
    """
    return dtypes.from_numpy_dtype(self._value.dtype)


def _shape(self: TensorBase) -> Size:
    """The extent along each axis.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).shape
    chainrule.Size([2, 3])
    """
    return tuple.__new__(Size, self._value.shape)


# -- differentiation --------------------------------------------------------------------------------


def _requires_grad(self: TensorBase) -> bool:
    """Whether operations on this tensor are recorded; may be set on leaves.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> x.requires_grad, x.detach().requires_grad
    (True, False)
    """
    return requires_grad_of(self)


def _set_requires_grad(self: TensorBase, value: Any) -> None:
    if not isinstance(value, bool):
        raise RuntimeError("requires_grad must be a bool")
    if value and self._value.dtype.kind not in "fc":
        raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
    if value and not _is_leaf(self):
        raise RuntimeError("you can only change requires_grad flags of leaf variables.")
    requires_grad_(self, value)


def requires_grad_(self: TensorBase, requires_grad: bool = True) -> TensorBase:
    """Make this leaf require grad, or stop it from doing so; returns the tensor.

    Raises RuntimeError for integers, and for a tensor that is the result of a recorded operation.

    >>> import chainrule
    >>> chainrule.tensor([1.0, 2.0]).requires_grad_()
    tensor([1., 2.], requires_grad=True)
    """
    if not isinstance(requires_grad, bool):
        raise TypeError(
            "requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
            f"{type(requires_grad).__name__}"
        )
    if requires_grad and self._value.dtype.kind not in "fc":
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    requires_grad_of(self)
    if requires_grad and self._node is not None:
        return self
    if not requires_grad and node_of(self) is not None:
        raise RuntimeError(
            "you can only change requires_grad flags of leaf variables. If you want to use a computed "
            "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
        )
    if requires_grad:
        require_grad(self)
    else:
        require_no_grad(self)
    return self


def _is_leaf(self: TensorBase) -> bool:
    """Whether no recorded operation made this tensor.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> x.is_leaf, (2 * x).is_leaf
    (True, False)
    """
    return node_of(self) is None


def _grad_fn(self: TensorBase) -> Any:
    """The node of the graph that made this tensor, None for a leaf.

    >>> import chainrule
    >>> x = chainrule.tensor(1.0, requires_grad=True)
    >>> (2 * x).grad_fn.name()
    'MulBackward0'
    """
    node = node_of(self)
    return None if node is None else as_function(node)[0]


def _output_nr(self: TensorBase) -> int:
    """Which output of `grad_fn` this tensor is.

    >>> import chainrule
    >>> factors = chainrule.linalg.qr(chainrule.eye(2).requires_grad_())
    >>> [factor.output_nr for factor in factors]
    [0, 1]
    """
    return 0 if self._node is None else as_function(self._node)[1]


def _grad(self: TensorBase) -> Any:
    """The gradient accumulated by `backward`, None before; may be assigned.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> (x * x).backward()
    >>> x.grad
    tensor(6.)
    """
    grad = self._grad
    if grad is None and self._node is not None and not _retains_grad(self):
        warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
            "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
            "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
            "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead."
        )
    return grad


def _set_grad(self: TensorBase, grad: Any) -> None:
    if grad is None:
        self._grad = None
        return
    if not isinstance(grad, TensorBase):
        raise TypeError(
            f"assigned grad expected to be a Tensor or None but got grad of type {type_name(grad)}"
        )
    if grad is self:
        raise RuntimeError("can't assign Variable as its own grad")
    have, want = grad._value, self._value
    if have.dtype != want.dtype:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{C_NAMES[_dtype(grad).name]}' to a tensor with "
            f"grad_dtype '{_dtype(self).title}'. The gradient must match the tensor's grad_dtype, which is "
            f"its dtype: assign gradient.to({_dtype(self)})"
        )
    if have.shape != want.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(have.shape)}' to a tensor of size "
            f"'{list(want.shape)}'. Please ensure that the gradient and the tensor are the same size"
        )
    self._grad = grad


def _delete_grad(self: TensorBase) -> None:
    self._grad = None


def _retains_grad(self: TensorBase) -> bool:
    """Whether `backward` will set `.grad` of this tensor although it is not a leaf.

    >>> import chainrule
    >>> y = 2 * chainrule.tensor(1.0, requires_grad=True)
    >>> y.retain_grad()
    >>> y.retains_grad
    True
    """
    node = self._node
    extra = None if node is None else node.extra
    return extra is not None and extra.retained is not None and extra.retained() is self


def retain_grad(self: TensorBase) -> None:
    """Have `backward` set `.grad` of this tensor although it is not a leaf.

    Raises RuntimeError for a tensor that does not require grad.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> y.retain_grad()
    >>> (2 * y).backward()
    >>> y.grad
    tensor(2.)
    """
    if not _requires_grad(self):
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._node is not None:
        node_of(self)
        self._ensure_extra().retains_grad = True  # also when a change in place gives it another node
        retain_at_node(self)


def register_hook(self: TensorBase, hook: Any) -> RemovableHandle:
    """Have `hook(grad)` called with the gradient of this tensor; what it returns, if not None, replaces it.

    The handle's `remove()` takes the hook away. Raises RuntimeError for a tensor that does not require grad.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> handle = x.register_hook(lambda grad: grad * 10)
    >>> (x * x).backward()
    >>> x.grad
    tensor(60.)
    """
    if not _requires_grad(self):
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node = node_of(self)
    return (leaf_hooks(self) if node is None else hooks_of(node)).tensor.add(hook)


def register_post_accumulate_grad_hook(self: TensorBase, hook: Any) -> RemovableHandle:
    """Have `hook(tensor)` called after a gradient was added to `.grad` of this leaf.

    The handle's `remove()` takes the hook away. Raises RuntimeError for a tensor that is no leaf or does not
    require grad.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda leaf: print(leaf.grad))
    >>> (x * x).backward()
    tensor(6.)
    """
    if not _requires_grad(self):
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if node_of(self) is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return leaf_hooks(self).accumulated.add(hook)


def backward(
    self: TensorBase,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of this tensor to `.grad` of the leaves it was computed from.

    `gradient` is the cotangent, needed unless this tensor has one element. See `autograd.backward`.

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> (x * x).backward()
    >>> x.grad
    tensor(6.)
    """
    gradients.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _data(self: TensorBase) -> TensorBase:
    """The values as a tensor outside the graph that shares this one's memory; may be assigned.

    >>> import chainrule
    >>> chainrule.tensor([1.0, 2.0], requires_grad=True).data
    tensor([1., 2.])
    """
    value = self._value
    return wrap_like(self, value if isinstance(value, Box) else array_of(self))


def _set_data(self: TensorBase, data: Any) -> None:
    if not isinstance(data, TensorBase):
        raise TypeError(f"Variable data has to be a tensor, but got {type_name(data)}")
    if self._requires_grad and data._value.dtype.kind not in "fc":
        raise RuntimeError(
            "data set to a tensor that requires gradients must be floating point or complex dtype"
        )
    self._value = data._value if isinstance(data._value, Box) else array_of(data)
    if self._extra is not None or is_inference(data):
        extra = self._ensure_extra()
        extra.view = None  # it has left the memory of its base
        extra.inference = is_inference(data)


def _delete_data(self: TensorBase) -> None:
    raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")


# -- extent -----------------------------------------------------------------------------------------


def size(self: TensorBase, dim: int | None = None) -> Any:
    """Return the shape, or the extent along one axis.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).size(-1)
    3
    """
    if dim is None:
        return _shape(self)
    i, n = as_int(dim, "size", "dim", 1), len(self._value.shape)
    if n == 0:
        raise IndexError(f"Dimension specified as {i} but tensor has no dimensions")
    if not -n <= i < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {i})")
    return self._value.shape[i]


def numel(input: TensorBase) -> int:
    """Return the number of elements.

    >>> import chainrule
    >>> chainrule.numel(chainrule.zeros(2, 3))
    6
    """
    return math.prod(input._value.shape)


def dim(self: TensorBase) -> int:
    """Return the number of axes.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).dim()
    2
    """
    return len(self._value.shape)


def element_size(self: TensorBase) -> int:
    """Return the bytes per element.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).element_size()
    4
    """
    size: int = self._value.dtype.itemsize
    return size


def _nbytes(self: TensorBase) -> int:
    """The bytes of all elements.

    >>> import chainrule
    >>> chainrule.zeros(2, 3).nbytes
    24
    """
    return numel(self) * element_size(self)


def is_signed(self: TensorBase) -> bool:
    """Tell whether the dtype has negative numbers.

    >>> import chainrule
    >>> chainrule.tensor([1], dtype=chainrule.uint8).is_signed()
    False
    """
    return _dtype(self).is_signed


def _device(self: TensorBase) -> device:
    """Where the memory is: the CPU.

    >>> import chainrule
    >>> chainrule.zeros(2).device
    device(type='cpu')
    """
    return CPU


def data_ptr(self: TensorBase) -> int:
    """Return the address of the first element.

    >>> import chainrule
    >>> x = chainrule.ones(2)
    >>> x.detach().data_ptr() == x.data_ptr()
    True
    """
    address: int = array_of(self).__array_interface__["data"][0]
    return address


# -- questions about tensors ------------------------------------------------------------------------


def is_tensor(obj: Any) -> bool:
    """Tell whether `obj` is a tensor.

    >>> import chainrule
    >>> chainrule.is_tensor(3.0)
    False
    """
    return isinstance(obj, TensorBase)


def result_type(tensor: Any, other: Any) -> dtypes.dtype:
    """Return the dtype of an arithmetic operation on two tensors or numbers.

    A 0-d tensor, and still less a number, does not widen an n-d tensor of the same category. Raises
    TypeError for anything else.

    >>> import chainrule
    >>> chainrule.result_type(chainrule.tensor([1, 2]), 1.0)
    chainrule.float32
    """
    groups: tuple[list[dtypes.dtype], ...] = ([], [], [])
    for x in (tensor, other):
        if isinstance(x, TensorBase):
            groups[0 if x._value.shape else 1].append(_dtype(x))
        elif isinstance(x, (bool, int, float, complex, np.generic)):
            groups[2].append(dtypes.of_number(x.item() if isinstance(x, np.generic) else x))
        else:
            raise TypeError(f"result_type() takes tensors and numbers, not {type(x).__name__}")
    return dtypes.combine(*groups)


def is_inference_tensor(self: TensorBase) -> bool:
    """Tell whether the tensor was made in inference mode: it can be neither saved for backward nor changed.

    >>> import chainrule
    >>> with chainrule.inference_mode():
    ...     x = chainrule.ones(2)
    >>> x.is_inference()
    True
    """
    return is_inference(self)


OPERATORS = {
    "shape": property(_shape),
    "dtype": property(_dtype),
    "device": property(_device),
    "ndim": property(dim),
    "itemsize": property(element_size),
    "nbytes": property(_nbytes),
    "requires_grad": property(_requires_grad, _set_requires_grad),
    "is_leaf": property(_is_leaf),
    "grad_fn": property(_grad_fn),
    "output_nr": property(_output_nr),
    "grad": property(_grad, _set_grad, _delete_grad),
    "retains_grad": property(_retains_grad),
    "data": property(_data, _set_data, _delete_data),
    "_version": property(version_of, doc="How often the memory was changed in place."),
    "is_inference": is_inference_tensor,
    "requires_grad_": requires_grad_,
    "retain_grad": retain_grad,
    "register_hook": register_hook,
    "register_post_accumulate_grad_hook": register_post_accumulate_grad_hook,
    "backward": backward,
    "size": size,
    "dim": dim,
    "ndimension": dim,
    "numel": numel,
    "nelement": numel,
    "element_size": element_size,
    "is_signed": is_signed,
    "data_ptr": data_ptr,
    "__hash__": object.__hash__,
}
"""Properties, methods and special methods of Tensor by name."""

for _module in (casting, copying, exporting):
    OPERATORS.update(_module.OPERATORS)
for _module in (creation, random):
    OPERATORS.update({_name: getattr(_module, _name) for _name in _module.METHODS})

for _name, _wanted in OPERATORS.items():
    if isinstance(_wanted, property):
        _wanted.__set_name__(TensorBase, _name)  # so that errors name it

__all__ = ["is_tensor", "numel", "result_type"]
