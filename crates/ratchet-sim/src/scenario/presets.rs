//! Plans that command line, lab and server know by name, and scenarios: those that come with Ratchet.

/// Name and text of each plan in the folder `plans/`, the advert's first.
pub const PRESETS: [(&str, &str); 10] = [
    ("value-growth", include_str!("../../../../plans/value-growth.toml")),
    ("value-growth-2x", include_str!("../../../../plans/value-growth-2x.toml")),
    ("value-growth-hardened", include_str!("../../../../plans/value-growth-hardened.toml")),
    ("shared-purchase", include_str!("../../../../plans/shared-purchase.toml")),
    ("distribution-mall", include_str!("../../../../plans/distribution-mall.toml")),
    ("loyalty-fixed", include_str!("../../../../plans/loyalty-fixed.toml")),
    ("inventory-clearance", include_str!("../../../../plans/inventory-clearance.toml")),
    ("legacy-conversion", include_str!("../../../../plans/legacy-conversion.toml")),
    ("rebate-no-referral", include_str!("../../../../plans/rebate-no-referral.toml")),
    ("starter", include_str!("../../../../plans/starter.toml")),
];

/// Name and text of each scenario.
pub const SCENARIOS: [(&str, &str); 12] = [
    ("advert", include_str!("../../../../scenarios/advert.toml")),
    ("advert-bonuses", include_str!("../../../../scenarios/advert-bonuses.toml")),
    ("carry-on", include_str!("../../../../scenarios/carry-on.toml")),
    ("growth-then-stop", include_str!("../../../../scenarios/growth-then-stop.toml")),
    ("herd", include_str!("../../../../scenarios/herd.toml")),
    ("operator-failure", include_str!("../../../../scenarios/operator-failure.toml")),
    ("orderly-end", include_str!("../../../../scenarios/orderly-end.toml")),
    ("panic", include_str!("../../../../scenarios/panic.toml")),
    ("referral-tree", include_str!("../../../../scenarios/referral-tree.toml")),
    ("shared-purchase-daily", include_str!("../../../../scenarios/shared-purchase-daily.toml")),
    ("steady", include_str!("../../../../scenarios/steady.toml")),
    ("wash-orders", include_str!("../../../../scenarios/wash-orders.toml")),
];
