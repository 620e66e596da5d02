"""Writes a dependency graph with preferential attachment: N nodes, three suppliers each, two of three needed.

Usage: graph.py NODES CREWS OUT.json   (CREWS 0 for none)
"""
import json
import random
import sys


def main():
    count, crews, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    draw = random.Random(20261122)
    ends, nodes = [0, 1, 2], []
    for number in range(count):
        node = {"id": f"n{number}", "restart": {"p50": "30m", "p90": "2h"}, "repair_time": {"p50": "4h", "p90": "12h"}}
        if crews:
            node["crew"] = f"crew{number % crews}"
        if number >= 3:
            suppliers = []
            while len(suppliers) < 3:
                # One in fifty leads forward, so that there are cycles.
                forward = draw.random() < 0.02
                other = draw.randrange(count) if forward else draw.choice(ends)
                if other != number and other not in suppliers:
                    suppliers.append(other)
            edges = [{"node": f"n{s}", "buffer": "1h"} if draw.random() < 0.3 else f"n{s}" for s in suppliers]
            node["run"] = {"k_of_n": 2, "of": edges}
            ends.extend(suppliers)
            ends.append(number)
        nodes.append(node)
    model = {"schema": "shinayaka.cascade/1", "nodes": nodes}
    if crews:
        model["crews"] = [{"id": f"crew{number}", "size": 5} for number in range(crews)]
    with open(out, "w") as file:
        json.dump(model, file)


main()
