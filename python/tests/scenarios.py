"""Small scenarios that several tests run."""

SWEEP = """
[scenario]
name = { zh = "小", en = "Small" }
plan = ["value-growth", "value-growth-2x"]
days = 40
runs = 3

[arrival]
daily = 3

[spending.lognormal]
median = "118.00"

[repeat]
again = "60%"

[selling.never]
weight = 50

[selling.random]
weight = 50
daily = "2%"

[study]
runs = 2

[study.parameters]
"selling.random.weight" = [0, 100]
"plan.pool.retention" = ["0%", "20%"]
"""

COMPARED = SWEEP.split("[study]", maxsplit=1)[0]
LONGER = COMPARED.replace("days = 40", "days = 120").replace("daily = 3", "daily = 10")
TINY = COMPARED.replace(', "value-growth-2x"', "").replace("days = 40", "days = 4")
