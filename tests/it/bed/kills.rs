//! An update killed (SIGKILL) at any step, and the next run ends where the first would have.

use std::time::Duration;

use homelab::bed::Sudo;

use super::{
    images,
    world::{Step, World},
};

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn a_deploy_killed_at_any_step_is_finished_by_the_next() {
    let world = World::bare("t-killed", Sudo::Free);
    world.homelabctl(&["setup", "--yes"]).with(0);
    let archives = [images::version(&world, "1.0.0"), images::version(&world, "2.0.0")];
    world.homelabctl(&["deploy", "--yes", "--image", &archives[0]]).with(0);
    let update = |image: usize| ["update", "--yes", "--force", "--image", &archives[image % 2]];
    world.homelabctl(&update(1)).with(0);
    // with both images on the node every further update has these steps
    let steps = took(&world.homelabctl(&update(0)).with(0).stderr);
    assert!(steps.len() > 3, "{steps:#?}");
    for (at, (step, took)) in steps.iter().enumerate() {
        // every other run deploys the other image, so that each has everything to do
        let image = &archives[(at + 1) % 2];
        // in turn right at the step's begin and in the middle of it, or at its begin when it was quicker this time
        let delays = [*took / 2, Duration::ZERO];
        let hit = delays[(at + 1) % 2..].iter().find_map(|delay| {
            world.killed_inside(&update(at + 1), |now| (now.number == step.number).then_some(*delay))
        });
        let line = &hit.unwrap_or_else(|| panic!("{step:?} was never hit")).title;
        world.homelabctl(&["deploy", "--yes", "--image", image]).with(0);
        let status = world.homelabctl(&["status", "--output", "json"]).with(0).json();
        assert_eq!(status["health"]["ok"], true, "after a kill at {line}: {status}");
        let releases = world.homelabctl(&["releases", "--output", "json"]).with(0).json();
        assert_eq!(releases["releases"][0]["proven"], true, "after a kill at {line}");
        let keys = world.homelabctl(&["keys", "list", "--output", "json"]).with(0).json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "after a kill at {line}: no gate's key is left");
        world.homelabctl(&["deploy", "--dry-run", "--image", image]).with(0);
    }
    eprintln!("deploy: killed at each of its {} steps, all converged", steps.len());
}

/// The steps of a run and how long each took.
fn took(stderr: &str) -> Vec<(Step, Duration)> {
    let ended = |line| {
        let step = Step::told(line, '✓')?;
        let seconds = step.title.rsplit_once('(')?.1.strip_suffix(" s)")?.parse().ok()?;
        Some((step, Duration::from_secs_f64(seconds)))
    };
    stderr.lines().filter_map(ended).collect()
}
