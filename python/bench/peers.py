"""The same toy programme in peers and in Ratchet, in one run, with ratios: ``python peers.py BINARY [--members N] [--slow]``.

N members place one order each, in order, over 100 days. An order's amount enters the pool; its buyer gets points worth 30 % of it at the
price before. Whoever's points have reached three times what was spent is sold out; 80 % of their worth leaves the pool. After each order
this is repeated until nobody is past the cap. Amounts are 10.00 to 199.99, the same in every model; the pool opens with 10,000.00 and 10,000 points.

What differs, and is said in the table: floats or exact integers; whether the result is right; whether anything beside pool and queue is kept.
An *event* is an order or an exit. The others are compared with the engine of the binary (``ratchet bench --only toy``).
Setting up agents, compiling (numba) and writing the order file are not counted.

With ``--slow`` the peers that take minutes run too, on a tenth of the members where a row says so.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy

DAYS = 100
SHARE, MULTIPLE, PAID = 0.3, 3.0, 0.8
OPENING = 10_000.0

PLAN = Path(__file__).with_name("toy.toml")


class Result(NamedTuple):
    """What a model came to."""

    seconds: float
    exits: int
    price: float


def amounts(members: int) -> numpy.ndarray[Any, Any]:
    """Cents of each order, the same for everybody: a multiplicative hash of its number (`toy` in crates/ratchet/src/bench.rs)."""
    spread = numpy.arange(members, dtype=numpy.uint64) * numpy.uint64(2_654_435_761) % numpy.uint64(1 << 32)
    return (1_000 + (spread * numpy.uint64(19_000) >> numpy.uint64(32))).astype(numpy.int64)


def python_heap(cents: numpy.ndarray[Any, Any]) -> Result:
    """A loop with the standard library's heap."""
    orders = (cents / 100).tolist()
    began = time.perf_counter()
    pool = supply = OPENING
    heap: list[tuple[float, float]] = []
    exits = 0
    for amount in orders:
        points = SHARE * amount * supply / pool
        pool += amount
        supply += points
        heapq.heappush(heap, (MULTIPLE * amount / points, points))
        while heap and heap[0][0] * supply <= pool:
            _, points = heapq.heappop(heap)
            pool -= PAID * points * pool / supply
            supply -= points
            exits += 1
    return Result(time.perf_counter() - began, exits, pool / supply)


def numpy_days(cents: numpy.ndarray[Any, Any]) -> Result:
    """Whole days at once, at the price of the morning: another result."""
    orders = numpy.array_split(cents / 100, DAYS)
    began = time.perf_counter()
    pool = supply = OPENING
    triggers, held = numpy.empty(0), numpy.empty(0)
    exits = 0
    for day in orders:
        points = SHARE * day * supply / pool
        pool += day.sum()
        supply += points.sum()
        triggers, held = numpy.append(triggers, MULTIPLE * day / points), numpy.append(held, points)
        while (past := triggers * supply <= pool).any():
            gone = held[past].sum()
            pool -= PAID * gone * pool / supply
            supply -= gone
            exits += int(past.sum())
            triggers, held = triggers[~past], held[~past]
    return Result(time.perf_counter() - began, exits, pool / supply)


def numba_loop(cents: numpy.ndarray[Any, Any]) -> Result:
    """A compiled loop over floats with a binary heap in two arrays."""
    import numba

    @numba.njit(cache=False)
    def loop(orders: Any) -> Any:
        pool = supply = OPENING
        keys, values = numpy.empty(orders.size), numpy.empty(orders.size)
        size = exits = 0
        for amount in orders:
            points = SHARE * amount * supply / pool
            pool += amount
            supply += points
            key, place = MULTIPLE * amount / points, size
            size += 1
            while place > 0:
                parent = (place - 1) // 2
                if keys[parent] <= key:
                    break
                keys[place], values[place] = keys[parent], values[parent]
                place = parent
            keys[place], values[place] = key, points
            while size > 0 and keys[0] * supply <= pool:
                points = values[0]
                size -= 1
                key, value, place = keys[size], values[size], 0
                while True:
                    child = 2 * place + 1
                    if child >= size:
                        break
                    if child + 1 < size and keys[child + 1] < keys[child]:
                        child += 1
                    if key <= keys[child]:
                        break
                    keys[place], values[place] = keys[child], values[child]
                    place = child
                keys[place], values[place] = key, value
                pool -= PAID * points * pool / supply
                supply -= points
                exits += 1
        return exits, pool / supply

    orders = cents / 100
    loop(orders[:10])
    began = time.perf_counter()
    exits, price = loop(orders)
    return Result(time.perf_counter() - began, int(exits), float(price))


