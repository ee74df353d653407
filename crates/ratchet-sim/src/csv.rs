//! Fields of the tables that people open: the one place that writes texts into CSV files.

/// A text as a CSV field. Ids and names are chosen by strangers, and spreadsheets carry out what begins like a formula: such a text
/// gets an apostrophe in front (FILE-15). Quoted where it needs it.
pub fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    let guard: &[u8] = if is_formula(text) { b"'" } else { b"" };
    if !text.iter().any(|byte| matches!(byte, b',' | b';' | b'\t' | b'"' | b'\r' | b'\n')) {
        out.extend_from_slice(guard);
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(guard);
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Whether a spreadsheet may take a text for a formula; one behind apostrophes counts too, so that no two texts become one. A
/// negative number is a number.
fn is_formula(text: &[u8]) -> bool {
    let bare = match text {
        [b'\'', ..] => &text[text.iter().take_while(|byte| **byte == b'\'').count()..],
        _ => text,
    };
    match bare {
        [b'-', number @ ..] if bare.len() == text.len() => !is_number(number),
        [b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n', ..] => true,
        // The same signs in the width of Chinese characters: ＝ ＋ － ＠.
        [0xEF, 0xBC, 0x9D | 0x8B | 0x8D | 0xA0, ..] => true,
        _ => false,
    }
}

/// Digits, with at most one point among them.
fn is_number(text: &[u8]) -> bool {
    let points = text.iter().filter(|byte| **byte == b'.').count();
    points <= 1 && text.len() > points && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> String {
        let mut out = Vec::new();
        put_text(&mut out, text.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_quoted_where_needed() {
        assert_eq!(field("a b"), "a b");
        assert_eq!(field("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
        assert_eq!(field("a;b"), "\"a;b\"");
        assert_eq!(field(""), "");
    }

    /// FILE-15
    #[test]
    fn nothing_is_a_formula() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            (
                "=HYPERLINK(\"http://x.example\",\"open\")",
                "\"'=HYPERLINK(\"\"http://x.example\"\",\"\"open\"\")\"",
            ),
            ("@SUM(1+1)", "'@SUM(1+1)"),
            ("+1-2", "'+1-2"),
            ("+86138", "'+86138"),
            ("-1+2", "'-1+2"),
            ("-", "'-"),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "'＝1"),
            ("＠x", "'＠x"),
            // No two texts become one.
            ("'=1+1", "''=1+1"),
            ("''-5", "'''-5"),
            ("'4051", "'4051"),
            // Numbers stay numbers, and other texts what they are.
            ("-5", "-5"),
            ("-5.25", "-5.25"),
            ("a=b", "a=b"),
            ("张三", "张三"),
            ("，", "，"),
        ] {
            assert_eq!(field(text), written);
        }
    }
}
