"""Layout: boxes apart from each other, arrows downwards, for graphs of every form."""

import random
from itertools import combinations

import pytest

from chainrule.show.layout import COLUMN_GAP, place


def chain(n):
    return [(i, i + 1) for i in range(n - 1)]


def random_graph(n, reach, seed):
    source = random.Random(seed)
    return sorted({(source.randrange(max(0, i - reach), i), i) for i in range(1, n) for _ in range(2)})


def with_constants(n, arrows):
    """Add a box of its own for every second arrow's end."""
    ends = sorted({b for _, b in arrows})[::2]
    return n + len(ends), sorted([*arrows, *[(n + i, b) for i, b in enumerate(ends)]])


GRAPHS = {
    "one box": (1, []),
    "chain": (6, chain(6)),
    "fan": (9, [(i, 8) for i in range(8)]),
    "used by all": (12, [(0, i) for i in range(1, 12)] + chain(12)[1:]),
    "twice": (2, [(0, 1), (0, 1)]),
    "twice across a layer": (4, [(0, 1), (1, 2), (2, 3), (0, 3), (0, 3)]),
    "two parts": (6, [(0, 1), (1, 2), (3, 4), (4, 5)]),
    "apart": (3, []),
    "random": (60, random_graph(60, 10, 1)),
    "wide": (80, random_graph(80, 60, 2)),
    "chain with constants": with_constants(9, chain(9)),
    "three operands": (5, [(0, 1), (2, 4), (1, 4), (3, 4)]),
    "random with constants": with_constants(40, random_graph(40, 8, 3)),
    "wide with constants": with_constants(60, random_graph(60, 50, 4)),
}


def sizes_of(n):
    source = random.Random(n)
    return [(source.uniform(56, 220), source.uniform(30, 100)) for _ in range(n)]


@pytest.mark.parametrize("name", GRAPHS)
def test_boxes_do_not_overlap_and_lie_inside(name):
    n, arrows = GRAPHS[name]
    sizes = sizes_of(n)
    layout = place(sizes, arrows)
    for (x, y), (w, h) in zip(layout.centres, sizes, strict=True):
        assert x - w / 2 >= -0.1
        assert x + w / 2 <= layout.width + 0.1
        assert y - h / 2 >= -0.1
        assert y + h / 2 <= layout.height + 0.1
    for i, j in combinations(range(n), 2):
        (xi, yi), (xj, yj) = layout.centres[i], layout.centres[j]
        apart_x = abs(xi - xj) - (sizes[i][0] + sizes[j][0]) / 2
        apart_y = abs(yi - yj) - (sizes[i][1] + sizes[j][1]) / 2
        assert apart_x > COLUMN_GAP / 4 or apart_y > 0


@pytest.mark.parametrize("name", GRAPHS)
def test_arrows_run_down_from_box_to_box_and_through_no_other(name):
    n, arrows = GRAPHS[name]
    sizes = sizes_of(n)
    layout = place(sizes, arrows)
    assert len(layout.paths) == len(arrows)
    for (a, b), path in zip(arrows, layout.paths, strict=True):
        heights = [round(y, 6) for _, y in path]
        assert heights == sorted(heights)
        assert path[0] == (layout.centres[a][0], layout.centres[a][1] + sizes[a][1] / 2)
        assert path[-1][1] == pytest.approx(layout.centres[b][1] - sizes[b][1] / 2)
        assert abs(path[-1][0] - layout.centres[b][0]) < sizes[b][0] / 2
        for other in set(range(n)) - {a, b}:
            (x, y), (w, h) = layout.centres[other], sizes[other]
            assert not any(abs(px - x) < w / 2 and abs(py - y) < h / 2 for px, py in path)


def test_two_arrows_between_the_same_boxes_can_be_told_apart():
    for name in ("twice", "twice across a layer"):
        n, arrows = GRAPHS[name]
        paths = place(sizes_of(n), arrows).paths
        assert paths[-1] != paths[-2]


def test_a_chain_with_constants_runs_straight_down():
    n, arrows = with_constants(40, chain(40))
    layout = place([(80.0, 30.0)] * n, arrows)
    assert len({round(layout.centres[i][0], 6) for i in range(1, 40)}) == 1
    assert layout.width < 400


def test_operands_of_one_box_stand_in_their_order():
    n, arrows = GRAPHS["three operands"]
    layout = place(sizes_of(n), arrows)
    assert layout.centres[2][0] < layout.centres[1][0] < layout.centres[3][0]


def test_the_same_graph_is_laid_out_the_same_way():
    n, arrows = GRAPHS["random"]
    assert place(sizes_of(n), arrows) == place(sizes_of(n), arrows)


def test_a_long_chain_does_not_recurse_too_deeply():
    layout = place([(60.0, 30.0)] * 1500, chain(1500))
    assert layout.centres[0][1] < layout.centres[-1][1]