def mesa(every_agent: bool) -> Callable[[numpy.ndarray[Any, Any]], Result]:
    """Agents that are asked each day whether it is their day, or only those whose day it is."""

    def run(cents: numpy.ndarray[Any, Any]) -> Result:
        from mesa import Agent, Model
        from mesa.agent import AgentSet

        class Buyer(Agent):  # type: ignore[misc]
            def __init__(self, model: Any, amount: float, day: int) -> None:
                super().__init__(model)
                self.amount, self.day = amount, day

            def step(self) -> None:
                if self.day == self.model.day:
                    self.buy()

            def buy(self) -> None:
                model = self.model
                points = SHARE * self.amount * model.supply / model.pool
                model.pool += self.amount
                model.supply += points
                heapq.heappush(model.heap, (MULTIPLE * self.amount / points, points))
                while model.heap and model.heap[0][0] * model.supply <= model.pool:
                    _, points = heapq.heappop(model.heap)
                    model.pool -= PAID * points * model.pool / model.supply
                    model.supply -= points
                    model.exits += 1

        class Programme(Model):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__(seed=1)
                self.pool = self.supply = OPENING
                self.heap: list[tuple[float, float]] = []
                self.exits = self.day = 0

        model = Programme()
        days = numpy.array_split(cents / 100, DAYS)
        buyers = [[Buyer(model, float(amount), day) for amount in of] for day, of in enumerate(days)]
        sets = [AgentSet(of, random=model.random) for of in buyers]
        began = time.perf_counter()
        for day in range(DAYS):
            model.day = day
            if every_agent:
                model.agents.do("step")
            else:
                sets[day].do("buy")
        return Result(time.perf_counter() - began, model.exits, model.pool / model.supply)

    return run


def radcad(deepcopy: bool, keeps_members: bool = False) -> Callable[[numpy.ndarray[Any, Any]], Result]:
    """One block a day; the state holds pool, supply and the queue, and what each member spent and holds where members are kept.

    Without deep copies a policy may not change the state that it is given: it copies what it changes.
    """

    def run(cents: numpy.ndarray[Any, Any]) -> Result:
        from radcad import Engine, Experiment, Model, Simulation
        from radcad.engine import Backend

        days = numpy.array_split(cents / 100, DAYS)

        def day(params: Any, substep: Any, history: Any, state: Any) -> dict[str, Any]:
            pool, supply, exits, heap = state["pool"], state["supply"], state["exits"], list(state["heap"])
            for amount in days[state["day"]]:
                points = SHARE * amount * supply / pool
                pool += amount
                supply += points
                heapq.heappush(heap, (MULTIPLE * amount / points, points))
                while heap and heap[0][0] * supply <= pool:
                    _, points = heapq.heappop(heap)
                    pool -= PAID * points * pool / supply
                    supply -= points
                    exits += 1
            return {"pool": pool, "supply": supply, "exits": exits, "heap": heap, "day": state["day"] + 1}

        def day_of_members(params: Any, substep: Any, history: Any, state: Any) -> dict[str, Any]:
            pool, supply, exits, heap = state["pool"], state["supply"], state["exits"], list(state["heap"])
            spent, held, member = state["spent"].copy(), state["held"].copy(), state["members"]
            for amount in days[state["day"]]:
                points = SHARE * amount * supply / pool
                pool += amount
                supply += points
                spent[member], held[member] = amount, points
                heapq.heappush(heap, (MULTIPLE * amount / points, member))
                member += 1
                while heap and heap[0][0] * supply <= pool:
                    _, out = heapq.heappop(heap)
                    pool -= PAID * held[out] * pool / supply
                    supply -= held[out]
                    held[out] = 0.0
                    exits += 1
            after = {"pool": pool, "supply": supply, "exits": exits, "heap": heap, "day": state["day"] + 1}
            return {**after, "spent": spent, "held": held, "members": member}

        def take(name: str) -> Callable[..., tuple[str, Any]]:
            return lambda params, substep, history, state, given: (name, given[name])

        first = {"pool": OPENING, "supply": OPENING, "exits": 0, "heap": [], "day": 0}
        if keeps_members:
            first |= {"spent": numpy.zeros(cents.size), "held": numpy.zeros(cents.size), "members": 0}
        policy = day_of_members if keeps_members else day
        blocks = [{"policies": {"day": policy}, "variables": {name: take(name) for name in first}}]
        simulation = Simulation(Model(initial_state=first, state_update_blocks=blocks), timesteps=DAYS, runs=1)
        experiment = Experiment([simulation])
        experiment.engine = Engine(backend=Backend.SINGLE_PROCESS, deepcopy=deepcopy, drop_substeps=True)
        began = time.perf_counter()
        last = experiment.run()[-1]
        return Result(time.perf_counter() - began, last["exits"], float(last["pool"] / last["supply"]))

    return run


