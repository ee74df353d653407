//! Tables of the study and their columns, for the reference page and for the test that holds them to it.

/// A table: its name, what a row is, and its columns with what they hold.
pub type Documented = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const BANDS: &str =
    "the columns of `days` and `end` of [simulate-columns.md](simulate-columns.md), one band a row";

/// Every table that the study writes.
pub const TABLES: [Documented; 14] = [
    (
        "numbers",
        "number",
        &[
            ("number", "its permanent name, such as `equal.3x.exits`"),
            ("unit", "`count`, `money` (yuan), `points`, `ppm`, `price` (yuan a point), `name`"),
            ("found", "what the engine came to, exactly"),
            ("compared_with", "a closed form or the advert's own arithmetic; empty: nothing"),
            ("zh", "what it is, in Chinese"),
            ("en", "what it is, in English"),
        ],
    ),
    (
        "price-curve",
        "point of the curve",
        &[
            ("orders", "equal orders so far"),
            ("pool", "fen in the pool"),
            ("supply", "points, in 10⁻¹² of a point"),
            ("price", "millionths of a fen for one point"),
            ("first_value", "what the first buyer's points are worth, in fen, no fee taken off"),
            ("newest_net", "what the newest buyer would get for its points at once, in fen"),
            ("doubling_ppm", "price over that at half of the orders, in ppm; empty: not on the curve"),
        ],
    ),
    (
        "break-even",
        "buyer followed",
        &[
            ("buyer", "its place in line"),
            ("points", "its points, in 10⁻¹² of a point"),
            ("paper_1x", "order at which they are worth what it spent; empty: not within the run"),
            ("paper_2x", "twice"),
            ("paper_3x", "three times"),
            ("net_1x", "order at which they would bring what it spent, net of the fee"),
        ],
    ),
    (
        "exits",
        "exit",
        &[
            ("multiple", "the exit multiple of the run"),
            ("buyer", "its place in line"),
            ("orders", "orders at its exit"),
            ("net", "paid to it, in fen"),
        ],
    ),
    (
        "reached",
        "exit multiple and number of buyers",
        &[
            ("multiple", "the exit multiple of the run"),
            ("buyers", "buyers so far"),
            ("exits", "exits so far"),
            ("cash_1x", "members with their spending in cash"),
            ("cash_2x", "with twice"),
            ("cash_3x", "with three times"),
            ("whole", "with cash and points, net, of at least their spending"),
            ("median_ppm", "what the member in the middle has of its spending"),
            ("mean_ppm", "mean of members' outcomes"),
        ],
    ),
    (
        "churn",
        "hundred leavers",
        &[("leavers", "leavers so far"), ("net_average", "what the last hundred got on average, in fen")],
    ),
    (
        "release",
        "day",
        &[
            ("day", "from 1"),
            ("remaining_of_original", "hundredths of a point left, 3 ‰ of the original"),
            ("money_of_original", "fen of the day"),
            ("remaining_of_rest", "hundredths of a point left, 3 ‰ of what remains"),
            ("money_of_rest", "fen of the day"),
        ],
    ),
    (
        "emission",
        "year",
        &[
            ("year", "from 1"),
            ("issued", "whole points of the year"),
            ("issued_in_all", "whole points so far"),
        ],
    ),
    (
        "rules",
        "rule that refuses the plan",
        &[("rule", "its id"), ("source", "law and article"), ("zh", "in Chinese"), ("en", "in English")],
    ),
    ("people-days", BANDS, &[]),
    ("people-end", BANDS, &[]),
    ("bonuses-days", BANDS, &[]),
    ("bonuses-end", BANDS, &[]),
    (
        "people-cohorts",
        "variant and joining month, of the first run",
        &[
            ("variant", "`growth`, `stop`, `panic`, `panic-funded`"),
            ("joined", "month"),
            ("members", "members"),
            ("spent", "fen"),
            ("cash", "fen received"),
            ("held", "fen for all points, net"),
            ("recovered", "members with their money back in cash"),
            ("median_ppm", "what the member in the middle has of its spending"),
        ],
    ),
];
