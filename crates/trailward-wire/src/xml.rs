//! XML answers of the Query protocol.

use serde_json::Value;

/// Escapes character data; characters XML 1.0 cannot hold are replaced.
pub fn xml_text(text: &str) -> String {
    let legal = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}');
    let text: String = text.chars().map(|c| if legal(c) { c } else { '\u{fffd}' }).collect();
    // A bare carriage return would be normalised away by the reader.
    quick_xml::escape::escape(text.as_str()).replace('\r', "&#13;")
}

/// The texts of all elements of this local name, in order; `None` if `document` is not well-formed XML.
pub fn xml_texts(document: &[u8], name: &str) -> Option<Vec<String>> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(document);
    let mut texts = Vec::new();
    let mut inside = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                inside = element.local_name().as_ref() == name;
                if inside {
                    texts.push(String::new());
                }
            }
            Event::Empty(element) if element.local_name().as_ref() == name => {
                texts.push(String::new());
            }
            Event::Text(text) if inside => {
                texts.last_mut()?.push_str(&text.xml10_content());
            }
            Event::End(_) => inside = false,
            Event::Eof => return Some(texts),
            _ => {}
        }
    }
}

/// `<OPResponse><OPResult>…</OPResult><ResponseMetadata>…`. Lists become `<member>` elements, a list named `entry` a map's
/// `<entry>` elements; nulls are left out.
pub fn query_answer(operation: &str, namespace: &str, result: &Value, request_id: &str) -> String {
    let mut xml = format!("<{operation}Response xmlns=\"{namespace}\">");
    // Operations without output have no result element.
    if !result.is_null() {
        xml.push_str(&format!("<{operation}Result>"));
        write_value(&mut xml, result);
        xml.push_str(&format!("</{operation}Result>"));
    }
    xml.push_str(&format!(
        "<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{operation}Response>",
        xml_text(request_id)
    ));
    xml
}

fn write_value(xml: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => xml.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => xml.push_str(&number.to_string()),
        Value::String(text) => xml.push_str(&xml_text(text)),
        Value::Array(items) => items.iter().for_each(|item| write_element(xml, "member", item)),
        Value::Object(members) => {
            members.iter().filter(|(_, v)| !v.is_null()).for_each(|(name, v)| match v {
                // The entries of a map, each with `key` and `value`.
                Value::Array(pairs) if name == "entry" => {
                    for pair in pairs {
                        write_element(xml, name, pair);
                    }
                }
                _ => write_element(xml, name, v),
            });
        }
    }
}

fn write_element(xml: &mut String, name: &str, value: &Value) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    write_value(xml, value);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_lists_maps_and_nothing_for_null() {
        let result = json!({"Users": [{"UserName": "a<b", "Path": null}], "IsTruncated": false});
        assert_eq!(
            query_answer("ListUsers", "urn:x", &result, "id"),
            "<ListUsersResponse xmlns=\"urn:x\"><ListUsersResult><IsTruncated>false</IsTruncated><Users><member>\
             <UserName>a&lt;b</UserName></member></Users></ListUsersResult><ResponseMetadata><RequestId>id</RequestId>\
             </ResponseMetadata></ListUsersResponse>"
        );
        let map = json!({"Map": {"entry": [{"key": "a", "value": 1}, {"key": "b", "value": 2}]}});
        let xml = query_answer("X", "urn:x", &map, "id");
        let entries = "<Map><entry><key>a</key><value>1</value></entry><entry><key>b</key><value>2</value></entry></Map>";
        assert!(xml.contains(entries), "{xml}");
        assert_eq!(xml_text("a\u{1}&\r"), "a\u{fffd}&amp;&#13;");
    }
}
