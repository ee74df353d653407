//! A page in two languages, piece by piece: what the report of a backtest and that of a study share.

use super::text::Lang;
use crate::chart::Chart;

const STYLE: &str = include_str!("style.css");

/// The same in Chinese and English, already safe.
pub(crate) type Both = [String; 2];

/// Says the same in both languages; numbers come through `lang`.
pub(crate) fn both(say: impl Fn(Lang) -> String) -> Both {
    [say(Lang::Zh), say(Lang::En)]
}

/// The page so far.
pub(crate) struct Sheet {
    html: String,
}

impl Sheet {
    /// Begins a page with this title, already safe.
    pub(crate) fn begin([zh, en]: Both, is_sandbox: bool) -> Sheet {
        let mut sheet = Sheet { html: String::with_capacity(1 << 18) };
        sheet.push(&format!(
            "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"generator\" content=\"ratchet\">\n<title>{zh} · {en} · Ratchet</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n\
             <input type=\"radio\" name=\"language\" id=\"zh\" checked aria-label=\"中文\">\n\
             <input type=\"radio\" name=\"language\" id=\"en\" aria-label=\"English\">\n\
             <header><span class=\"brand\">Ratchet</span>\n\
             <span class=\"languages\"><label for=\"zh\" lang=\"zh-CN\">中文</label>\
             <label for=\"en\" lang=\"en\">English</label></span>\n"
        ));
        if is_sandbox {
            sheet.element(
                "span class=\"sandbox\"",
                [
                    "沙盒：模拟资金，没有真实付款".to_owned(),
                    "Sandbox: play money, no real payments".to_owned(),
                ],
            );
        }
        sheet.push("</header>\n<main>\n");
        sheet
    }

    /// Ends the page with a last sentence.
    pub(crate) fn end(mut self, last: Both, is_sandbox: bool) -> String {
        self.push("</main>\n<footer>");
        self.element("p", last);
        self.push("</footer>\n");
        if is_sandbox {
            self.element(
                "div class=\"print-mark\"",
                ["沙盒 · 模拟资金".to_owned(), "Sandbox · play money".to_owned()],
            );
        }
        self.push("</body>\n</html>\n");
        self.html
    }

    pub(crate) fn push(&mut self, html: &str) {
        self.html.push_str(html);
    }

    /// An element with both languages inside.
    pub(crate) fn element(&mut self, tag: &str, [zh, en]: Both) {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.push(&format!(
            "<{tag}><span class=\"zh\" lang=\"zh-CN\">{zh}</span><span class=\"en\" lang=\"en\">{en}</span></{name}>\n"
        ));
    }

    pub(crate) fn heading(&mut self, zh: &str, en: &str) {
        self.element("h2", [zh.to_owned(), en.to_owned()]);
    }

    pub(crate) fn chart(&mut self, chart: &Chart) {
        self.push(&format!(
            "<figure><div class=\"zh\" lang=\"zh-CN\">{}</div><div class=\"en\" lang=\"en\">{}</div></figure>\n",
            chart.zh, chart.en
        ));
    }

    /// A table of facts: what, how much.
    pub(crate) fn facts(&mut self, facts: Vec<(Both, Both)>) {
        self.push("<table class=\"facts\"><tbody>\n");
        for (what, value) in facts {
            self.push("<tr>");
            self.element("th scope=\"row\"", what);
            self.element("td", value);
            self.push("</tr>\n");
        }
        self.push("</tbody></table>\n");
    }

    /// Numbers in boxes, at the top of a page.
    pub(crate) fn numbers(&mut self, facts: Vec<([&str; 2], Both)>) {
        self.push("<dl class=\"numbers\">\n");
        for ([zh, en], value) in facts {
            self.push("<div>");
            self.element("dt", [zh.to_owned(), en.to_owned()]);
            // Long sums in smaller figures on a phone, rather than broken in two.
            let is_long = value.iter().any(|text| text.chars().count() > 12);
            self.element(if is_long { "dd class=\"long\"" } else { "dd" }, value);
            self.push("</div>\n");
        }
        self.push("</dl>\n");
    }

    /// A wide table of numbers with headings; the first cell of a row names it. On a phone each row becomes a block.
    pub(crate) fn table(&mut self, head: Vec<Both>, rows: Vec<Vec<Both>>) {
        self.rows("compared", head, rows);
    }

    /// A table of sentences.
    pub(crate) fn prose_table(&mut self, head: Vec<Both>, rows: Vec<Vec<Both>>) {
        self.rows("compared prose", head, rows);
    }

    fn rows(&mut self, class: &str, head: Vec<Both>, rows: Vec<Vec<Both>>) {
        self.push(&format!("<div class=\"scroll\"><table class=\"{class}\">\n<thead><tr>"));
        // What names a number on a phone, where there is no heading above it.
        let names: Vec<String> = head
            .iter()
            .map(|[zh, en]| format!(" data-zh=\"{}\" data-en=\"{}\"", without_tags(zh), without_tags(en)))
            .collect();
        for cell in head {
            self.element("th scope=\"col\"", cell);
        }
        self.push("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.push("<tr>");
            for (place, cell) in row.into_iter().enumerate() {
                match (place, names.get(place)) {
                    (0, _) | (_, None) => self.element("th scope=\"row\"", cell),
                    (_, Some(name)) => self.element(&format!("td{name}"), cell),
                }
            }
            self.push("</tr>\n");
        }
        self.push("</tbody></table></div>\n");
    }

    /// Words and what they mean.
    pub(crate) fn words(&mut self, words: &[([&str; 2], [&str; 2])]) {
        self.push("<dl class=\"words\">\n");
        for ([zh, en], [zh_text, en_text]) in words {
            self.element("dt", [(*zh).to_owned(), (*en).to_owned()]);
            self.element("dd", [(*zh_text).to_owned(), (*en_text).to_owned()]);
        }
        self.push("</dl>\n");
    }

    /// A text that opens on demand.
    pub(crate) fn details(&mut self, title: Both, safe_text: &str) {
        self.push("<details>");
        self.element("summary", title);
        self.push(&format!("<pre>{safe_text}</pre></details>\n"));
    }
}

/// A safe text without elements, for an attribute.
fn without_tags(html: &str) -> String {
    let mut inside = false;
    let text = html.chars().filter(|character| {
        let begins = *character == '<';
        let keep = !inside && !begins;
        inside = begins || (inside && *character != '>');
        keep
    });
    text.collect()
}
