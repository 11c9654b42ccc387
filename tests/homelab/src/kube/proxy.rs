//! The way from a worker to the control plane's API server: a port on the worker itself.

use std::convert::Infallible;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};

use super::{files, paths};

/// Passes on what comes to 127.0.0.1:16443.
pub fn run() -> Result<Infallible> {
    let endpoint = files::read(paths::data("args/apiserver-proxy-endpoint"))?.trim().to_owned();
    let listener = TcpListener::bind("127.0.0.1:16443").context("cannot listen on port 16443")?;
    loop {
        let (near, _) = listener.accept().context("cannot accept a connection")?;
        let endpoint = endpoint.clone();
        thread::spawn(move || {
            if let Ok(far) = TcpStream::connect(&endpoint) {
                let _ = join(&near, &far);
            }
        });
    }
}

/// Both ways, until one side ends.
fn join(near: &TcpStream, far: &TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (near.try_clone()?, far.try_clone()?);
    let there = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut &*far, &mut &*near);
    let _ = near.shutdown(Shutdown::Write);
    let _ = there.join();
    Ok(())
}
