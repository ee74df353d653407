//! Regions by their GB/T 2260 code, and the table of those that exist (COMM-4a).
//!
//! A code is `pp0000` (province), `ppcc00` (city) or `ppccdd` (district). What encloses a code follows from its
//! form alone, so that an address in a zone or town that no official list has still belongs to its city and
//! province, which must be one of the 34. Who is appointed for a territory needs the table: its code must stand there.
//!
//! What the form does not show:
//! - Districts of Beijing, Tianjin and Shanghai lie in the collecting city `pp0100`, those of Chongqing in `500100`,
//!   its counties in `500200`. The table has these five, as the Bureau of Statistics does.
//! - Counties directly below a province or region (`419001`, `4290dd`, `4690dd`, `6590dd`) lie in the collecting city
//!   `pp9000`. The table has these four: an agent may be appointed for all such counties of a province together.
//! - `441900`, `442000` and `460400` are cities without districts.
//! - Taiwan, Hong Kong and Macao (`710000`, `810000`, `820000`) are not divided further in the standard. Their
//!   districts in wider lists, such as `810001`, may stand in an address: form district, no city, not known.

/// `code,name` lines sorted by code, below a head of comments; the head says source, date and differences.
const TABLE: &str = include_str!("region/gbt2260.csv");

/// A region: a six-digit code in the form of GB/T 2260, whether or not there is such a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ratchet_wire_derive::Snapshot)]
pub struct Region(u32);

/// How large a region is, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `ppccdd`: a district, a county or a city of that level.
    District,
    /// `ppcc00`: a city, a prefecture or a league.
    City,
    /// `pp0000`: a province, an autonomous region, a municipality or a special administrative region.
    Province,
}

impl Region {
    /// Parses six digits that are not all zero.
    pub fn parse(text: &str) -> Option<Region> {
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Region::from_code(text.parse().ok()?)
    }

    /// The region with this code, known or not.
    pub fn from_code(code: u32) -> Option<Region> {
        (1..1_000_000).contains(&code).then_some(Region(code))
    }

    /// The code as a number.
    pub fn code(self) -> u32 {
        self.0
    }

    /// The level, by the form of the code.
    pub fn level(self) -> Level {
        if self.0.is_multiple_of(10_000) {
            Level::Province
        } else if self.0.is_multiple_of(100) {
            Level::City
        } else {
            Level::District
        }
    }

    /// The city around a district, `cccc00`; it need not be known. None for a city, a province, and a `pp00dd`,
    /// which lies in a province directly.
    pub fn city(self) -> Option<Region> {
        let city = Region(self.0 / 100 * 100);
        (self != city && city.level() == Level::City).then_some(city)
    }

    /// The province around a district or city, `pp0000`; it need not be known. None for a province.
    pub fn province(self) -> Option<Region> {
        let province = Region(self.0 / 10_000 * 10_000);
        (self != province).then_some(province)
    }

    /// Whether there is a province, autonomous region, municipality or special administrative region around it, or it is
    /// one: what an address must have (COMM-4b).
    pub fn has_province(self) -> bool {
        matches!(
            self.0 / 10_000,
            11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=82
        )
    }

    /// Whether the code stands in the shipped table (COMM-4a).
    pub fn is_known(self) -> bool {
        self.name().is_some()
    }

    /// The Chinese name in the shipped table. It is the division's own, without what is around it: several
    /// districts are called 鼓楼区, and the collecting cities 市辖区, 县 or 省直辖县级行政区划.
    pub fn name(self) -> Option<&'static str> {
        find(TABLE, self)
    }
}

impl serde::Serialize for Region {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Region, D::Error> {
        let text = compact_str::CompactString::deserialize(deserializer)?;
        Region::parse(&text).ok_or_else(|| serde::de::Error::custom("not a code of six digits"))
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:06}", self.0)
    }
}

/// The code and name of a line; none for a line of the head.
fn entry(line: &str) -> Option<(Region, &str)> {
    let (code, name) = line.split_once(',')?;
    Some((Region::parse(code)?, name))
}

