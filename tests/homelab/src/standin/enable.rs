//! `microk8s enable` and `microk8s disable`, with their quirks.

use std::fs::File;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};

use super::addons::{self, ADDONS, REPOSITORY};
use super::{scripts, status};
use crate::kube::{kubectl, paths, services};
use crate::standin::say::{grumble, tell};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Enable,
    Disable,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
        }
    }
}

/// One add-on with its arguments.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    repository: String,
    name: String,
    args: Vec<String>,
}

/// Why nothing is called: what goes where, and the exit code.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    text: String,
    code: u8,
}

pub(super) fn run(verb: Verb, words: &[String]) -> ExitCode {
    let word = verb.word();
    let Some(first) = words.first() else {
        grumble!(
            "Usage: microk8s {word} [OPTIONS] ADDONS...\nTry 'microk8s {word} -h' for help.\n\nError: Missing argument 'ADDONS...'."
        );
        return ExitCode::from(2);
    };
    if words.iter().any(|word| word == "-h" || word == "--help") {
        tell!(
            "Addon {first} does not yet have a help message.\nFor more information about it, visit https://microk8s.io/docs/addons"
        );
        return ExitCode::SUCCESS;
    }
    if services::is_stopped() {
        grumble!("microk8s is not running, try microk8s start");
        return ExitCode::FAILURE;
    }
    if !api_answers_within(Duration::from_secs(30)) {
        grumble!("MicroK8s is not ready. Please see 'microk8s status' or wait until the cluster is ready.");
        return ExitCode::FAILURE;
    }
    let calls = match parse(words) {
        Ok(calls) => calls,
        Err(refusal) => {
            grumble!("{}", refusal.text);
            return ExitCode::from(refusal.code);
        }
    };
    if calls.len() > 1 {
        grumble!(
            "WARNING: Do not enable or disable multiple addons in one command.
         This form of chained operations on addons will be DEPRECATED in the future.
         Please, {word} one addon at a time: 'microk8s {word} <addon>'"
        );
    }
    // Whoever comes second waits without limit.
    let _lock = match lock() {
        Ok(lock) => lock,
        Err(error) => {
            grumble!("{error:#}");
            return ExitCode::FAILURE;
        }
    };
    for call in &calls {
        let code = one(verb, call);
        if code != 0 {
            return ExitCode::from(code);
        }
    }
    ExitCode::SUCCESS
}

fn one(verb: Verb, call: &Call) -> u8 {
    let Some(addon) = ADDONS.iter().find(|addon| addon.name == call.name && call.repository == REPOSITORY) else {
        // Exit code 0, as with the real one.
        tell!("Addon {}/{} not found", call.repository, call.name);
        return 0;
    };
    let objects = addons::objects().unwrap_or_default();
    if addons::is_enabled(addon, &objects) == (verb == Verb::Enable) {
        tell!("Addon {REPOSITORY}/{} is already {}d", addon.name, verb.word());
        return 0;
    }
    status::wait_for_ready(30);
    let code = match verb {
        Verb::Enable => scripts::enable(addon.name, &call.args),
        Verb::Disable => scripts::disable(addon.name, &call.args),
    };
    if code == 0 {
        status::wait_for_ready(30);
    }
    code
}

/// Another add-on from inside of a script: the lock is already held.
pub(super) fn nested(name: &str) -> u8 {
    one(Verb::Enable, &Call { repository: REPOSITORY.into(), name: name.into(), args: Vec::new() })
}

fn lock() -> anyhow::Result<Flock<File>> {
    let file = File::create(paths::data("var/lock/.microk8s-addon-lock"))?;
    Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| error.into())
}

fn api_answers_within(patience: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < patience {
        if kubectl::api_is_ready() {
            return true;
        }
        thread::sleep(Duration::from_secs(1));
    }
    false
}

/// All words are names of add-ons, or everything after the first is an argument of the first: a single typo changes the meaning of the line.
fn parse(words: &[String]) -> Result<Vec<Call>, Refusal> {
    let all_known = words.iter().all(|word| addons::known(word.split(':').next().unwrap_or_default()));
    if all_known {
        return words.iter().map(|word| single(word)).collect();
    }
    let mut call = single(&words[0])?;
    if !call.args.is_empty() && words.len() > 1 {
        return Err(Refusal {
            text: "Can't pass string arguments and flag arguments simultaneously!
Enable or disable addons with only one argument style at a time:

    microk8s enable foo:'bar'
or
    microk8s enable foo --bar
"
            .into(),
            code: 1,
        });
    }
    if words.len() > 1 {
        call.args = words[1..].to_vec();
    }
    Ok(vec![call])
}

/// `REPOSITORY/NAME:ARGUMENT`; the repository is inferred when it is left out.
fn single(word: &str) -> Result<Call, Refusal> {
    let mut pieces = word.split(':');
    let name = pieces.next().unwrap_or_default();
    let args = pieces.map(str::to_owned).collect();
    let (repository, name) = match name.split('/').collect::<Vec<_>>()[..] {
        [name] if addons::known(name) => {
            grumble!("Infer repository {REPOSITORY} for addon {name}");
            (REPOSITORY, name)
        }
        [repository, name] => (repository, name),
        [name] => {
            return Err(Refusal { text: format!("Addon {name} was not found in any repository"), code: 1 });
        }
        _ => {
            return Err(Refusal { text: format!("Invalid addon name {name}"), code: 1 });
        }
    };
    Ok(Call { repository: repository.into(), name: name.into(), args })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn calls(line: &str) -> Vec<(String, Vec<String>)> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let calls = parse(&words).unwrap();
        calls.into_iter().map(|call| (call.name, call.args)).collect()
    }

    fn refused(line: &str) -> Refusal {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words).unwrap_err()
    }

    #[test]
    fn several_known_words_are_several_addons() {
        assert_eq!(calls("dns ingress"), [("dns".into(), vec![]), ("ingress".into(), vec![])]);
    }

    #[test]
    fn one_unknown_word_makes_all_the_rest_arguments_of_the_first() {
        let args = vec!["ingress".to_owned(), "typo".to_owned()];
        assert_eq!(calls("dns ingress typo"), [("dns".into(), args)]);
        assert_eq!(
            calls("metallb 192.168.1.200-192.168.1.210"),
            [("metallb".into(), vec!["192.168.1.200-192.168.1.210".into()])]
        );
    }

    #[test]
    fn an_inline_argument_follows_a_colon() {
        assert_eq!(calls("metallb:10.0.0.1-10.0.0.2"), [("metallb".into(), vec!["10.0.0.1-10.0.0.2".into()])]);
        assert!(refused("metallb:10.0.0.1-10.0.0.2 --flag").text.starts_with("Can't pass string arguments"));
    }

    #[test]
    fn an_unknown_bare_name_is_refused_but_one_with_repository_is_not() {
        assert_eq!(
            refused("nonsense"),
            Refusal { text: "Addon nonsense was not found in any repository".into(), code: 1 }
        );
        assert_eq!(calls("core/nonsense"), [("nonsense".into(), vec![])]);
    }
}
