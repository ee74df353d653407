#!/usr/bin/env python3
"""Reads a Ratchet journal, in either form, with nothing but Python (3.9 or later).

    read_journal.py JOURNAL [--print FROM [TO]]

It checks the hash chain and, in the binary form, the tree over the entries; it adds up every account from the postings,
none of which may be below zero that must not be; and it compares the sums with the closing record. With --print it prints
the entries from FROM to TO. It stops at the first thing that does not fit, says what, and ends with exit code 1. It does
not decide anything again: that is `ratchet verify`. The form is described in journal.md beside this file.
"""

import hashlib
import json
import os
import sys
import uuid

MAGIC = b"ratchet journal\n"
UNITS = (1, 1_000, 1_000_000, 86_400_000_000)  # of a time: microsecond, millisecond, second, day


class Wrong(Exception):
    pass


def expect(fits, what):
    if not fits:
        raise Wrong(what)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def varint_bytes(number):
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def signed(number):
    return number >> 1 if number & 1 == 0 else -(number >> 1) - 1


class Bytes:
    """The bytes of one entry, and what has been said in it so far."""

    def __init__(self, data, schema):
        self.data, self.at, self.schema = data, 0, schema
        self.time_base, self.last, self.amounts, self.ids, self.first_id = 0, {}, [], [], None

    def take(self, count):
        expect(0 <= count <= len(self.data) - self.at, "it ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if byte < 128:
                expect(byte or not shift, "a number is not in its shortest form")
                return number
            shift += 7
            expect(shift < 133, "a number is too long")

    def time(self):
        said = self.varint()
        return self.time_base + signed(said >> 2) * UNITS[said & 3]

    def amount(self):
        said = self.varint()
        if said & 1:
            expect(said >> 1 < min(32, len(self.amounts)), "it refers to an amount that was not said")
            return self.amounts[-1 - (said >> 1)]
        if said >> 1 >= 64:
            self.amounts.append(said >> 1)
        return said >> 1

    def id(self):
        said = self.varint()
        if said & 1:
            expect(said >> 1 < min(16, len(self.ids)), "it refers to an id that was not said")
            return self.ids[-1 - (said >> 1)]
        text = self.take(said >> 1).decode() if said else str(uuid.UUID(bytes=self.take(16)))
        self.first_id = self.first_id or text
        self.ids.append(text)
        return text

    def number(self, name):
        self.last[name] = self.last.get(name, 0) + signed(self.varint())
        expect(self.last[name] >= 0, "a number is below zero")
        return self.last[name]

    def value(self, kind):
        """A value of a kind of the description."""
        if isinstance(kind, list):
            if kind[0] == "tuple":
                return [self.value(of) for of in kind[1:]]
            if kind[0] == "option":
                return self.value(kind[1]) if self.take(1)[0] else None
            return [self.value(kind[1]) for _ in range(self.varint())]
        if kind.startswith("number:"):
            return self.number(kind[7:])
        if kind.startswith("type:"):
            return self.type(kind[5:])
        if kind in ("money", "points"):
            return self.amount()
        if kind == "text":
            return self.take(self.varint()).decode()
        if kind == "flag":
            return self.take(1)[0] == 1
        if kind == "hash":
            return self.take(32).hex()
        return {"unsigned": self.varint, "signed": lambda: signed(self.varint()), "time": self.time, "id": self.id}[kind]()

    def absent(self, kind):
        """What a field is that is left out."""
        if isinstance(kind, list):
            expect(kind[0] != "tuple", "a field that must be there is missing")
            return None if kind[0] == "option" else []
        if kind.startswith("number:"):
            return self.last.get(kind[7:], 0)
        if kind.startswith("type:"):
            return self.schema["types"][kind[5:]]["enum"][0][0]
        expect(kind not in ("id", "hash"), "a field that must be there is missing")
        return {"time": self.time_base, "flag": False, "text": ""}.get(kind, 0)

    def fields(self, fields):
        bits = int.from_bytes(self.take((len(fields) + 7) // 8), "little")
        values = {}
        for place, (name, kind) in enumerate(fields):
            if not bits >> place & 1:
                values[name] = self.absent(kind)
            elif kind == "flag":
                values[name] = True
            else:
                values[name] = self.value(kind[1] if kind[0] == "option" else kind)
        return values

    def type(self, name):
        form = self.schema["types"][name]
        if "struct" in form:
            return self.fields(form["struct"])
        tag = self.varint()
        expect(tag < len(form["enum"]), f"there is no {name} {tag}")
        name, holds = form["enum"][tag]
        value = self.value(holds["is"]) if "is" in holds else self.fields(holds["has"])
        return {name: value} if value != {} else name

    def entry(self):
        """Time, cause and steps; a step is its event and its postings."""
        self.time_base = at = self.time()
        cause = self.take(1)[0]
        if cause == 0:
            said = {"genesis": self.type("GenesisForm")}
        elif cause == 1:
            said = {"command": self.type("Command")}
            form = self.take(1)[0]
            if form & 8:
                said["happened_at"] = self.time()
            said["actor"] = "operator" if form & 4 else self.id()
            said["key"] = (self.id, lambda: "pay:" + self.first_id, lambda: "receive:" + self.first_id)[form & 3]()
        else:
            expect(cause == 2, f"there is no cause {cause}")
            said = {"due": self.type("DueKind")}
        steps = [(self.type("Event"), self.postings()) for _ in range(self.varint())]
        expect(self.at == len(self.data), "something follows its end")
        return at, said, steps

    def postings(self):
        legs, last, sums = [], {}, {}
        for place in range(self.varint()):
            said = self.varint()
            expect(said >> 1 < len(self.schema["accounts"]), f"there is no account {said >> 1}")
            name, asset, owner, _ = self.schema["accounts"][said >> 1]
            of = 0 if not owner else self.varint() if owner == "fund" else self.number(owner)
            legs.append((name, asset, of, -1 if said & 1 else 1))
            last[asset] = place
        postings = []
        for place, (name, asset, of, sign) in enumerate(legs):
            amount = -sums.get(asset, 0) if last[asset] == place else sign * self.amount()
            sums[asset] = sums.get(asset, 0) + amount
            postings.append((name, of, amount))
        return postings


class Journal:
    """What all entries so far come to."""

    def __init__(self, print_from, print_to):
        self.print_from, self.print_to = print_from, print_to
        self.previous, self.entries, self.at, self.accounts = bytes(32), 0, "", {}
        self.balances, self.tree, self.schema, self.closing = {}, [], None, None

    def describe(self, schema):
        self.schema = schema
        self.accounts = {name: (asset, side) for name, asset, _, side in schema["accounts"]}

    def entry(self, seq, at, said, steps):
        expect(seq == self.entries, f"entry {self.entries} is expected here, not {seq}")
        self.entries += 1
        for event, postings in steps:
            sums = {}
            for name, of, amount in postings:
                expect(name in self.accounts, f"there is no account {name}")
                asset, side = self.accounts[name]
                balance = self.balances[name, of] = self.balances.get((name, of), 0) + amount
                sums[asset] = sums.get(asset, 0) + amount
                below = balance < 0 if side == "credit" else balance > 0 and side == "debit"
                expect(not below, f"account {name} {of} is on its wrong side: {balance}")
            expect(not any(sums.values()), f"the postings of {event} do not sum to zero")
            if event == "units_split":
                for (name, of), balance in self.balances.items():
                    if self.accounts[name][0] == "points":
                        self.balances[name, of] = balance * 1_000
        if self.print_from <= seq <= self.print_to:
            print(json.dumps({"seq": seq, "at": at, **said, "steps": steps}, ensure_ascii=False))

    def grow(self, leaf):
        """The tree of RFC 9162: roots of full subtrees with their sizes."""
        size = 1
        while self.tree and self.tree[-1][0] == size:
            leaf, size = sha(b"\1", self.tree.pop()[1], leaf), size * 2
        self.tree.append((size, leaf))

    def root(self):
        if not self.tree:
            return sha()
        node = self.tree[-1][1]
        for _, left in reversed(self.tree[:-1]):
            node = sha(b"\1", left, node)
        return node

    def totals(self):
        totals = {}
        for (name, _), balance in self.balances.items():
            totals[name] = totals.get(name, 0) + balance
        return {name: str(total) for name, total in totals.items() if total}

    def record(self, content):
        if content[:1] == b"{":
            said = json.loads(content)
            if "closing" not in said:
                return self.describe(said)
            self.closing = said["closing"]
            expect(self.closing["entries"] == self.entries, "the closing record names another number of entries")
            expect(self.closing["head"] == self.previous.hex(), "the closing record names another head")
            expect(self.closing["root"] == self.root().hex(), "the closing record names another root")
            return expect(self.closing["totals"] == self.totals(), f"the accounts add up to {self.totals()}")
        expect(self.schema is not None, "the first record must be the description of the types")
        head = Bytes(content, self.schema)
        form, rules, first, count = head.varint(), head.varint(), head.varint(), head.varint()
        expect(form == self.schema["format"], f"its format is {form}, the description is of {self.schema['format']}")
        expect(0 < count <= 65_536, f"a batch has 1 to 65,536 entries, not {count}")
        places = []
        for seq in range(first, first + count):
            if seq > first and (seq - first) % 64 == 0:
                places.append(head.at)
            data = head.take(head.varint())
            self.grow(sha(b"\0", varint_bytes(form), varint_bytes(rules), varint_bytes(seq), data))
            try:
                self.entry(seq, *Bytes(data, self.schema).entry())
            except (Wrong, LookupError, ValueError, TypeError) as wrong:
                raise Wrong(f"entry {seq}: {wrong}") from None
        index = b"".join(place.to_bytes(4, "little") for place in places)
        expect(content[head.at:] == index, "its index does not say where its entries begin")

    def records(self, file):
        """The binary form: a length, so many bytes, and their hash in the chain, over and over."""
        number = 0
        while True:
            length = file.read(8)
            if not length:
                return expect(self.closing, "the closing record is missing: the journal was cut off")
            number += 1
            try:
                expect(not self.closing, "a record follows the closing one")
                content = file.read(int.from_bytes(length, "little"))
                found, computed = file.read(32), sha(self.previous, content)
                expect(len(length) == 8 and found == computed, "its hash does not fit")
                self.record(content)
                self.previous = computed
            except (Wrong, ValueError) as wrong:
                raise Wrong(f"record {number}: {wrong}") from None

    def lines(self, file):
        """The text form: {"hash":"…","body":…} over and over."""
        for number, line in enumerate(file, 1):
            try:
                line = line.rstrip(b"\r\n")
                shape = line[:9] == b'{"hash":"' and line[73:82] == b'","body":' and line[-1:] == b"}"
                expect(shape, "it is no line of a journal")
                body = line[82:-1]
                self.previous = sha(self.previous, body)
                expect(line[9:73] == self.previous.hex().encode(), "its hash does not fit")
                body = json.loads(body)
                steps = []
                for step in body["steps"]:
                    postings = [(name, of, int(amount)) for name, of, amount in step["postings"]]
                    event = step["event"]
                    steps.append((event["type"] if len(event) == 1 else event, postings))
                seq, at = body.pop("seq"), body.pop("at")
                del body["steps"]
                self.entry(seq, at, body, steps)
            except (Wrong, LookupError, ValueError, TypeError) as wrong:
                raise Wrong(f"line {number}: {wrong}") from None
        expect(self.entries, "the journal is empty")


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    first = int(arguments[2]) if arguments[1:2] == ["--print"] else 1
    last = int(arguments[3]) if len(arguments) > 3 else first if arguments[1:] else 0
    journal = Journal(first, last)
    try:
        with open(arguments[0], "rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                journal.records(file)
            else:
                # The text form does not describe its accounts: they stand beside this file.
                beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "journal-schema.json")
                with open(beside, encoding="utf-8") as schema:
                    journal.describe(json.load(schema))
                file.seek(0)
                journal.lines(file)
    except Wrong as wrong:
        print(f"{arguments[0]}: {wrong}")
        return 1
    print(f"{arguments[0]}: {journal.entries} entries fit; head {journal.previous.hex()}")
    for name, total in sorted(journal.totals().items()):
        print(f"  {name} {total}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