def order_file(cents: numpy.ndarray[Any, Any]) -> bytes:
    """The orders as Ratchet reads them."""
    per_day = -(-cents.size // DAYS)
    lines = ["order_id,member_id,ordered_at,amount"]
    for number, amount in enumerate(cents.tolist()):
        day = number // per_day
        lines.append(f"o{number},m{number},2026-{1 + day // 28:02}-{1 + day % 28:02},{amount // 100}.{amount % 100:02}")
    return ("\n".join(lines) + "\n").encode()


def ratchet_module(cents: numpy.ndarray[Any, Any]) -> Result:
    """The engine out of Python: the time in which orders are read and run, until the last has settled."""
    return _ratchet(cents)[0]


def ratchet_backtest(cents: numpy.ndarray[Any, Any]) -> Result:
    """The same with everything around it: disclosure, invariants, digest, tables."""
    return _ratchet(cents)[1]


def _ratchet(cents: numpy.ndarray[Any, Any]) -> tuple[Result, Result]:
    import ratchet

    orders = order_file(cents)
    began = time.perf_counter()
    done = ratchet.backtest(PLAN, orders, prices=False, progress=False)
    whole = time.perf_counter() - began
    exits, price = done.summary["exits"], float(done.summary["price"])
    return Result(done.seconds, exits, price), Result(whole, exits, price)


class Peer(NamedTuple):
    """A row of the table."""

    name: str
    remark: str
    run: Callable[[numpy.ndarray[Any, Any]], Result]
    is_slow: bool = False
    part: int = 1


PEERS = [
    Peer("numba loop", "floats, nothing kept", numba_loop),
    Peer("numpy by days", "floats, wrong result", numpy_days),
    Peer("Python loop, heapq", "floats, nothing kept", python_heap),
    Peer("Mesa, the day's agents", "floats", mesa(False)),
    Peer("Mesa, every agent every day", "floats", mesa(True)),
    Peer("radCAD without deep copies", "floats; pool and queue", radcad(False)),
    Peer("radCAD without deep copies, members kept", "floats; members too", radcad(False, keeps_members=True)),
    Peer("radCAD with deep copies", "floats", radcad(True), is_slow=True, part=10),
    Peer("Ratchet, engine in the Python module", "exact; ledger, keys, orders, members", ratchet_module),
    Peer("Ratchet, whole backtest in the Python module", "exact; file to disclosure and digest", ratchet_backtest),
]


def bench(binary: Path, only: str, members: int) -> list[dict[str, Any]]:
    """Rows of `ratchet bench` for so many members."""
    sizes = ["--from", str(members), "--members", str(members)]
    shown = subprocess.run([str(binary), "bench", "--only", only, *sizes, "--json"], check=True, capture_output=True)
    return [row for row in json.loads(shown.stdout)["rows"] if row["size"] == members]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--members", type=int, default=100_000)
    arguments.add_argument("--repeat", type=int, default=9, help="of the fastest; of others fewer; the median is shown")
    arguments.add_argument("--slow", action="store_true")
    arguments.add_argument("binary", type=Path, help="the ratchet binary, whose engine is the one that others are compared with")
    given = arguments.parse_args()
    if given.members < 10_000:
        arguments.error("--members: at least 10,000, as `ratchet bench` measures")
    cents = amounts(given.members)
    rows: list[tuple[str, str, float, str]] = []
    results: dict[str, list[Result]] = {}
    peers = [peer for peer in PEERS if given.slow or not peer.is_slow]
    toys: list[dict[str, Any]] = []
    # In turns, so that a busy minute does not hit one of them alone.
    for turn in range(given.repeat):
        toys += bench(given.binary, "toy", given.members)
        for peer in peers:
            seconds = results[peer.name][0].seconds if turn else 0
            if turn < (1 if peer.is_slow or seconds > 2 else 3 if seconds > 0.3 else given.repeat):
                results.setdefault(peer.name, []).append(peer.run(cents[: cents.size // peer.part]))
    for peer in peers:
        result = sorted(results[peer.name])[len(results[peer.name]) // 2]
        events = (cents.size // peer.part + result.exits) / result.seconds
        found = f"{result.exits:,} exits, price {result.price:.4f}" + (f", 1/{peer.part} of the members" if peer.part > 1 else "")
        rows.append((peer.name, f"{peer.remark}; {found}", events, f"{len(results[peer.name])}"))
    toy = sorted(toys, key=lambda row: int(row["per_second"]))[len(toys) // 2]
    # Each order is paid and received, and settles with the second: two commands of the journal. Small programmes run several times.
    exits = results["Ratchet, engine in the Python module"][0].exits
    if toy["operations"] % (2 * given.members + exits) or not toy["note"].startswith(f"{exits} exits"):
        raise SystemExit(f"the binary counts {toy['note']}, the Python module {exits} exits: they did not run the same orders")
    ours = (given.members + exits) * float(toy["per_second"]) / (2 * given.members + exits)
    what = f"exact; ledger, keys, orders, members; {toy['note']}; in commands and exits {int(toy['per_second']):,}/s"
    rows.append(("Ratchet, engine", what, ours, f"{len(toys)}"))
    for row in bench(given.binary, "core", given.members):
        what = f"exact integers, pool and queue alone; `ratchet bench`'s own orders; {row['note']}"
        rows.append((f"Ratchet, {row['name']}", what, float(row["per_second"]), "1"))
    print(f"{given.members:,} members, one order each, {os.cpu_count()} cores, one used; Python {sys.version.split()[0]}\n")
    print("| model | events/s | the engine is so many times as fast | runs | what it is |\n|---|---|---|---|---|")
    for name, what, events, runs in sorted(rows, key=lambda row: -row[2]):
        print(f"| {name} | {events:,.0f} | {ours / events:.3g} | {runs} | {what} |")


if __name__ == "__main__":
    main()
