//! What stops a setup, in words with a cure: wrong inputs, and a host that is not as it should be.

use homelab::bed::Sudo;
use homelab::faults::Fault;

use super::world::World;

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn wrong_inputs_are_refused_with_their_cure() {
    let world = World::bare("t-stops", Sudo::Password);
    let home = world.bed.folder.join("home");

    world.homelabctl(&["setup", "--dry-run", "--host", "henry@192.168.1.77"]).saying(1, &["192.168.1.77", "help: "]);
    world
        .homelabctl(&["setup", "--dry-run", "--host", "henry@192.168.1.104:2222"])
        .saying(1, &["nothing listens on 192.168.1.104:2222", "help: "]);
    world
        .homelabctl(&["setup", "--dry-run", "--host", "nobody@192.168.1.104"])
        .saying(1, &["refused every key of nobody", "ssh-copy-id"]);

    // sudo: no terminal, a wrong password, the right one.
    world.homelabctl(&["setup", "--dry-run"]).saying(2, &["--sudo-password-file"]);
    let file = home.join("password");
    std::fs::write(&file, "wrong\n").unwrap();
    let with_password = ["setup", "--dry-run", "--sudo-password-file", file.to_str().unwrap()];
    world.homelabctl(&with_password).saying(1, &["sudo on the host refuses henry", "help: "]);
    std::fs::write(&file, "homelab\n").unwrap();
    world.homelabctl(&with_password).with(3);

    // Somebody has an address of the pool already.
    world.laptop(&["ip", "address", "add", "192.168.1.203/24", "dev", "eth0"]).with(0);
    world
        .homelabctl(&["setup", "--yes", "--sudo-password-file", file.to_str().unwrap()])
        .saying(1, &["192.168.1.203", "network.pool"]);
    world.laptop(&["ip", "address", "del", "192.168.1.203/24", "dev", "eth0"]).with(0);

    // A config that cannot be.
    let config = home.join("homelab.yaml");
    std::fs::write(&config, "version: 1\nnetwork: {pool: 192.168.2.200-192.168.2.210}\n").unwrap();
    world.homelabctl(&["setup", "--config", config.to_str().unwrap()]).saying(2, &["outside of the LAN"]);

    // The machine at that address is another one.
    world.fault(&Fault::HostKey);
    world.homelabctl(&["setup", "--dry-run"]).saying(1, &["is not the one in known_hosts", "ssh-keygen -R"]);
    world.fault(&Fault::Clear);
}

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn a_full_disk_and_a_store_that_is_away_leave_a_host_that_a_later_run_finishes() {
    let world = World::bare("t-trouble", Sudo::Free);
    world.fault(&Fault::DiskFull);
    world.homelabctl(&["setup", "--yes"]).saying(1, &["are free in /var", "help: "]);
    world.fault(&Fault::Clear);

    world.fault(&Fault::SnapStore);
    world.homelabctl(&["setup", "--yes"]).saying(1, &["install MicroK8s 1.36/stable", "api.snapcraft.io"]);
    world.fault(&Fault::Clear);
    world.homelabctl(&["setup", "--dry-run"]).with(3);
}
