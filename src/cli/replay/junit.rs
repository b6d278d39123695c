//! What came of recordings, for machines that run tests: a JUnit file, and annotations on GitHub.

use super::line::{ReplayLine, Status};
use crate::cli::output::Output;
use crate::data::replace::Replacement;
use crate::domain::text;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::io::{self, Write};
use std::path::Path;

/// Writes a JUnit file: a case a recording, the difference as its text.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, lines: &[ReplayLine], output: &Output) -> anyhow::Result<()> {
    let mut file = Replacement::create(path)?;
    file.write_all(&report(lines, output)?)?;
    file.finish()?;
    Ok(())
}

fn report(lines: &[ReplayLine], output: &Output) -> io::Result<Vec<u8>> {
    let count = |status| lines.iter().filter(|line| line.status == status).count().to_string();
    let (failed, broken) = (count(Status::Differs), count(Status::Unreadable));
    let tests = lines.len().to_string();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(quick_xml::events::Event::Decl(quick_xml::events::BytesDecl::new(
        "1.0",
        Some("UTF-8"),
        None,
    )))?;
    let figures = [
        ("name", "tickdeck replay"),
        ("tests", &tests),
        ("failures", &failed),
        ("errors", &broken),
    ];
    writer.create_element("testsuites").with_attributes(figures).write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attributes(figures);
        suite.write_inner_content(|writer| {
            lines.iter().try_for_each(|line| case(writer, line, output))
        })?;
        Ok(())
    })?;
    let mut text = writer.into_inner();
    text.push(b'\n');
    Ok(text)
}

fn case(writer: &mut Writer<Vec<u8>>, line: &ReplayLine, output: &Output) -> io::Result<()> {
    let name = text::line(&line.path);
    let case = writer
        .create_element("testcase")
        .with_attributes([("classname", "tickdeck.replay"), ("name", &*name)]);
    let (element, message) = match line.status {
        Status::Same | Status::Accepted => return case.write_empty().map(drop),
        Status::Differs => ("failure", "the actions differ from the recorded ones"),
        Status::Unreadable => ("error", "the recording cannot be read"),
    };
    case.write_inner_content(|writer| {
        writer
            .create_element(element)
            .with_attribute(("message", message))
            .write_text_content(BytesText::new(&plain(&line.why(output))))?;
        Ok(())
    })?;
    Ok(())
}

/// A text as XML may hold it: control characters have no place in it, not even escaped.
fn plain(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() || matches!(it, '\n' | '\t')).collect()
}

/// The annotations of a workflow on GitHub: an error for each recording that is not the same.
#[must_use]
pub fn annotations(lines: &[ReplayLine], output: &Output) -> String {
    let wrong =
        lines.iter().filter(|line| matches!(line.status, Status::Differs | Status::Unreadable));
    let annotated: Vec<String> = wrong
        .map(|line| {
            let word = if line.status == Status::Differs { "differs" } else { "cannot be read" };
            let (file, title) = (property(&line.path), property(&format!("{} {word}", line.path)));
            format!("::error file={file}/session.toml,title={title}::{}", data(&line.why(output)))
        })
        .collect();
    annotated.join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str, status: Status, error: Option<&str>) -> ReplayLine {
        ReplayLine {
            path: path.to_owned(),
            error: error.map(str::to_owned),
            ..ReplayLine::empty(status)
        }
    }

    #[test]
    fn what_a_name_holds_breaks_no_format() {
        let lines = [
            line("a<b>&\"c\"", Status::Same, None),
            line("r,1:%", Status::Differs, Some("one\ntwo <&> \u{1b}[0m")),
            line("torn", Status::Unreadable, Some("no such file")),
        ];
        let text = String::from_utf8(report(&lines, &Output::default()).unwrap()).unwrap();
        let expect = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <testsuites name=\"tickdeck replay\" tests=\"3\" failures=\"1\" errors=\"1\">\n  \
            <testsuite name=\"tickdeck replay\" tests=\"3\" failures=\"1\" errors=\"1\">\n    \
            <testcase classname=\"tickdeck.replay\" name=\"a&lt;b&gt;&amp;&quot;c&quot;\"/>\n    \
            <testcase classname=\"tickdeck.replay\" name=\"r,1:%\">\n      \
            <failure message=\"the actions differ from the recorded ones\">one\ntwo &lt;&amp;&gt; [0m</failure>\n    \
            </testcase>\n    \
            <testcase classname=\"tickdeck.replay\" name=\"torn\">\n      \
            <error message=\"the recording cannot be read\">no such file</error>\n    \
            </testcase>\n  </testsuite>\n</testsuites>\n";
        assert_eq!(text, expect);
        let expect = "::error file=r%2C1%3A%25/session.toml,title=r%2C1%3A%25 differs::one%0Atwo <&> \u{1b}[0m\n\
            ::error file=torn/session.toml,title=torn cannot be read::no such file";
        assert_eq!(annotations(&lines, &Output::default()), expect);
    }
}
