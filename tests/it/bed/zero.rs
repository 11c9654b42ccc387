//! Zero downtime: an update and a rollback under a constant load lose no call, with one replica and with two.

use homelab::bed::Sudo;

use super::load::Load;
use super::world::World;
use super::{images, world::timed};

const PER_SECOND: u32 = 220;

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn an_update_and_a_rollback_under_load_lose_no_call() {
    let world = World::bare("t-zero", Sudo::Free);
    world.homelabctl(&["setup", "--yes"]).with(0);
    let config = world.bed.folder.join("home/homelab.yaml");
    let config = config.to_str().unwrap();
    let (one, two) = (images::version(&world, "1.0.0"), images::version(&world, "2.0.0"));
    for replicas in [2, 1] {
        let text = format!("version: 1\nserver: {{replicas: {replicas}, autoscaling: {{enabled: false}}}}\n");
        std::fs::write(config, text).unwrap();
        world.homelabctl(&["deploy", "--yes", "--config", config, "--image", &one]).with(0);
        let pods = world.kubectl(&[
            "-n",
            "mcp-system",
            "get",
            "deployment",
            "homelab-mcp",
            "-o",
            "jsonpath={.status.readyReplicas}",
        ]);
        assert_eq!(pods.with(0).stdout, replicas.to_string());

        let load = Load::start(&world, PER_SECOND);
        let (_, update) = timed(|| world.homelabctl(&["update", "--yes", "--config", config, "--image", &two]).with(0));
        let (_, rollback) = timed(|| world.homelabctl(&["rollback", "--yes", "--config", config]).with(0));
        let (report, took) = load.stop();

        let proof = &report.proof;
        let rate = proof.calls as f64 / took.as_secs_f64();
        eprintln!(
            "{replicas} replicas: update {update:.1} s, rollback {rollback:.1} s; {} calls ({rate:.0} a second), {} failed, longest gap {} ms, p99 {} ms",
            proof.calls, proof.failed, proof.longest_gap_ms, proof.p99_ms
        );
        assert_eq!(proof.failed, 0, "{:?}", report.lost);
        assert!(rate >= 200.0, "only {rate:.0} calls a second");

        // What homelabctl itself saw is in the records.
        let releases = world.homelabctl(&["releases", "--output", "json"]).with(0).json();
        for release in &releases["releases"].as_array().unwrap()[..2] {
            assert_eq!((&release["proven"], &release["proof"]["failed"]), (&true.into(), &0.into()), "{release}");
            assert!(release["proof"]["calls"].as_u64().unwrap() > 100, "{release}");
        }
    }
}