/// The name of a region, by binary search over the text. Lines of the head come before all codes, as `None` does.
fn find(table: &str, region: Region) -> Option<&str> {
    let mut rest = table;
    while !rest.is_empty() {
        let (half, _) = rest.as_bytes().split_at(rest.len() / 2);
        let start = half.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (before, from) = rest.split_at(start);
        let (line, after) = from.split_once('\n').unwrap_or((from, ""));
        let entry = entry(line);
        match entry.map(|(code, _)| code).cmp(&Some(region)) {
            std::cmp::Ordering::Less => rest = after,
            std::cmp::Ordering::Equal => return entry.map(|(_, name)| name),
            std::cmp::Ordering::Greater => rest = before,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> Region {
        Region::parse(text).unwrap()
    }

    fn entries() -> Vec<(Region, &'static str)> {
        TABLE.lines().filter_map(entry).collect()
    }

    #[test]
    fn a_region_is_any_six_digits() {
        for text in ["110000", "330106", "130171", "810001", "999999", "000001"] {
            assert_eq!(region(text).to_string(), text);
        }
        for text in ["", "11000", "1100000", "000000", "33010a", "+30106", "３３"] {
            assert_eq!(Region::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_is_a_head_and_then_sorted_codes_each_once_with_a_name() {
        let head = TABLE.lines().take_while(|line| line.starts_with('#')).count();
        let mut lines = TABLE.lines().skip(head);
        assert_eq!(lines.next(), Some("code,name"));
        let mut last = None;
        for line in lines {
            let entry = entry(line);
            assert!(
                entry.is_some_and(|(_, name)| !name.is_empty() && !name.contains([',', '"', ' '])),
                "{line}"
            );
            assert!(last < entry.map(|(code, _)| code), "{line} is out of order");
            last = entry.map(|(code, _)| code);
        }
        assert!(TABLE.ends_with('\n') && !TABLE.contains('\r') && TABLE.len() < 200_000);
    }

    #[test]
    fn the_table_has_as_many_of_each_level_as_its_head_says() {
        let entries = entries();
        let count = |level| entries.iter().filter(|(code, _)| code.level() == level).count();
        let counts = [Level::Province, Level::City, Level::District].map(count);
        assert_eq!(counts, [34, 342, 2853]);
        let [provinces, cities, districts] = counts;
        let said = format!("{provinces} provinces, {cities} cities, {districts} districts");
        assert!(TABLE.lines().next().unwrap().contains(&said));
    }

    /// COMM-4a: the code must stand in the shipped table.
    #[test]
    fn codes_that_exist_have_their_names() {
        for (code, name) in [
            ("110000", "北京市"),
            ("110101", "东城区"),
            ("310115", "浦东新区"),
            ("330106", "西湖区"),
            ("419001", "济源市"),
            ("429021", "神农架林区"),
            ("440305", "南山区"),
            ("441900", "东莞市"),
            ("460400", "儋州市"),
            ("469001", "五指山市"),
            ("500112", "渝北区"),
            ("500243", "彭水苗族土家族自治县"),
            ("650100", "乌鲁木齐市"),
            ("653229", "和安县"),
            ("659012", "白杨市"),
            ("710000", "台湾省"),
            ("810000", "香港特别行政区"),
            ("820000", "澳门特别行政区"),
        ] {
            assert_eq!(region(code).name(), Some(name), "{code}");
            assert!(region(code).is_known(), "{code}");
        }
    }

    /// COMM-4b: of all codes those lie in a province whose province stands in the table.
    #[test]
    fn provinces_are_those_of_the_table() {
        let mut provinces = 0;
        for two in 1..100 {
            let code = Region::from_code(two * 10_000).unwrap();
            let district = Region::from_code(two * 10_000 + 101).unwrap();
            assert_eq!((code.has_province(), district.has_province()), (code.is_known(), code.is_known()));
            provinces += usize::from(code.is_known());
        }
        assert_eq!(provinces, 34);
    }

    /// COMM-4a: codes of no division, of zones for statistics, of towns, replaced ones, and below Hong Kong.
    #[test]
    fn other_codes_are_not_known() {
        for code in ["110001", "110103", "130171", "441901", "330103", "810001", "190000"] {
            assert_eq!((region(code).name(), region(code).is_known()), (None, false), "{code}");
        }
        for edge in ["110000", "820000"] {
            assert!(region(edge).is_known());
        }
        assert_eq!(region("820001").name(), None);
        assert_eq!(region("829999").name(), None);
    }

    #[test]
    fn the_search_finds_exactly_the_lines_of_the_table() {
        let mut lines = entries().into_iter().peekable();
        for code in 110_000..830_000 {
            let line = lines.next_if(|(known, _)| known.code() == code);
            assert_eq!(Region(code).name(), line.map(|(_, name)| name), "{code}");
        }
        assert_eq!(lines.next(), None);
        for table in ["", "\n", "# head\ncode,name\n", "110000,a", "110000,a\n110101,b", "# 1,2\n110101,b\n"]
        {
            let scan = |code| table.lines().filter_map(entry).find(|(known, _)| *known == code);
            for code in ["110000", "110101", "120000"].map(region) {
                assert_eq!(find(table, code), scan(code).map(|(_, name)| name), "{code} in {table:?}");
            }
        }
    }

    /// COMM-4: the district's own code, its city `cccc00`, its province `pp0000`.
    #[test]
    fn levels_and_what_is_around_follow_from_the_form() {
        let code = |region: Option<Region>| region.map(|region| region.to_string());
        for (text, level, city, province) in [
            ("330106", Level::District, Some("330100"), Some("330000")),
            ("330100", Level::City, None, Some("330000")),
            ("330000", Level::Province, None, None),
            ("110101", Level::District, Some("110100"), Some("110000")),
            ("500243", Level::District, Some("500200"), Some("500000")),
            ("469001", Level::District, Some("469000"), Some("460000")),
            ("469000", Level::City, None, Some("460000")),
            ("130171", Level::District, Some("130100"), Some("130000")),
            ("810001", Level::District, None, Some("810000")),
            ("810000", Level::Province, None, None),
        ] {
            let region = region(text);
            assert_eq!(region.level(), level, "{text}");
            assert_eq!(code(region.city()).as_deref(), city, "{text}");
            assert_eq!(code(region.province()).as_deref(), province, "{text}");
        }
        assert!(Level::District < Level::City && Level::City < Level::Province);
    }

    /// COMM-4a: whatever is in the table has a city and a province in it, the collecting ones included.
    #[test]
    fn every_district_and_city_of_the_table_lies_in_known_ones() {
        for (code, _) in entries() {
            let known = |around: Option<Region>| around.is_some_and(Region::is_known);
            match code.level() {
                Level::District => assert!(known(code.city()) && known(code.province()), "{code}"),
                Level::City => assert!(code.city().is_none() && known(code.province()), "{code}"),
                Level::Province => assert!(code.city().is_none() && code.province().is_none(), "{code}"),
            }
        }
        for collecting in
            ["110100", "120100", "310100", "500100", "500200", "419000", "429000", "469000", "659000"]
        {
            assert!(region(collecting).is_known(), "{collecting}");
        }
    }
}
