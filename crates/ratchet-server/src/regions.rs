//! Provinces, cities and districts by their codes (GB/T 2260), from `regions.csv`.

use std::sync::LazyLock;

/// Code and name, by code.
static REGIONS: LazyLock<Vec<(&'static str, &'static str)>> =
    LazyLock::new(|| include_str!("regions.csv").lines().filter_map(|line| line.split_once(',')).collect());

/// The regions right below one, or all provinces.
pub(crate) fn below(parent: Option<&str>) -> impl Iterator<Item = (&'static str, &'static str)> {
    let parent = parent.map(str::to_owned);
    REGIONS.iter().copied().filter(move |(code, _)| parent_of(code) == parent)
}

/// What a district is called with its province and city, once where two are called the same; `None` for what is no district.
pub(crate) fn name_of(district: &str) -> Option<String> {
    let name = name(district)?;
    let city = parent_of(district).filter(|city| !city.ends_with("0000"))?;
    let province = parent_of(&city)?;
    let mut parts = vec![self::name(&province)?, self::name(&city)?, name];
    parts.dedup();
    Some(parts.concat())
}

/// What a district, a city or a province is called with what it lies in, once where two are called the same; of a code that the
/// table lacks the part that it has.
pub(crate) fn full_name(code: &str) -> String {
    let city = parent_of(code);
    let province = city.as_deref().and_then(parent_of);
    let around = [province.as_deref(), city.as_deref(), Some(code)];
    let mut parts: Vec<&str> = around.into_iter().flatten().filter_map(name).collect();
    parts.dedup();
    parts.concat()
}

fn name(code: &str) -> Option<&'static str> {
    let at = REGIONS.binary_search_by_key(&code, |(code, _)| code).ok()?;
    REGIONS.get(at).map(|(_, name)| *name)
}

/// The city of a district, the province of a city.
fn parent_of(code: &str) -> Option<String> {
    match (code.get(..2)?, code.get(2..4)?, code.get(4..)?) {
        (_, "00", "00") => None,
        (province, _, "00") => Some(format!("{province}0000")),
        (province, city, _) => Some(format!("{province}{city}00")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_the_one_above_it() {
        assert!(REGIONS.is_sorted_by_key(|(code, _)| *code), "found by halving");
        assert_eq!(below(None).count(), 34);
        for (code, _) in REGIONS.iter() {
            assert!(ratchet_engine::region::Region::parse(code).is_some(), "{code}");
            let parent = parent_of(code);
            assert!(parent.is_none_or(|parent| name(&parent).is_some()), "{code}");
        }
    }

    #[test]
    fn a_territory_is_called_with_what_it_lies_in() {
        for (code, expected) in [
            ("330106", "浙江省杭州市西湖区"),
            ("330100", "浙江省杭州市"),
            ("330000", "浙江省"),
            ("110100", "北京市"),
        ] {
            assert_eq!(full_name(code), expected);
        }
    }

    #[test]
    fn a_district_is_called_with_what_it_lies_in() {
        assert_eq!(name_of("330106").as_deref(), Some("浙江省杭州市西湖区"));
        assert_eq!(name_of("110101").as_deref(), Some("北京市东城区"));
        for none in ["330100", "330000", "999999", "33010", ""] {
            assert_eq!(name_of(none), None, "{none}");
        }
        let cities: Vec<_> = below(Some("330000")).take(2).collect();
        assert_eq!(cities, [("330100", "杭州市"), ("330200", "宁波市")]);
    }
}
