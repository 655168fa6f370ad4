//! Foreign text made harmless. Keys and record contents come from an archive that may be hostile: they must not move a
//! cursor, end an element, or become a formula.

use std::io::{self, Write};

/// Whether a terminal, a browser or an XML parser would do anything but show `c`.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Invisible, and the marks that turn the direction of what follows.
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` with every character that would not simply be shown spelt as `\u{…}`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hostile(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Text of several lines for a terminal: line ends, tabs and the colours of this program's own tables stay, everything else
/// that would not simply be shown is spelt as in [`visible`]. For what goes out as it is, such as JSON.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = rest.strip_prefix("\u{1b}[").and_then(|code| {
            let length = code.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            code.get(length..)?.starts_with('m').then_some(length + 3)
        });
        let length = colour.unwrap_or(c.len_utf8());
        if colour.is_some() || !is_hostile(c) || matches!(c, '\n' | '\t') {
            shown.push_str(rest.get(..length).unwrap_or_default());
        } else {
            shown.extend(c.escape_unicode());
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    shown
}

/// A terminal to which nothing passes but [`harmless`] text. Holds a line until it ends.
pub(crate) struct Harmless<W: Write> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Harmless<W> {
    /// In front of `out`.
    pub(crate) const fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }

    fn pass(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.out.write_all(harmless(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.pass()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass()?;
        self.out.flush()
    }
}

impl<W: Write> Drop for Harmless<W> {
    fn drop(&mut self) {
        // Who needs to know whether it was written has flushed.
        let _ = self.flush();
    }
}

/// [`visible`] text for XML and HTML, in elements and in quoted attributes.
pub(crate) fn markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// [`visible`] text that Markdown takes for nothing but text: no markup, no cell's end, no link of its own.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let shown = visible(text);
    let mut before = "";
    for (at, c) in shown.char_indices() {
        // Addresses become links without any markup.
        let link = c == ':' && shown.get(at..).is_some_and(|rest| rest.starts_with("://"))
            || c == '.'
                && before
                    .get(before.len().saturating_sub(3)..)
                    .is_some_and(|end| end.eq_ignore_ascii_case("www"))
            || c == '@';
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => {
                if link || "\\`*_{}[]()#+!|~".contains(c) {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        before = shown.get(..at + c.len_utf8()).unwrap_or_default();
    }
    out
}

/// A CSV field that no spreadsheet takes for a formula.
pub(crate) fn field(text: &str) -> String {
    let shown = visible(text);
    let guard = if shown.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if guard.is_empty() && !shown.contains([',', '"']) && shown.trim() == shown {
        return shown;
    }
    format!("\"{guard}{}\"", shown.replace('"', "\"\""))
}

/// Whether `c` needs no escape in the path of a URI.
fn is_plain(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~' | b'/')
}

/// An object's name as a URI: `s3://…` stays one, a path becomes a relative reference.
pub(crate) fn uri(object: &str) -> String {
    let (scheme, path) = object.strip_prefix("s3://").map_or(("", object), |rest| ("s3://", rest));
    let mut uri = scheme.to_owned();
    for byte in path.bytes() {
        if is_plain(byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_passes() {
        assert_eq!(visible("a\u{1b}[2Jb\r\n\u{202e}c\u{9b}"), "a\\u{1b}[2Jb\\u{d}\\u{a}\\u{202e}c\\u{9b}");
        let table = "\u{1b}[1;31mX\u{1b}[0m\ta\n\u{1b}[2J\u{9b}2J\u{202e}\r\u{1b}[8";
        let safe = "\u{1b}[1;31mX\u{1b}[0m\ta\n\\u{1b}[2J\\u{9b}2J\\u{202e}\\u{d}\\u{1b}[8";
        assert_eq!(harmless(table), safe);
        let mut out = Vec::new();
        {
            let mut terminal = Harmless::new(&mut out);
            // Characters may be cut anywhere.
            for byte in table.bytes() {
                assert_eq!(terminal.write(&[byte]).unwrap(), 1);
            }
        }
        assert_eq!(String::from_utf8(out).unwrap(), safe);
        assert_eq!(visible("Zürich – 東京"), "Zürich – 東京");
        assert_eq!(markup("</script>&'\"\u{0}"), "&lt;/script&gt;&amp;&#39;&quot;\\u{0}");
        assert_eq!(
            markdown("[x](javascript:a) <b> | `c` https://d www.e \n# f"),
            "\\[x\\]\\(javascript:a\\) &lt;b&gt; \\| \\`c\\` https\\://d www\\.e \\\\u\\{a\\}\\# f"
        );
        assert_eq!(field("=1+1"), "\"'=1+1\"");
        assert_eq!(field("\t=1"), "\\u{9}=1");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(field("plain text"), "plain text");
        assert_eq!(uri("s3://b/a b/%\u{1}ü"), "s3://b/a%20b/%25%01%C3%BC");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn whatever_is_written_is_only_shown(text in "([\\[\\](){}<>`*_#|~!&\"'\\\\:/.@+-]|www|https|\\PC|\\pC|[a-c \n\t])*") {
            let calm = |text: &str| !text.chars().any(is_hostile);
            proptest::prop_assert!(calm(&visible(&text)));
            proptest::prop_assert!(calm(&harmless(&text).replace(['\n', '\t'], "")));
            let page = markup(&text);
            proptest::prop_assert!(calm(&page) && !page.contains(['<', '>', '"', '\'']));
            // Every `&` begins one of five entities.
            let entities = ["amp;", "lt;", "gt;", "quot;", "#39;"];
            proptest::prop_assert!(page.split('&').skip(1).all(|rest| entities.iter().any(|e| rest.starts_with(e))));
            let ticket = markdown(&text);
            proptest::prop_assert!(calm(&ticket) && !ticket.contains(['<', '>']) && !ticket.contains("://"));
            let mut signs = ticket.chars();
            while let Some(sign) = signs.next() {
                match sign {
                    '\\' => drop(signs.next()),
                    sign => proptest::prop_assert!(!"`*_{}[]()#+!|~@".contains(sign), "{}", ticket),
                }
            }
        }
    }
}
