//! Plans that a scenario may name without a file: those that come with Ratchet.

/// Name and text of each.
pub const PRESETS: [(&str, &str); 8] = [
    ("value-growth", include_str!("../../../../plans/value-growth.toml")),
    ("value-growth-2x", include_str!("../../../../plans/value-growth-2x.toml")),
    ("value-growth-hardened", include_str!("../../../../plans/value-growth-hardened.toml")),
    ("shared-purchase", include_str!("../../../../plans/shared-purchase.toml")),
    ("distribution-mall", include_str!("../../../../plans/distribution-mall.toml")),
    ("inventory-clearance", include_str!("../../../../plans/inventory-clearance.toml")),
    ("rebate-no-referral", include_str!("../../../../plans/rebate-no-referral.toml")),
    ("starter", include_str!("../../../../plans/starter.toml")),
];
