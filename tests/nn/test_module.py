"""Module: members, state, conversion, copies."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.second = nn.Linear(4, 2)
        self.scale = nn.Parameter(cr.tensor(1.0))
        self.register_buffer("mask", cr.ones(2), persistent=False)

    def forward(self, x):
        return self.second(self.norm(self.first(x)).tanh()) * self.scale


def test_calling_runs_forward_with_all_arguments():
    class Echo(nn.Module):
        def forward(self, *args, **kwargs):
            return args, kwargs

    assert Echo()(1, b=2) == ((1,), {"b": 2})


def test_parameters_are_found_through_all_submodules():
    names = [name for name, _ in Net().named_parameters()]
    assert names == [
        "scale",
        "first.weight",
        "first.bias",
        "norm.weight",
        "norm.bias",
        "second.weight",
        "second.bias",
    ]


def test_backward_reaches_every_parameter():
    net = Net()
    net(cr.randn(5, 3)).square().sum().backward()
    assert all(p.grad is not None and p.grad.shape == p.shape for p in net.parameters())


def test_assigning_none_keeps_a_place_that_a_parameter_can_take_again():
    net = Net()
    net.scale = None
    assert "scale" not in dict(net.named_parameters())
    net.scale = nn.Parameter(cr.tensor(2.0))
    assert next(net.named_parameters())[0] == "scale"


def test_a_name_that_becomes_a_parameter_stops_being_anything_else():
    net = Net()
    net.mask = nn.Parameter(cr.ones(2))
    net.plain = 3
    net.plain = nn.ReLU()
    assert "mask" not in dict(net.named_buffers())
    assert "mask" in net.state_dict()
    assert net.plain is net._modules["plain"]
    assert "plain" not in net.__dict__


def test_deleting_members():
    net = Net()
    del net.scale, net.mask, net.first
    assert not hasattr(net, "scale")
    assert not hasattr(net, "mask")
    assert [name for name, _ in net.named_children()] == ["norm", "second"]


def test_dir_lists_members():
    assert {"scale", "mask", "first", "forward"} <= set(dir(Net()))


def test_train_and_eval_reach_all_modules():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())


def test_apply_visits_children_first():
    seen = []
    nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh())).apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["ReLU", "Tanh", "Sequential", "Sequential"]


def test_zero_grad_forgets_or_clears():
    net = Net()
    net(cr.randn(5, 3)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all(not p.grad.any() for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_zero_grad_takes_gradients_out_of_a_graph():
    layer = nn.Linear(2, 1)
    (layer(cr.ones(1, 2)) ** 2).sum().backward(create_graph=True)
    layer.zero_grad(set_to_none=False)
    assert not layer.weight.grad.requires_grad


# -- state ----------------------------------------------------------------------------------------


def test_state_dict_shares_memory_and_is_detached():
    net = Net()
    state = net.state_dict()
    with cr.no_grad():
        net.first.bias.fill_(7)
    assert state["first.bias"].tolist() == [7.0] * 4
    assert not state["first.bias"].requires_grad
    assert "mask" not in state


def test_loading_copies_into_the_parameters_themselves():
    source, target = Net(), Net()
    bias = target.first.bias
    target.load_state_dict(source.state_dict())
    assert target.first.bias is bias
    assert cr.equal(bias, source.first.bias)
    with cr.no_grad():
        source.first.bias.fill_(9)
    assert not cr.equal(bias, source.first.bias)


def test_loading_with_assign_takes_the_tensors_themselves():
    net = Net()
    state = {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict(state, assign=True)
    assert net.first.weight.requires_grad
    assert net.first.weight.data_ptr() == state["first.weight"].data_ptr()


def test_a_state_that_does_not_fit_names_everything_that_is_wrong():
    state = Net().state_dict()
    del state["first.weight"]
    state["third.weight"] = state["scale"] = cr.ones(2)
    with pytest.raises(RuntimeError) as error:
        Net().load_state_dict(state)
    for part in ('Missing key(s) in state_dict: "first.weight"', '"third.weight"', "size mismatch for scale"):
        assert part in str(error.value)


def test_subclasses_may_load_their_own_state():
    class Renamed(nn.Linear):
        def _load_from_state_dict(self, state_dict, prefix, *rest):
            state_dict[prefix + "weight"] = state_dict.pop(prefix + "kernel")
            super()._load_from_state_dict(state_dict, prefix, *rest)

    layer = Renamed(1, 1, bias=False)
    layer.load_state_dict({"kernel": cr.tensor([[5.0]])})
    assert layer.weight.item() == 5.0


# -- conversion and copies ------------------------------------------------------------------------


def test_conversion_keeps_parameters_and_converts_gradients():
    net = Net()
    net(cr.randn(5, 3)).sum().backward()
    before = list(net.parameters())
    net.double()
    assert [id(p) for p in net.parameters()] == [id(p) for p in before]
    assert all(p.dtype is p.grad.dtype is cr.float64 for p in before)
    assert net.norm.num_batches_tracked.dtype is cr.int64
    assert net(cr.randn(5, 3, dtype=cr.float64)).dtype is cr.float64
    assert net.half().first.weight.dtype is cr.float16
    assert net.float().mask.dtype is cr.float32


def test_deep_copies_are_independent():
    net = Net()
    net(cr.randn(5, 3)).sum().backward()
    other = copy.deepcopy(net)
    assert [name for name, _ in other.named_parameters()] == [name for name, _ in net.named_parameters()]
    with cr.no_grad():
        other.scale.fill_(5)
    assert net.scale.item() == 1.0
    assert other.first.weight.grad is None
    assert isinstance(other.scale, nn.Parameter)


def test_deep_copies_keep_what_is_shared_shared():
    layer = nn.Linear(2, 2)
    other = copy.deepcopy(nn.Sequential(layer, layer))
    assert other[0] is other[1]


def test_modules_can_be_pickled():
    layer = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.1)).eval()
    other = pickle.loads(pickle.dumps(layer))
    assert repr(other) == repr(layer)
    assert not other[1].training
    x = cr.ones(1, 2)
    assert cr.equal(other(x), layer(x))


def test_an_error_in_forward_leaves_the_module_usable():
    net = Net()
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        net(cr.ones(2, 7))
    assert net(cr.randn(4, 3)).shape == (4, 2)
    assert net.norm.num_batches_tracked.item() == 1


# -- layers ---------------------------------------------------------------------------------------


def test_batch_norm_averages_all_batches_without_momentum():
    norm = nn.BatchNorm1d(1, momentum=None)
    batches = [np.arange(4.0).reshape(4, 1) * k for k in (1, 2, 3)]
    for batch in batches:
        norm(cr.tensor(batch, dtype=cr.float32))
    assert norm.running_mean.item() == pytest.approx(np.mean([b.mean() for b in batches]))
    assert norm.running_var.item() == pytest.approx(np.mean([b.var(ddof=1) for b in batches]), rel=1e-6)
    assert norm.num_batches_tracked.item() == 3


def test_batch_norm_refuses_a_batch_without_changing_its_statistics():
    norm = nn.BatchNorm1d(2)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
        norm(cr.ones(1, 2))
    assert norm.num_batches_tracked.item() == 0
    assert norm.running_mean.tolist() == [0.0, 0.0]


def test_dropout_scales_what_it_keeps():
    cr.manual_seed(0)
    x = cr.ones(10_000, requires_grad=True)
    y = nn.Dropout(0.25)(x)
    y.sum().backward()
    assert set(np.unique(y.detach().numpy()).tolist()) == {0.0, np.float32(4 / 3).item()}
    assert 0.73 < (y.detach() != 0).float().mean().item() < 0.77
    assert cr.equal(x.grad, y.detach())


def test_dropout_follows_the_seed():
    x, layer = cr.ones(50), nn.Dropout()
    cr.manual_seed(3)
    first = layer(x)
    cr.manual_seed(3)
    assert cr.equal(layer(x), first)


def test_dropout_in_place_and_off():
    x = cr.ones(5)
    assert nn.Dropout(0.9).eval()(x) is x
    assert nn.Dropout(1.0, inplace=True)(x) is x
    assert x.tolist() == [0.0] * 5


def test_embedding_of_given_vectors_is_not_trained():
    table = cr.eye(3)
    layer = nn.Embedding.from_pretrained(table, padding_idx=0)
    assert not layer.weight.requires_grad
    assert layer(cr.tensor([2])).tolist() == [[0.0, 0.0, 1.0]]
    assert layer.padding_idx == 0
    with pytest.raises(AssertionError, match="Embeddings parameter is expected to be 2-dimensional"):
        nn.Embedding.from_pretrained(cr.ones(3))


def test_embedding_refuses_sparse_gradients():
    with pytest.raises(RuntimeError, match="chainrule has no sparse tensors"):
        nn.Embedding(3, 2, sparse=True)(cr.tensor([1]))


def test_a_new_embedding_has_zeros_at_the_padding():
    assert nn.Embedding(3, 2, padding_idx=-1).weight[2].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("layer", [nn.Linear(25, 7), nn.Bilinear(25, 3, 4)], ids=["Linear", "Bilinear"])
def test_weights_start_uniform_within_the_root_of_the_inputs(layer):
    weight = layer.weight.detach().numpy()
    assert np.abs(weight).max() <= 0.2
    assert np.abs(weight).max() > 0.15
    assert np.abs(layer.bias.detach().numpy()).max() <= 0.2
