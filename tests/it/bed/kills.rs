//! An update killed (SIGKILL) at any step, and the next run ends where the first would have.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use homelab::bed::Sudo;

use super::{images, world::World};

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn a_deploy_killed_at_any_step_is_finished_by_the_next() {
    let world = World::bare("t-killed", Sudo::Free);
    world.homelabctl(&["setup", "--yes"]).with(0);
    let archives = [images::version(&world, "1.0.0"), images::version(&world, "2.0.0")];
    world.homelabctl(&["deploy", "--yes", "--image", &archives[0]]).with(0);
    let mut points = 0;
    // every other run deploys the other image, so that each has everything to do
    for step in 1.. {
        let image = &archives[step % 2];
        let words = ["update", "--yes", "--force", "--image", image];
        // in turn right at the step's begin and in the middle of it
        let delay = Duration::from_millis(if step % 2 == 0 { 0 } else { 400 });
        let Some(line) = killed(&world, &words, step, delay) else { break };
        points += 1;
        world.homelabctl(&["deploy", "--yes", "--image", image]).with(0);
        let status = world.homelabctl(&["status", "--output", "json"]).with(0).json();
        assert_eq!(status["health"]["ok"], true, "after a kill at {line}: {status}");
        let releases = world.homelabctl(&["releases", "--output", "json"]).with(0).json();
        assert_eq!(releases["releases"][0]["proven"], true, "after a kill at {line}");
        let keys = world.homelabctl(&["keys", "list", "--output", "json"]).with(0).json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "after a kill at {line}: no gate's key is left");
        world.homelabctl(&["deploy", "--dry-run", "--image", image]).with(0);
    }
    eprintln!("deploy: killed at {points} steps, all converged");
    assert!(points >= 9, "{points}");
}

/// Runs homelabctl and kills it so long after the step of that number began; its line, or `None` when there are not so many.
fn killed(world: &World, words: &[&str], step: usize, delay: Duration) -> Option<String> {
    let argv: Vec<&str> = std::iter::once("homelabctl").chain(words.iter().copied()).collect();
    let mut command = world.bed.laptop(argv).unwrap();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        let place =
            line.trim_start().strip_prefix('…').and_then(|rest| rest.trim_start().split('/').next()?.parse().ok());
        if place == Some(step) {
            std::thread::sleep(delay);
            child.kill().unwrap();
            child.wait().unwrap();
            return Some(line.trim().to_owned());
        }
        said.push(line);
    }
    assert!(child.wait().unwrap().success(), "{}", said.join("\n"));
    None
}
