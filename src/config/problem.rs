//! What is wrong with a config, where, and what to write instead.

use std::fmt;

use serde::Serialize;

use super::show::Origin;

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Line and column from 1, and the number of characters to underline.
    File { line: usize, column: usize, width: usize },
    /// An environment variable.
    Env(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
    /// The file as a whole.
    Nowhere,
}

impl Place {
    pub(crate) fn words(&self) -> String {
        match self {
            Place::File { line, .. } => format!("line {line}"),
            Place::Env(name) => format!("the variable {name}"),
            Place::Flag(name) => format!("the flag {name}"),
            Place::Nowhere => "the file".to_owned(),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "origin", serialize_with = "as_origin")]
    pub place: Place,
    pub message: String,
    pub help: Option<String>,
}

fn as_origin<S: serde::Serializer>(place: &Place, serializer: S) -> Result<S::Ok, S::Error> {
    Origin::of(Some(place)).serialize(serializer)
}

impl Problem {
    pub(crate) fn at(place: Place, message: impl Into<String>) -> Problem {
        Problem { place, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// Everything that is wrong with one config, in the order of the file. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    file: String,
    text: String,
    list: Vec<Problem>,
}

impl Problems {
    pub(crate) fn new(file: &str, text: &str, mut list: Vec<Problem>) -> Problems {
        list.sort_by(|a, b| a.place.cmp(&b.place));
        Problems { file: file.to_owned(), text: text.to_owned(), list }
    }

    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// What has how many problems, as a sentence.
    pub fn summary(&self) -> String {
        let in_file = self.list.iter().all(|problem| matches!(problem.place, Place::File { .. }));
        let what = if in_file { self.file.as_str() } else { "the config" };
        match self.list.len() {
            1 => format!("{what} has a mistake"),
            many => format!("{what} has {many} mistakes"),
        }
    }

    fn draw(&self, problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", problem.message)?;
        let gutter = match &problem.place {
            Place::File { line, column, width } => {
                let number = line.to_string();
                let gutter = " ".repeat(number.len());
                let source = self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                let before: String =
                    source.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
                writeln!(f, "{gutter} --> {}:{line}:{column}", self.file)?;
                writeln!(f, "{gutter} |")?;
                writeln!(f, "{number} | {source}")?;
                writeln!(f, "{gutter} | {before}{}", "^".repeat(*width))?;
                gutter
            }
            Place::Env(_) | Place::Flag(_) => {
                writeln!(f, "  --> {}", problem.place.words())?;
                " ".to_owned()
            }
            Place::Nowhere => " ".to_owned(),
        };
        match &problem.help {
            Some(help) => writeln!(f, "{gutter} = {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Problems {
    /// One block a problem, with an empty line between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.list.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            self.draw(problem, f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
