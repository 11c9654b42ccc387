//! YAML text to a tree that knows where everything stands.
//!
//! Scalars stay text: what is wanted at a place decides how its text is read, so `1.10` is a
//! version where a version is wanted, and `no` is never a surprise.

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::problem::{Place, Problem};

/// A value of the file, or of a flag or a variable that stands in for one.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Nothing, `~` or `null`: as if the key were not there.
    Absent,
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn text(text: &str, place: Place) -> Node {
        Node { kind: Kind::Scalar { text: text.to_owned(), quoted: true }, place }
    }

    pub(crate) fn empty_map() -> Node {
        Node { kind: Kind::Map(Vec::new()), place: Place::Nowhere }
    }

    /// The place of the value of a key such as `host.name` or `server.settings.files[0].path`.
    pub(crate) fn place_of_key(&self, key: &str) -> Option<Place> {
        let steps = key.replace('[', ".").replace(']', "");
        self.at(&steps.split('.').collect::<Vec<_>>()).map(|node| node.place.clone())
    }

    /// The value at `path`, `None` when the tree says nothing about it.
    pub(crate) fn at<S: AsRef<str>>(&self, path: &[S]) -> Option<&Node> {
        match (path, &self.kind) {
            (_, Kind::Absent) => None,
            ([], _) => Some(self),
            ([first, rest @ ..], Kind::Map(entries)) => {
                entries.iter().find(|entry| entry.key == first.as_ref())?.value.at(rest)
            }
            ([first, rest @ ..], Kind::List(items)) => items.get(first.as_ref().parse::<usize>().ok()?)?.at(rest),
            ([..], Kind::Scalar { .. }) => None,
        }
    }

    /// The places of the keys in a section and of what is behind them.
    pub(crate) fn places_within(&self) -> Vec<&Place> {
        let Kind::Map(entries) = &self.kind else { return Vec::new() };
        entries.iter().flat_map(|entry| [&entry.place, &entry.value.place]).collect()
    }

    /// Puts a value at `path`, instead of what is there.
    pub(crate) fn put(&mut self, path: &[&str], value: Node) {
        let [first, rest @ ..] = path else {
            *self = value;
            return;
        };
        if !matches!(self.kind, Kind::Map(_)) {
            self.kind = Kind::Map(Vec::new());
        }
        let Kind::Map(entries) = &mut self.kind else { return };
        if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *first) {
            entry.value.put(rest, value);
        } else {
            let place = value.place.clone();
            let mut child = Node { kind: Kind::Absent, place: place.clone() };
            child.put(rest, value);
            entries.push(Entry { key: (*first).to_owned(), place, value: child });
        }
    }
}

/// The tree of a file. Text that is no YAML at all is one problem and no tree.
pub(crate) fn parse(text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let mut builder = Builder { events: Parser::new_from_str(text), problems };
    match builder.document() {
        Ok(node) => Some(node),
        Err(problem) => {
            builder.problems.push(problem);
            None
        }
    }
}

struct Builder<'t, 'p> {
    events: Parser<'t, StrInput<'t>>,
    problems: &'p mut Vec<Problem>,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Node, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root.unwrap_or_else(Node::empty_map)),
                Event::StreamStart | Event::DocumentEnd => (),
                Event::DocumentStart(..) if root.is_none() => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span)?);
                }
                _ => {
                    return Err(
                        Problem::at(place(span), "a second document begins here").help("keep one document in the file")
                    );
                }
            }
        }
    }

    /// The next event that is more than a comment.
    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        loop {
            match self.events.next_event() {
                Some(Ok((Event::Comment(..), _))) => (),
                Some(Ok(found)) => return Ok(found),
                Some(Err(error)) => {
                    let mark = error.marker();
                    let place = Place::File { line: mark.line(), column: mark.col() + 1, width: 1 };
                    return Err(Problem::at(place, format!("this is no YAML: {}", error.info())));
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span) -> Result<Node, Problem> {
        let place = place(span);
        let kind = match event {
            Event::Scalar(text, style, ..) => scalar(text.into_owned(), style),
            Event::SequenceStart(..) => Kind::List(self.list()?),
            Event::MappingStart(..) => Kind::Map(self.map()?),
            Event::Alias(_) => {
                self.problems
                    .push(Problem::at(place.clone(), "references are not followed here").help("write the value out"));
                Kind::Absent
            }
            _ => return Err(Problem::at(place, "a value is missing here")),
        };
        Ok(Node { kind, place })
    }

    fn list(&mut self) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span)?),
            }
        }
    }

    fn map(&mut self) -> Result<Vec<Entry>, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let key = match event {
                Event::MappingEnd => return Ok(entries),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return Err(Problem::at(place(span), "a key is a plain word")),
            };
            let place = place(span);
            let (event, span) = self.next()?;
            let value = self.node(event, span)?;
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let message = format!("`{key}` is here a second time; the first is on {}", first.place.words());
                self.problems.push(Problem::at(place, message).help("keep one of the two"));
            } else {
                entries.push(Entry { key, place, value });
            }
        }
    }
}

fn scalar(text: String, style: ScalarStyle) -> Kind {
    let quoted = style != ScalarStyle::Plain;
    if !quoted && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
        Kind::Absent
    } else {
        Kind::Scalar { text, quoted }
    }
}

/// A value over several lines is marked by its first character.
fn place(span: Span) -> Place {
    let width = if span.start.line() == span.end.line() { span.len().max(1) } else { 1 };
    Place::File { line: span.start.line(), column: span.start.col() + 1, width }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let mut problems = Vec::new();
        let tree = parse("# a comment\nhost:\n  name: lab # here\n  ports: [1, 2]\nempty:\n", &mut problems).unwrap();
        assert!(problems.is_empty());
        assert_eq!(tree.place_of_key("host.name"), Some(Place::File { line: 3, column: 9, width: 3 }));
        assert_eq!(tree.place_of_key("host.port"), None);
        assert_eq!(tree.place_of_key("empty"), None);
    }

    #[test]
    fn an_empty_file_is_an_empty_map() {
        let mut problems = Vec::new();
        assert!(matches!(parse("", &mut problems).unwrap().kind, Kind::Map(entries) if entries.is_empty()));
        assert!(matches!(parse("# only words\n", &mut problems).unwrap().kind, Kind::Map(_) | Kind::Absent));
        assert!(problems.is_empty());
    }

    #[test]
    fn a_value_is_put_where_there_was_none() {
        let mut tree = Node::empty_map();
        tree.put(&["host", "address"], Node::text("nas", Place::Flag("--host")));
        assert_eq!(tree.place_of_key("host.address"), Some(Place::Flag("--host")));
    }
}
